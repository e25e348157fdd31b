"""What people are told about financing."""

from app.kit.locales import N_
from app.messages.facade import register_notice

OFFERED = "finance.financing_offered"
QUOTED = "finance.financing_quoted"
WON = "finance.financing_won"
ASSIGNED = "finance.receivable_assigned"
UNASSIGNED = "finance.assignment_ended"
FUNDED = "finance.financing_funded"
DECLINED = "finance.funding_declined"
MOVED = "finance.financing_moved"

_OFFER = "/financing-offers/{financing_offer_id}"
_OF = "/financings/{financing_id}"

register_notice(
    OFFERED,
    subject=N_("{firm} offers you a receivable of {amount}"),
    body=N_("{firm} offers a receivable of {amount} for financing. You can quote until the offer expires."),
    path=_OFFER,
)
register_notice(
    QUOTED,
    subject=N_("{firm} has quoted for your receivable"),
    body=N_("{firm} has given a quote for financing the receivable of {amount} that you offer."),
    path=_OFFER,
)
register_notice(
    WON,
    subject=N_("{firm} has accepted your quote"),
    body=N_("{firm} has assigned a receivable of {amount} to you. Please pay the advance within five days."),
    path=_OF,
)
register_notice(
    ASSIGNED,
    subject=N_("{firm} has assigned what you owe for {number}"),
    body=N_(
        "{firm} has assigned its receivable of {amount} for {number} to {financier}. "
        "Please go on paying here as agreed: your payment reaches {financier} by that."
    ),
    path="/payment-schedules/{schedule_id}",
)
register_notice(
    UNASSIGNED,
    subject=N_("The assignment of what you owe for {number} has ended"),
    body=N_("The receivable of {amount} for {number} is {firm}’s own again. Please go on paying here as agreed."),
    path="/payment-schedules/{schedule_id}",
)
register_notice(
    FUNDED,
    subject=N_("{firm} has paid the advance of {amount}"),
    body=N_("{firm} has paid an advance of {amount} on your receivable. It is on its way to you."),
    path=_OF,
)
register_notice(
    DECLINED,
    subject=N_("The payment of the advance was declined"),
    body=N_("The payment of {amount} came to nothing: {reason} Please pay otherwise."),
    path=_OF,
)
register_notice(
    MOVED,
    subject=N_("{amount} of a financing: {what}"),
    body=N_("Of the financing with {firm}, {amount}: {what}."),
    path=_OF,
)
