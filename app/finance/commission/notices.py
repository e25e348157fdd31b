"""What suppliers are told about commission."""

from app.kit.locales import N_
from app.messages.facade import register_notice

CHANGES = "finance.commission_changes"
NOT_INVOICED = "finance.commission_not_invoiced"

register_notice(
    CHANGES,
    subject=N_("Your commission changes on {changes_on}"),
    body=N_(
        "Deals made from {changes_on} on are charged by other terms. Highest rate until then: {before_percent} %, from then on: "
        "{after_percent} %. Your commission terms say which rate holds for which category. Deals that stand keep theirs."
    ),
    path="/commission-terms",
)

register_notice(
    NOT_INVOICED,
    subject=N_("Commission of {firm} cannot be invoiced"),
    body=N_(
        "Commission in {currency} of the months before {before_on} is not invoiced: {reason}. {missing} Nothing is lost: the "
        "next night, or the next run, makes up for all months that are missing."
    ),
    path="/operator",
)
