"""The room's pure functions: money conversion, Incoterm advice, HS format, finish and steel comparison."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from app.kit.locales import N_, NP_
from app.reference.loading import Confidence
from app.reference.materials import Finish, Relation, Steel, finish, finishes, steel, steels
from app.reference.money import currency
from app.reference.places import find_place
from app.reference.trade_terms import incoterms

Mode = Literal["sea", "inland_waterway", "air", "road", "rail", "courier", "multimodal"]
SEA_MODES = ("sea", "inland_waterway")


def convert_minor(amount_minor: int, from_currency: str, to_currency: str, rate: Decimal) -> int:
    """An amount of minor units in another currency, half-even; `rate` is how many of `to` one of `from` buys.

    The exponents of ISO 4217 are respected: JPY has no minor unit, KWD has three decimals.
    """
    if not rate.is_finite() or rate <= 0:
        raise ValueError("a rate must be a positive number")
    shift = currency(to_currency).exponent - currency(from_currency).exponent
    if from_currency == to_currency:
        return amount_minor
    return round(amount_minor * Fraction(rate) * Fraction(10) ** shift)


def exchange_minor(amount_minor: int, from_currency: str, to_currency: str, rate: Decimal | Fraction) -> int:
    """The same for money that is booked: rounded once, half away from nought, so that what is taken and given back agree.

    Unlike `convert_minor`, whose half-even rounding keeps sums of many indications from drifting.
    """
    return round_half_away(exact_exchange(amount_minor, from_currency, to_currency, rate))


def exact_exchange(
    amount_minor: int | Fraction, from_currency: str, to_currency: str, rate: Decimal | Fraction
) -> Fraction:
    """Minor units of another currency before they are rounded."""
    if (isinstance(rate, Decimal) and not rate.is_finite()) or rate <= 0:
        raise ValueError("a rate must be a positive number")
    shift = currency(to_currency).exponent - currency(from_currency).exponent
    return (
        Fraction(amount_minor)
        if from_currency == to_currency
        else amount_minor * Fraction(rate) * Fraction(10) ** shift
    )


def round_half_away(exact: Fraction) -> int:
    """The nearest whole number; of two equally near ones, that farther from nought."""
    doubled = abs(exact) * 2
    whole = (doubled.numerator + doubled.denominator) // (2 * doubled.denominator)
    return whole if exact >= 0 else -whole


@dataclass(frozen=True, slots=True)
class IncotermAdvice:
    """What is wrong (`error`) or unwise (`warning`) about a delivery term; `message` is marked for translation."""

    code: str
    severity: Literal["error", "warning"]
    message: str
    params: Mapping[str, Any] = field(default_factory=dict)


def check_incoterm(
    code: str,
    place: str | None,
    mode: Mode | None = None,
    containerised: bool | None = None,
    *,
    seller_country: str | None = None,
    buyer_country: str | None = None,
) -> list[IncotermAdvice]:
    """Errors and warnings about a delivery term, by Incoterms 2020; an empty list when all is well.

    `place` is a free name or a UN/LOCODE; only a known UN/LOCODE can be recognised as a place without a port.
    """
    rule = incoterms().get(code)
    if rule is None:
        known = list(incoterms())
        return [
            IncotermAdvice(
                "unknown-incoterm", "error", _MESSAGES["unknown-incoterm"], {"incoterm": code[:20], "known": known}
            )
        ]
    found: list[IncotermAdvice] = []

    def advise(advice: str, severity: Literal["error", "warning"], **params: Any) -> None:
        found.append(IncotermAdvice(advice, severity, _MESSAGES[advice], {"incoterm": code, **params}))

    if not place or not place.strip():
        advise("incoterm-place-missing", "error")
    elif rule.named_place.startswith("port"):
        located = find_place(place.strip())
        if located is not None and not located.port:
            advise("incoterm-place-not-a-port", "error", place=located.name)
    if rule.mode == "sea":
        best = rule.container_alternative
        suggestions = [best, *(other for other in ("FCA", "CPT", "CIP") if other != best)]
        if mode is not None and mode not in SEA_MODES:
            advise("incoterm-mode-not-allowed", "error", suggestions=suggestions)
        elif containerised:
            advise("incoterm-sea-term-for-containers", "warning", suggestions=suggestions)
    crosses_border = bool(seller_country and buyer_country and seller_country != buyer_country)
    if crosses_border and rule.export_clearance == "buyer":
        advise("incoterm-buyer-clears-export", "warning", suggestions=["FCA"])
    if crosses_border and rule.import_clearance == "seller":
        advise("incoterm-seller-clears-import", "warning", suggestions=["DAP", "DPU"])
    return found


_MESSAGES = {
    "unknown-incoterm": N_("“{incoterm}” is not an Incoterms 2020 rule. Use one of: {known}."),
    "incoterm-place-missing": N_("{incoterm} needs a named place, as exact as possible."),
    "incoterm-place-not-a-port": N_("{incoterm} needs a port, and {place} has none."),
    "incoterm-mode-not-allowed": N_(
        "{incoterm} is for sea and inland waterway only. For other transport use {suggestions}."
    ),
    "incoterm-sea-term-for-containers": N_(
        "{incoterm} does not fit containers, which are handed over at a terminal before loading. "
        "Consider {suggestions}."
    ),
    "incoterm-buyer-clears-export": N_(
        "Under {incoterm} the buyer clears the goods for export in the seller's country, where buyers are rarely "
        "registered. Consider {suggestions}."
    ),
    "incoterm-seller-clears-import": N_(
        "Under {incoterm} the seller clears the goods for import and pays the duties in the buyer's country. "
        "Consider {suggestions} if the seller is not registered there."
    ),
}


@dataclass(frozen=True, slots=True)
class FinishOverlap:
    """A finish of the other scale that shares a band of Ra (µm) with the one asked about."""

    code: str
    ra_min_um: Decimal
    ra_max_um: Decimal


# VDI grades stand three steps apart; half of that to each side is the band that a grade covers: 10^(1.5/20).
_HALF_STEP = Decimal("1.188502")


def ra_band_um(found: Finish) -> tuple[Decimal, Decimal]:
    """The band of Ra that a grade covers: SPI's own limits; for VDI, half-way to the neighbouring grades."""
    if found.scale == "VDI":
        return found.ra_min_um / _HALF_STEP, found.ra_max_um * _HALF_STEP
    return found.ra_min_um, found.ra_max_um


def finish_overlaps(code: str) -> tuple[FinishOverlap, ...]:
    """The finishes of the other scale whose Ra bands overlap this one's, the widest overlap first."""
    asked = finish(code)
    low, high = ra_band_um(asked)
    shared = []
    for other in finishes().values():
        if other.scale == asked.scale:
            continue
        other_low, other_high = ra_band_um(other)
        start, end = max(low, other_low), min(high, other_high)
        if start < end:
            shared.append(FinishOverlap(other.code, round(start, 3), round(end, 3)))
    return tuple(sorted(shared, key=lambda item: item.ra_min_um / item.ra_max_um))


RELATION_LABELS: dict[str, tuple[str, str]] = {
    "nominal": NP_("steel relation", "Nominally equivalent: same nominal composition, another standard"),
    "near": NP_("steel relation", "Near: another steel of similar use"),
    "brand": NP_("steel relation", "A maker's own grade"),
}

_RELATION_RANK: dict[Relation, int] = {"nominal": 0, "brand": 1, "near": 2}
_CONFIDENCE_RANK: dict[Confidence, int] = {"verified": 0, "sourced": 1, "typical": 2}


@dataclass(frozen=True, slots=True)
class Equivalent:
    """Another designation of the family. `via` is the family's head when the tie is derived through it."""

    code: str
    relation: Relation
    confidence: Confidence
    via: str | None


def equivalents(code: str) -> tuple[Equivalent, ...]:
    """The designations tied to this one, the closest first. None of them may replace it without consent.

    A tie between two members runs through their family's head and is as weak as its weaker half.
    """
    asked = steel(code)
    found = [
        _tie(asked, other) for other in steels().values() if other.family == asked.family and other.code != asked.code
    ]
    return tuple(sorted(found, key=lambda tie: (_RELATION_RANK[tie.relation], _CONFIDENCE_RANK[tie.confidence])))


def _tie(asked: Steel, other: Steel) -> Equivalent:
    relations = [edge.relation for edge in (asked, other) if edge.relation is not None]
    confidences = [edge.relation_confidence for edge in (asked, other) if edge.relation_confidence is not None]
    return Equivalent(
        code=other.code,
        relation=max(relations, key=_RELATION_RANK.__getitem__),
        confidence=max(confidences, key=_CONFIDENCE_RANK.__getitem__),
        via=asked.family if len(relations) == 2 else None,
    )
