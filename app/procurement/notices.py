"""What people are told about inquiries and quotes. No notice holds a price."""

from app.kit.locales import N_
from app.messages.facade import register_notice
from app.procurement import order_notices as order_notices

INVITED = "procurement.invited"
EXTENDED = "procurement.extended"
CANCELLED = "procurement.cancelled"
OPENED_TO_SUPPLIER = "procurement.opened_to_supplier"
ANSWERED = "procurement.answered"
QUOTED = "procurement.quoted"
WITHDRAWN = "procurement.withdrawn"
DECLINED = "procurement.declined"
ASKED = "procurement.asked"
CLOSED = "procurement.closed"
OPENED = "procurement.opened"

_INQUIRY = "/inquiries/{inquiry_id}"

register_notice(
    INVITED,
    subject=N_("Inquiry {number} from {firm}"),
    body=N_(
        "{firm} asks you for a quote on inquiry {number}, “{title}”. Quotes are taken until {closes_at} and stay sealed "
        "until they are opened."
    ),
    path=_INQUIRY,
)
register_notice(
    EXTENDED,
    subject=N_("More time for inquiry {number}"),
    body=N_("{firm} has extended inquiry {number}. Quotes are now taken until {closes_at}."),
    path=_INQUIRY,
)
register_notice(
    CANCELLED,
    subject=N_("Inquiry {number} is cancelled"),
    body=N_("{firm} has cancelled inquiry {number}. The reason given: {reason}"),
    path=_INQUIRY,
)
register_notice(
    OPENED_TO_SUPPLIER,
    subject=N_("The quotes on inquiry {number} are open"),
    body=N_("{firm} has opened the quotes on inquiry {number} and can read them now."),
    path=_INQUIRY,
)
register_notice(
    ANSWERED,
    subject=N_("A new answer on inquiry {number}"),
    body=N_("{firm} has answered a question on inquiry {number}. Every invited supplier can read the answer."),
    path=_INQUIRY,
)
register_notice(
    QUOTED,
    subject=N_("A quote on inquiry {number} from {firm}"),
    body=N_("{firm} has submitted a sealed quote on inquiry {number}. It can be opened from {opens_at} on."),
    path=_INQUIRY,
)
register_notice(
    WITHDRAWN,
    subject=N_("{firm} has withdrawn a quote on inquiry {number}"),
    body=N_("{firm} has withdrawn its quote on inquiry {number}. A new one may follow until {closes_at}."),
    path=_INQUIRY,
)
register_notice(
    DECLINED,
    subject=N_("{firm} will not quote on inquiry {number}"),
    body=N_("{firm} has declined inquiry {number}. The reason given: {reason}"),
    path=_INQUIRY,
)
register_notice(
    ASKED,
    subject=N_("A question on inquiry {number}"),
    body=N_("{firm} has a question on inquiry {number}. Your answer will be read by every invited supplier."),
    path=_INQUIRY,
)
register_notice(
    CLOSED,
    subject=N_("Inquiry {number} is closed"),
    body=N_("Inquiry {number} takes no more quotes. The sealed quotes can be opened from {opens_at} on."),
    path=_INQUIRY,
)
register_notice(
    OPENED,
    subject=N_("The quotes on inquiry {number} were opened"),
    body=N_("The quotes on inquiry {number} can now be read and compared."),
    path="/inquiries/{inquiry_id}/comparison",
)
