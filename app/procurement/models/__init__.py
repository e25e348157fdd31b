"""Tables of the procurement room, by what they speak of."""

from app.procurement.models.inquiries import (
    Inquiry,
    InquiryAnswer,
    InquiryCounter,
    InquiryInvitation,
    InquiryLine,
    InquiryLot,
    InquiryQuestion,
    InquiryTarget,
)
from app.procurement.models.orders import (
    Award,
    AwardLine,
    MilestoneEvent,
    OrderCounter,
    OrderEvent,
    OrderLine,
    OrderMilestone,
    PurchaseOrder,
)
from app.procurement.models.quotes import InquiryOpening, Quote, QuotePrice, QuoteTerms

__all__ = [
    "Award",
    "AwardLine",
    "Inquiry",
    "InquiryAnswer",
    "InquiryCounter",
    "InquiryInvitation",
    "InquiryLine",
    "InquiryLot",
    "InquiryOpening",
    "InquiryQuestion",
    "InquiryTarget",
    "MilestoneEvent",
    "OrderCounter",
    "OrderEvent",
    "OrderLine",
    "OrderMilestone",
    "PurchaseOrder",
    "Quote",
    "QuotePrice",
    "QuoteTerms",
]
