"""A custom mould's description in the reader's language: names of fields and values, quantities in his units."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

from app.kit.actor import Actor
from app.kit.locales import NP_, current_locale, translate
from app.language.facade import ShownText
from app.procurement.mould_dictionary import FieldKind, SpecField, mould_dictionary
from app.procurement.schemas.inquiries import SpecFieldOut, SpecGroupOut
from app.reference import facade as reference
from app.reference.facade import System

_YES, _NO = NP_("mould description", "Yes"), NP_("mould description", "No")


def mould(spec: Mapping[str, Any], actor: Actor, translations: Mapping[str, ShownText]) -> list[SpecGroupOut]:
    """The description in the dictionary's order. `translations` holds free texts by field code."""
    locale = current_locale()
    groups = []
    for group in mould_dictionary().groups:
        fields = [
            SpecFieldOut(
                code=known.code,
                label=known.names[locale],
                value=spec[known.code],
                text=_text(known, spec[known.code], actor, locale),
                translation=_translation(translations.get(known.code)),
            )
            for known in group.fields
            if known.code in spec
        ]
        if fields:
            groups.append(SpecGroupOut(code=group.code, label=group.names[locale], fields=fields))
    return groups


def _translation(shown: ShownText | None) -> str | None:
    return None if shown is None or shown.locale == shown.source_locale else shown.text


def _text(known: SpecField, value: Any, actor: Actor, locale: str) -> str:
    match known.kind:
        case FieldKind.NUMBER | FieldKind.INTEGER:
            number = Decimal(str(value))
            if known.unit is None or not reference.is_known_unit(known.unit):
                return reference.display_number(number, locale)
            return reference.display_quantity(number, known.unit, locale, cast(System, actor.unit_system)).text
        case FieldKind.ENUM:
            return known.values[value].names[locale]
        case FieldKind.ENUM_LIST:
            return ", ".join(known.values[item].names[locale] for item in value)
        case FieldKind.BOOLEAN:
            return translate(_YES if value else _NO, locale)
        case FieldKind.CAVITIES:
            if isinstance(value, dict):
                return " + ".join(f"{count} × {name}" for name, count in value.items())
            return str(value)
        case FieldKind.TEXT:
            return str(value)
