"""Tables of freight, by what they speak of."""

from app.logistics.freight.models.cards import RateCardVersion
from app.logistics.freight.models.consolidations import Consolidation, ConsolidationMember
from app.logistics.freight.models.inquiries import FreightInquiry, FreightInvitation, FreightOffer
from app.logistics.freight.models.quotes import FreightOption, FreightQuoteAsked

__all__ = [
    "Consolidation",
    "ConsolidationMember",
    "FreightInquiry",
    "FreightInvitation",
    "FreightOffer",
    "FreightOption",
    "FreightQuoteAsked",
    "RateCardVersion",
]
