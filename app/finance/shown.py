"""How amounts and firms are shown, the same in all parts of the room: each part names them by schemas of its own."""

from collections.abc import Callable, Mapping
from typing import TypeVar
from uuid import UUID

from pydantic import BaseModel

from app.kit.errors import NotFound
from app.kit.locales import current_locale
from app.parties.facade import OrganizationRef
from app.reference import facade as reference

Shown = TypeVar("Shown", bound=BaseModel)
Firms = Mapping[UUID, OrganizationRef]


def amounts(kind: type[Shown]) -> Callable[[int, str], Shown]:
    """What shows minor units of a currency: `minor`, `currency` and `text` in the reader's language."""

    def amount(minor: int, currency: str) -> Shown:
        return kind(minor=minor, currency=currency, text=reference.display_money(minor, currency, current_locale()))

    return amount


def firms(kind: type[Shown]) -> Callable[[Firms, UUID], Shown]:
    """What shows one of some firms as its partners know it, as far as the schema has fields for it. Raises `NotFound` for one
    that may not be seen."""

    def firm(known: Firms, firm_id: UUID) -> Shown:
        ref = known.get(firm_id)
        if ref is None:
            raise NotFound()
        told = {
            "id": ref.id,
            "code": ref.code,
            "name": ref.legal_name_local,
            "name_latin": ref.legal_name_latin,
            "country": ref.country,
        }
        return kind(**{name: value for name, value in told.items() if name in kind.model_fields})

    return firm
