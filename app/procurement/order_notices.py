"""What people are told about awards, orders and milestones. Those who did not win read no price."""

from app.kit.locales import N_, NP_
from app.messages.facade import register_notice

CHOSEN = "procurement.quote_chosen"
NOT_CHOSEN = "procurement.quote_not_chosen"
ORDER_RECEIVED = "procurement.order_received"
ORDER_ACKNOWLEDGED = "procurement.order_acknowledged"
ORDER_REJECTED = "procurement.order_rejected"
CATALOGUE_ORDER_REJECTED = "procurement.catalogue_order_rejected"
ORDER_CANCELLED = "procurement.order_cancelled"
POOLED_ORDER_CANCELLED = "procurement.pooled_order_cancelled"
ORDER_CLOSED = "procurement.order_closed"
EVIDENCE_SUBMITTED = "procurement.evidence_submitted"
MILESTONE_ACCEPTED = "procurement.milestone_accepted"
MILESTONE_COUNTED = "procurement.milestone_counted"
MILESTONE_RETURNED = "procurement.milestone_returned"
MILESTONE_WAIVED = "procurement.milestone_waived"
TRIAL_ADDED = "procurement.trial_added"

MILESTONE_LABELS = {
    "design_approved": NP_("milestone", "Design approved (DFM)"),
    "steel_ordered": NP_("milestone", "Steel ordered"),
    "machining": NP_("milestone", "Machining"),
    "t0": NP_("milestone", "First trial T0"),
    "t1": NP_("milestone", "Trial T1"),
    "t2": NP_("milestone", "Trial T2"),
    "fai_approved": NP_("milestone", "First article approved (FAI)"),
    "shipped": NP_("milestone", "Shipped"),
    "run_off_accepted": NP_("milestone", "Run-off accepted"),
}
"""Names for mails, which are written in the language of each reader. Further trials are T3, T4 … in every language."""

_INQUIRY = "/inquiries/{inquiry_id}"
_ORDER = "/orders/{order_id}"

register_notice(
    CHOSEN,
    subject=N_("Your quote on inquiry {number} was chosen"),
    body=N_(
        "{firm} has chosen your quote on inquiry {number}, in whole or in part. "
        "The purchase order follows as soon as it is released; only that order is binding."
    ),
    path=_INQUIRY,
)
register_notice(
    NOT_CHOSEN,
    subject=N_("Inquiry {number} has been awarded"),
    body=N_(
        "{firm} thanks you for your quote on inquiry {number}. This time other quotes were chosen. "
        "We hope that you will quote again."
    ),
    path=_INQUIRY,
)
register_notice(
    ORDER_RECEIVED,
    subject=N_("Purchase order {number} from {firm}"),
    body=N_(
        "{firm} orders {title} for {total} under order {number}. "
        "Please acknowledge the order and confirm the day of delivery, or reject it."
    ),
    path=_ORDER,
)
register_notice(
    ORDER_ACKNOWLEDGED,
    subject=N_("{firm} has acknowledged order {number}"),
    body=N_("{firm} has taken order {number} and confirms delivery on {delivery_on}."),
    path=_ORDER,
)
register_notice(
    ORDER_REJECTED,
    subject=N_("{firm} has rejected order {number}"),
    body=N_("{firm} does not take order {number}. Its lines can be awarded again. The reason given: {reason}"),
    path=_ORDER,
)
register_notice(
    CATALOGUE_ORDER_REJECTED,
    subject=N_("{firm} has rejected order {number}"),
    body=N_("{firm} does not deliver order {number}. The reason given: {reason}"),
    path=_ORDER,
)
register_notice(
    ORDER_CANCELLED,
    subject=N_("Order {number} is cancelled"),
    body=N_("{firm} has cancelled order {number}. The reason given: {reason}"),
    path=_ORDER,
)
register_notice(
    POOLED_ORDER_CANCELLED,
    subject=N_("Order {number} is cancelled"),
    body=N_(
        "Order {number} of {firm} under the framework order {pool_number} is cancelled. The reason given: {reason}"
    ),
    path=_ORDER,
)
register_notice(
    ORDER_CLOSED,
    subject=N_("Order {number} is closed"),
    body=N_("{firm} has closed order {number}: everything is done. Thank you for your work."),
    path=_ORDER,
)
register_notice(
    EVIDENCE_SUBMITTED,
    subject=N_("Order {number}: evidence for “{milestone}”"),
    body=N_("{firm} reports the milestone “{milestone}” of order {number}. Please look at the evidence and decide."),
    path=_ORDER,
)
register_notice(
    MILESTONE_ACCEPTED,
    subject=N_("Order {number}: “{milestone}” accepted"),
    body=N_("{firm} has accepted the milestone “{milestone}” of order {number}. Its share of the price is {amount}."),
    path=_ORDER,
)
register_notice(
    MILESTONE_COUNTED,
    subject=N_("Order {number}: “{milestone}” counts as accepted"),
    body=N_(
        "The milestone “{milestone}” of order {number} with {firm} counts as accepted: nobody returned its evidence within the "
        "agreed days, or a dispute over it was settled. Its share of the price is {amount}."
    ),
    path=_ORDER,
)
register_notice(
    MILESTONE_RETURNED,
    subject=N_("Order {number}: “{milestone}” returned"),
    body=N_(
        "{firm} asks for other evidence of the milestone “{milestone}” of order {number}. The reason given: {reason}"
    ),
    path=_ORDER,
)
register_notice(
    MILESTONE_WAIVED,
    subject=N_("Order {number}: “{milestone}” not needed"),
    body=N_("{firm} does without the milestone “{milestone}” of order {number}."),
    path=_ORDER,
)
register_notice(
    TRIAL_ADDED,
    subject=N_("Order {number}: a further trial"),
    body=N_("{firm} asks for a further trial, “{milestone}”, under order {number}. What it shall show: {reason}"),
    path=_ORDER,
)
