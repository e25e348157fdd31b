"""How complete a listing is: a score from 0 to 100 and what to do for each point that is missing. Pure.

The score is computed from the public document, so a draft, an import and a published listing are judged alike. A higher
`EDITION` makes every stored score be computed anew.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from app.catalog.definitions import categories
from app.kit.locales import N_, NP_

EDITION = 1

Document = Mapping[str, Any]


class Flaw(StrEnum):
    """Kinds of what is missing."""

    REQUIRED_ATTRIBUTES = "required_attributes"
    RECOMMENDED_ATTRIBUTES = "recommended_attributes"
    LANGUAGES = "languages"
    STALE_TRANSLATIONS = "stale_translations"
    DESCRIPTION = "description"
    DESCRIPTION_LANGUAGES = "description_languages"
    PICTURE = "picture"
    DRAWING = "drawing"
    MASS = "mass"
    DIMENSIONS = "dimensions"
    HS_CODE = "hs_code"
    PRICE_TIERS = "price_tiers"
    LEAD_TIME = "lead_time"


FLAW_LABELS = {
    Flaw.REQUIRED_ATTRIBUTES: NP_("listing flaw", "Required attributes"),
    Flaw.RECOMMENDED_ATTRIBUTES: NP_("listing flaw", "Further attributes"),
    Flaw.LANGUAGES: NP_("listing flaw", "Languages of the title"),
    Flaw.STALE_TRANSLATIONS: NP_("listing flaw", "Stale translations"),
    Flaw.DESCRIPTION: NP_("listing flaw", "Description"),
    Flaw.DESCRIPTION_LANGUAGES: NP_("listing flaw", "Languages of the description"),
    Flaw.PICTURE: NP_("listing flaw", "Picture"),
    Flaw.DRAWING: NP_("listing flaw", "Drawing"),
    Flaw.MASS: NP_("listing flaw", "Mass"),
    Flaw.DIMENSIONS: NP_("listing flaw", "Dimensions"),
    Flaw.HS_CODE: NP_("listing flaw", "HS code"),
    Flaw.PRICE_TIERS: NP_("listing flaw", "Price tiers"),
    Flaw.LEAD_TIME: NP_("listing flaw", "Lead time"),
}

WEIGHTS: Mapping[Flaw, int] = {
    Flaw.REQUIRED_ATTRIBUTES: 15,
    Flaw.RECOMMENDED_ATTRIBUTES: 15,
    Flaw.LANGUAGES: 10,
    Flaw.STALE_TRANSLATIONS: 5,
    Flaw.DESCRIPTION: 10,
    Flaw.DESCRIPTION_LANGUAGES: 5,
    Flaw.PICTURE: 10,
    Flaw.DRAWING: 5,
    Flaw.MASS: 5,
    Flaw.DIMENSIONS: 5,
    Flaw.HS_CODE: 5,
    Flaw.PRICE_TIERS: 5,
    Flaw.LEAD_TIME: 5,
}
"""Points of a hundred. They sum to 100."""

# A title in this many languages is enough for all points, and a description of so many Latin letters.
TITLE_LOCALES = 4
DESCRIPTION_LETTERS = 200
# A Chinese or Japanese character says about as much as three Latin letters.
WIDE_FROM, WIDE_COUNTS = "\u2e80", 3
PICTURES = "image/"
SERVICES = "services"


@dataclass(frozen=True, slots=True)
class Finding:
    """What to do for `points` more. `pointer` leads into the listing as it is sent; `attribute` names one by its code."""

    flaw: Flaw
    points: Decimal
    pointer: str
    message: str
    params: Mapping[str, Any] = field(default_factory=dict)
    attribute: str | None = None


@dataclass(frozen=True, slots=True)
class Quality:
    """A listing's score and what is missing, the weightiest first."""

    score: int
    findings: tuple[Finding, ...]

    @property
    def flaws(self) -> list[str]:
        """The kinds of what is missing, each once."""
        return sorted({finding.flaw.value for finding in self.findings})


def assess(document: Document) -> Quality:
    """Judge a listing by its public document."""
    findings = [
        *_attributes(document),
        *_titles(document),
        *_descriptions(document),
        *_media(document),
        *_variants(document),
    ]
    findings.sort(key=lambda finding: (-finding.points, finding.pointer))
    lost = sum((finding.points for finding in findings), Decimal())
    return Quality(max(0, 100 - round(lost)), tuple(findings))


def quality_columns(document: Document) -> dict[str, Any]:
    """What `public_products` keeps of the quality of a document."""
    quality = assess(document)
    return {"quality": quality.score, "flaws": quality.flaws, "quality_edition": EDITION}


def _part(flaw: Flaw, missing: int, of: int) -> Decimal:
    """The share of a flaw's weight, to a hundredth of a point."""
    return round(Decimal(WEIGHTS[flaw] * missing) / of, 2)


def _attributes(document: Document) -> Iterator[Finding]:
    """Each attribute weighs the same within its kind."""
    category = categories().get(document["category"])
    given = document["attributes"]
    for flaw, required in ((Flaw.REQUIRED_ATTRIBUTES, True), (Flaw.RECOMMENDED_ATTRIBUTES, False)):
        wanted = [code for code, needed in category.attributes.items() if needed is required] if category else []
        message = (
            N_("Give “{attribute}”. Every listing of this category must have it.")
            if required
            else N_("Give “{attribute}”. Buyers filter by it.")
        )
        for code in wanted:
            if code not in given:
                yield Finding(flaw, _part(flaw, 1, len(wanted)), f"/attributes/{code}", message, attribute=code)


def _titles(document: Document) -> Iterator[Finding]:
    titles = document["texts"].get("title", {})
    fresh = [locale for locale, version in titles.items() if version["state"] != "stale"]
    missing = TITLE_LOCALES - min(len(fresh), TITLE_LOCALES)
    if missing:
        message = N_("Give the title in {wanted} languages, or ask for translations. Up to date now: {locales}.")
        params = {"wanted": TITLE_LOCALES, "locales": len(fresh)}
        yield Finding(Flaw.LANGUAGES, _part(Flaw.LANGUAGES, missing, TITLE_LOCALES), "/texts", message, params)
    stale = sorted(
        f"{name}/{locale}"
        for name, versions in document["texts"].items()
        for locale, version in versions.items()
        if version["state"] == "stale"
    )
    if stale:
        name, _, locale = stale[0].partition("/")
        message = N_("Translations whose source has changed since: {count}. Translate them anew, or vouch for them.")
        points = _part(Flaw.STALE_TRANSLATIONS, 1, 1)
        yield Finding(Flaw.STALE_TRANSLATIONS, points, f"/texts/{locale}/{name}", message, {"count": len(stale)})


def letters(text: str) -> int:
    """The length of a text in Latin letters' worth."""
    return sum(WIDE_COUNTS if letter >= WIDE_FROM else 1 for letter in text)


def _descriptions(document: Document) -> Iterator[Finding]:
    versions = document["texts"].get("description", {})
    source = versions.get(document["source_locale"], {}).get("text", "")
    missing = DESCRIPTION_LETTERS - min(letters(source), DESCRIPTION_LETTERS)
    pointer = f"/texts/{document['source_locale']}/description"
    if not source:
        message = N_("Describe it: material and hardness, tolerances, what is included, how it is packed.")
        yield Finding(Flaw.DESCRIPTION, _part(Flaw.DESCRIPTION, 1, 1), pointer, message)
    elif missing:
        message = N_("Say more in the description: it has {percent} % of the length that helps buyers decide.")
        params = {"percent": 100 * (DESCRIPTION_LETTERS - missing) // DESCRIPTION_LETTERS}
        points = _part(Flaw.DESCRIPTION, missing, DESCRIPTION_LETTERS)
        yield Finding(Flaw.DESCRIPTION, points, pointer, message, params)
    if len(versions) < 2:
        message = N_("Give the description in a second language at least.")
        points = _part(Flaw.DESCRIPTION_LANGUAGES, 1, 1)
        yield Finding(Flaw.DESCRIPTION_LANGUAGES, points, "/texts", message)


def _media(document: Document) -> Iterator[Finding]:
    kinds = [str(medium.get("media_type", "")) for medium in document["media"]]
    # A DXF is called an image by its media type, and is none to look at.
    drawn = [kind for kind in kinds if not kind.startswith(PICTURES) or "dxf" in kind]
    if len(drawn) == len(kinds):
        message = N_("Add a picture. Lists show it, and buyers open what they can see.")
        yield Finding(Flaw.PICTURE, _part(Flaw.PICTURE, 1, 1), "/media", message)
    if not drawn and not _is_service(document):
        message = N_("Add a drawing or a model, so that engineers can check the size without asking.")
        yield Finding(Flaw.DRAWING, _part(Flaw.DRAWING, 1, 1), "/media", message)


def _is_service(document: Document) -> bool:
    """What weighs nothing and crosses no border."""
    category = categories().get(document["category"])
    return category is not None and SERVICES in category.path


def _lacking(variants: Sequence[Mapping[str, Any]], flaw: Flaw) -> list[int]:
    def lacks(variant: Mapping[str, Any]) -> bool:
        match flaw:
            case Flaw.MASS:
                return variant["mass_kg"] is None
            case Flaw.DIMENSIONS:
                return all(variant[side] is None for side in ("length_mm", "width_mm", "height_mm"))
            case Flaw.HS_CODE:
                return variant["hs_code"] is None
            case Flaw.LEAD_TIME:
                return bool(variant["made_to_order"]) and variant["lead_time_days"] == 0
            case _:
                currencies = [price["currency"] for price in variant["prices"]]
                return all(currencies.count(one) < 2 for one in currencies)

    return [position for position, variant in enumerate(variants) if lacks(variant)]


_OF_VARIANTS: Mapping[Flaw, tuple[str, str]] = {
    Flaw.MASS: ("mass_kg", N_("Give the mass of every size: freight is reckoned by it. Missing: {count}.")),
    Flaw.DIMENSIONS: ("length_mm", N_("Give the dimensions of every size. Missing: {count}.")),
    Flaw.HS_CODE: ("hs_code", N_("Give the HS code of every size: customs asks for it. Missing: {count}.")),
    Flaw.PRICE_TIERS: ("prices", N_("Give every size a second price for larger quantities. Missing: {count}.")),
    Flaw.LEAD_TIME: ("lead_time_days", N_("Give every size that is made to order a lead time. Missing: {count}.")),
}


def _variants(document: Document) -> Iterator[Finding]:
    """Each size weighs the same. A listing without any lacks all that sizes say."""
    variants = document["variants"]
    service = _is_service(document)
    for flaw, (name, message) in _OF_VARIANTS.items():
        if service and flaw in (Flaw.MASS, Flaw.DIMENSIONS, Flaw.HS_CODE):
            continue
        if not variants:
            yield Finding(flaw, _part(flaw, 1, 1), "/variants", N_("Add at least one variant with its SKU."))
        elif lacking := _lacking(variants, flaw):
            points = _part(flaw, len(lacking), len(variants))
            yield Finding(flaw, points, f"/variants/{lacking[0]}/{name}", message, {"count": len(lacking)})
