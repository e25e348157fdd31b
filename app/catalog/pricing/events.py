"""What is announced about price lists. No event carries a price: buyers read theirs in the catalogue."""

from datetime import date
from uuid import UUID

from app.kit.outbox import Event


class PriceListActivated(Event, name="catalog.price_list_activated.v1", subject=("price_list", "price_list_id")):
    """A supplier's price list applies to its buyers from its first day on."""

    price_list_id: UUID
    supplier_id: UUID
    code: str
    edition: int
    currency: str
    valid_from: date
    valid_until: date | None


class PriceListEnded(Event, name="catalog.price_list_ended.v1", subject=("price_list", "price_list_id")):
    """A price list was ended before its last day. Prices that were confirmed stand."""

    price_list_id: UUID
    supplier_id: UUID
    code: str
    edition: int
