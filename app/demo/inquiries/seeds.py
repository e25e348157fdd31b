"""What the demand side is made of. Every value is plain data, ready for a seeder to hand to the rooms."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.demo.market.seeds import Address, RegistrationNumber


@dataclass(frozen=True, slots=True)
class PersonSeed:
    """A colleague. `roles` are member roles of the parties room."""

    name: str
    name_latin: str
    roles: tuple[str, ...]
    email: str
    locale: str


@dataclass(frozen=True, slots=True)
class OrganizationSeed:
    """A buyer, a logistics partner or the operator. `roles` are organization roles of the parties room."""

    code: str
    roles: tuple[str, ...]
    legal_name: str
    legal_name_latin: str
    verified: bool
    address: Address
    locale: str
    time_zone: str
    unit_system: str
    currency: str
    registration_numbers: tuple[RegistrationNumber, ...]
    people: tuple[PersonSeed, ...]


@dataclass(frozen=True, slots=True)
class LineSeed:
    """A line is a catalogue item, to be found by `category_code` and `keyword`, or a custom mould with its `spec`.

    `target_price_minor` is the hoped-for price of the whole line in the inquiry's currency.
    """

    description: str
    quantity: Decimal
    unit: str
    target_price_minor: int
    category_code: str | None
    keyword: str | None
    spec: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class QuoteSeed:
    """A quote costs `price_factor` times the target price; `note_key` is a note in `quote_notes.yaml`."""

    price_factor: Decimal
    lead_time_days: int
    note_key: str


@dataclass(frozen=True, slots=True)
class InquirySeed:
    """An inquiry and the state that it has in the demo market. Days count from the moment of seeding.

    `supplier_count` suppliers are invited, those of `preferred_countries` first. `awarded_quote` is an index into
    `quotes`. `attachments` are names of files in `app/demo/files`.
    """

    code: str
    buyer_code: str
    author_email: str
    state: str
    locale: str
    title: str
    notes: str
    payment_notes: str | None
    currency: str
    incoterm: str
    incoterm_place: str
    required_in_days: int
    published_days_ago: int | None
    closes_in_days: int
    milestone_template: str | None
    supplier_count: int
    preferred_countries: tuple[str, ...]
    attachments: tuple[str, ...]
    lines: tuple[LineSeed, ...]
    quotes: tuple[QuoteSeed, ...]
    awarded_quote: int | None
    cancel_reason: str | None
