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
from app.procurement.models.quotes import InquiryOpening, Quote, QuotePrice, QuoteTerms

__all__ = [
    "Inquiry",
    "InquiryAnswer",
    "InquiryCounter",
    "InquiryInvitation",
    "InquiryLine",
    "InquiryLot",
    "InquiryOpening",
    "InquiryQuestion",
    "InquiryTarget",
    "Quote",
    "QuotePrice",
    "QuoteTerms",
]
