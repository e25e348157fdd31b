"""What inquiries and quotes allow, and how a quote is sealed. Pure: no session, no clock, no I/O."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from math import floor
from uuid import UUID

import orjson

from app.procurement.states import INQUIRY_TRANSITIONS, QUOTE_TRANSITIONS, InquiryState, QuoteState

SEAL = "partingline.quote.v1"


def accepts_quotes(state: str, closes_at: datetime, *, now: datetime) -> bool:
    """Whether quotes are taken: published, and before the closing time to the instant."""
    return state == InquiryState.PUBLISHED and now < closes_at


def is_due(state: str, closes_at: datetime, *, now: datetime) -> bool:
    """Whether a published inquiry has come to its closing time."""
    return state == InquiryState.PUBLISHED and now >= closes_at


def shown_state(state: str, closes_at: datetime, *, now: datetime) -> InquiryState:
    """The state as a reader should see it: past its closing time an inquiry is closed, whether or not a job has said so."""
    return InquiryState.CLOSED if is_due(state, closes_at, now=now) else InquiryState(state)


def opens_now(state: str, closes_at: datetime, opens_at: datetime, *, now: datetime) -> bool:
    """Whether the quotes may be opened: closed, and at or after the opening time, however early it was closed."""
    return shown_state(state, closes_at, now=now) in (InquiryState.CLOSED, InquiryState.AWARDED) and now >= opens_at


def may_become(state: str, wanted: InquiryState) -> bool:
    """Whether an inquiry may go from one state to another."""
    return wanted in INQUIRY_TRANSITIONS[InquiryState(state)]


def quote_may_become(state: str, wanted: QuoteState) -> bool:
    """Whether a quote may go from one state to another."""
    return wanted in QUOTE_TRANSITIONS[QuoteState(state)]


def extended_opening(closes_at: datetime, opens_at: datetime, asked: datetime | None) -> datetime:
    """The opening time after an extension: the one asked for, or the old one, moved to the new closing time at least."""
    return max(asked or opens_at, opens_at, closes_at)


def line_total_minor(price_minor: int, per_quantity: Decimal, quantity: Decimal) -> int:
    """What a quantity costs at `price_minor` for each `per_quantity`, in whole minor units, halves rounded up."""
    return floor(price_minor * Fraction(quantity) / Fraction(per_quantity) + Fraction(1, 2))


def inquiry_number(year: int, count: int) -> str:
    """`RFQ-2026-0042`. RFQ is what the trade calls it in every language."""
    return f"RFQ-{year}-{count:04d}"


@dataclass(frozen=True, slots=True)
class SealedPrice:
    """One price of a quote; `line_id` None and a `label` for an extra."""

    line_id: UUID | None
    label: str | None
    price_minor: int
    per_quantity: Decimal


@dataclass(frozen=True, slots=True)
class SealedQuote:
    """All that a quote binds its supplier to."""

    quote_id: UUID
    inquiry_id: UUID
    supplier_id: UUID
    revision: int
    currency: str
    lead_time_days: int
    valid_until: date
    incoterm: str
    incoterm_place: str
    reference: str | None
    notes: str | None
    prices: tuple[SealedPrice, ...]


def canonical(quote: SealedQuote) -> bytes:
    """The one JSON text of a quote: keys sorted, no spaces, UTF-8, decimals as plain strings, prices in their order."""
    document = {
        "seal": SEAL,
        "quote_id": str(quote.quote_id),
        "inquiry_id": str(quote.inquiry_id),
        "supplier_id": str(quote.supplier_id),
        "revision": quote.revision,
        "currency": quote.currency,
        "lead_time_days": quote.lead_time_days,
        "valid_until": quote.valid_until.isoformat(),
        "incoterm": quote.incoterm,
        "incoterm_place": quote.incoterm_place,
        "reference": quote.reference,
        "notes": quote.notes,
        "prices": [
            {
                "line_id": str(price.line_id) if price.line_id else None,
                "label": price.label,
                "price_minor": price.price_minor,
                "per_quantity": plain(price.per_quantity),
            }
            for price in quote.prices
        ],
    }
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def seal(quote: SealedQuote, salt: bytes) -> bytes:
    """SHA-256 over the salt and the canonical text. Without the salt nobody can try prices until the digest fits."""
    return sha256(salt + canonical(quote)).digest()


def plain(value: Decimal) -> str:
    """A decimal without exponent and without trailing zeros: `1`, `0.5`, `1000`."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
