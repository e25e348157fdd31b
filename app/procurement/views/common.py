"""Stored values as a reader sees them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import cast
from uuid import UUID

from app.kit.actor import Actor
from app.kit.errors import NotFound
from app.kit.locales import current_locale, fallback_chain
from app.language.facade import ShownText
from app.parties.facade import OrganizationRef
from app.procurement.schemas.common import FirmOut, MoneyOut, QuantityOut, TextOut, TranslationOut
from app.reference import facade as reference
from app.reference.facade import System


def money(minor: int, currency: str) -> MoneyOut:
    """An amount in the reader's language."""
    return MoneyOut(minor=minor, currency=currency, text=reference.display_money(minor, currency, current_locale()))


def quantity(value: Decimal, unit: str, actor: Actor) -> QuantityOut:
    """A quantity in the reader's language and unit system."""
    system = cast(System, actor.unit_system)
    shown = reference.display_quantity(value.normalize(), unit, current_locale(), system)
    return QuantityOut(value=plain_decimal(value), unit=unit, text=shown.text)


def plain_decimal(value: Decimal) -> Decimal:
    """Without trailing zeros and without an exponent."""
    normal = value.normalize()
    return normal.quantize(Decimal(1)) if normal == normal.to_integral_value() else normal


def firm(found: Mapping[UUID, OrganizationRef], firm_id: UUID) -> FirmOut:
    """The other side."""
    ref = found.get(firm_id)
    if ref is None:
        raise NotFound()
    return FirmOut(
        id=ref.id,
        code=ref.code,
        name=ref.legal_name_local,
        name_latin=ref.legal_name_latin,
        country=ref.country,
        city=ref.city,
        verified=ref.verified,
    )


def written_in_all(text: str, locale: str, texts: Mapping[str, Mapping[str, str]]) -> TextOut:
    """A text that was copied in every language that it had, with the reader's beside the original."""
    tag = next((tag for tag in fallback_chain(current_locale()) if tag in texts), locale)
    if tag == locale:
        return TextOut(text=text, locale=locale)
    translation = TranslationOut(locale=tag, text=texts[tag]["text"], state=texts[tag]["state"])
    return TextOut(text=text, locale=locale, translation=translation)


def written(text: str, locale: str, shown: ShownText | None) -> TextOut:
    """A text as it was written, with its translation next to it when there is one in another language."""
    if shown is None or shown.locale == shown.source_locale:
        return TextOut(text=text, locale=locale)
    translation = TranslationOut(locale=shown.locale, text=shown.text, state=str(shown.state), engine=shown.engine)
    return TextOut(text=text, locale=locale, translation=translation)
