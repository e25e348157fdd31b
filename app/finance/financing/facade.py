"""All that other rooms may call: financing for people at their pages. Calls run in the caller's transaction."""

from app.finance.financing.portal import (
    Board,
    FinancingShown,
    OfferShown,
    board,
    financiers,
    financing_of,
    make_offer,
    offer_of,
    pay_advance,
    sizes,
    step_of_offer,
    to_offer,
)

__all__ = [
    "Board",
    "FinancingShown",
    "OfferShown",
    "board",
    "financiers",
    "financing_of",
    "make_offer",
    "offer_of",
    "pay_advance",
    "sizes",
    "step_of_offer",
    "to_offer",
]
