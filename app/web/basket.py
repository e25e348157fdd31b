"""The inquiry basket of a browser: what its reader means to ask for. It lives in a signed cookie and names nobody."""

import base64
import binascii
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from app.kit.crypto import derive_key
from app.settings import Settings

MOST_ITEMS = 50
MOST_QUANTITY = Decimal(10**9)
_THOUSANDTHS = Decimal("0.001")
_VERSION = 1
_MAC_BYTES = 16
_ROW_BYTES = 16 + 16 + 6


@dataclass(frozen=True, slots=True)
class BasketItem:
    """So many of a variant of a product, in the variant's own unit, to a thousandth."""

    product_id: UUID
    variant_id: UUID
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Basket:
    """At most `MOST_ITEMS` items, each variant once, in the order in which they came."""

    items: tuple[BasketItem, ...] = ()

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[BasketItem]:
        return iter(self.items)

    @property
    def is_full(self) -> bool:
        """Whether no further variant fits in."""
        return len(self.items) >= MOST_ITEMS

    def with_item(self, item: BasketItem) -> "Basket":
        """The basket with this many more of a variant. A full basket takes no other variant and stays as it is."""
        there = next((one for one in self.items if one.variant_id == item.variant_id), None)
        if there is not None:
            more = min(there.quantity + item.quantity, MOST_QUANTITY)
            return self.with_quantity(item.variant_id, more)
        return self if self.is_full else Basket((*self.items, item))

    def with_quantity(self, variant_id: UUID, quantity: Decimal) -> "Basket":
        """The basket with exactly this many of a variant; none takes it out."""
        kept = (
            BasketItem(item.product_id, item.variant_id, quantity) if item.variant_id == variant_id else item
            for item in self.items
        )
        return Basket(tuple(item for item in kept if item.quantity > 0))


def usable_quantity(text: str) -> Decimal | None:
    """A quantity as somebody types it into a form: positive, to a thousandth. None when it is no such number."""
    try:
        number = Decimal(text.strip().replace(",", "."))
    except ArithmeticError:
        return None
    if not number.is_finite() or not 0 < number <= MOST_QUANTITY or number != number.quantize(_THOUSANDTHS):
        return None
    return number


def pack(settings: Settings, basket: Basket) -> str:
    """The cookie's value: the items and a signature (HMAC-SHA256, 128 bits). Full, it has some 2,600 characters."""
    rows = bytearray([_VERSION])
    for item in basket.items:
        rows += item.product_id.bytes + item.variant_id.bytes
        rows += int(item.quantity.quantize(_THOUSANDTHS) * 1000).to_bytes(6, "big")
    return base64.urlsafe_b64encode(bytes(rows) + _signature(settings, bytes(rows))).decode().rstrip("=")


def unpack(settings: Settings, value: str | None) -> Basket:
    """What a cookie says; an empty basket when it is not ours or altered."""
    if not value or len(value) > 4000:
        return Basket()
    try:
        raw = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except (ValueError, binascii.Error):
        return Basket()
    rows, signature = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    if not rows or rows[0] != _VERSION or not hmac.compare_digest(signature, _signature(settings, rows)):
        return Basket()
    items = []
    for start in range(1, len(rows), _ROW_BYTES):
        row = rows[start : start + _ROW_BYTES]
        quantity = Decimal(int.from_bytes(row[32:], "big")).scaleb(-3)
        items.append(BasketItem(UUID(bytes=row[:16]), UUID(bytes=row[16:32]), quantity.normalize()))
    return Basket(tuple(items[:MOST_ITEMS]))


def _signature(settings: Settings, rows: bytes) -> bytes:
    return hmac.new(derive_key(settings, "baskets"), rows, sha256).digest()[:_MAC_BYTES]
