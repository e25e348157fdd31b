"""Reads the demand side of the demo market. Deterministic: no clock, no chance; the same tuples every time."""

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from app.demo.inquiries.seeds import InquirySeed, LineSeed, OrganizationSeed, PersonSeed, QuoteSeed
from app.demo.market.files import read_yaml
from app.demo.market.seeds import Address, RegistrationNumber

HERE = Path(__file__).resolve().parent
DATA = HERE / "data"
FILES = HERE.parent / "files"

_INQUIRY_FILES = ("drafts", "published-1", "published-2", "closed", "awarded-1", "awarded-2", "cancelled")


@cache
def load_buyers() -> tuple[OrganizationSeed, ...]:
    """The twelve buyers, in the order of the file."""
    return tuple(_organization(row) for row in read_yaml(DATA / "buyers.yaml")["organizations"])


@cache
def load_shops() -> tuple[OrganizationSeed, ...]:
    """The fourteen small mould shops that pool their steel; the first leads."""
    return tuple(_organization(row) for row in read_yaml(DATA / "shops.yaml")["organizations"])


@cache
def load_partners() -> tuple[OrganizationSeed, ...]:
    """The six logistics partners."""
    return tuple(_organization(row) for row in read_yaml(DATA / "partners.yaml")["organizations"])


@cache
def load_operator() -> OrganizationSeed:
    """The organization that runs the demo market."""
    return _organization(read_yaml(DATA / "partners.yaml")["operator"])


@cache
def load_inquiries() -> tuple[InquirySeed, ...]:
    """The thirty inquiries of the market. The tour's own inquiry is not among them: the tour writes it."""
    return tuple(_inquiry(row) for name in _INQUIRY_FILES for row in read_yaml(DATA / f"{name}.yaml")["inquiries"])


@cache
def load_tour_inquiry() -> InquirySeed:
    """The German inquiry for a two-cavity PC/ABS housing mould that the tour sends over HTTP."""
    (row,) = read_yaml(DATA / "tour.yaml")["inquiries"]
    return _inquiry(row)


def quote_note(key: str, locale: str, *, lead_time_days: int) -> tuple[str, str]:
    """What a supplier writes with a quote: the note and the locale that it is in (English where his has none)."""
    texts = _quote_notes()[key]
    written_in = locale if locale in texts else "en"
    return texts[written_in].format(weeks=round(lead_time_days / 7)), written_in


def quote_note_locales(key: str) -> tuple[str, ...]:
    """The languages that a note is written in."""
    return tuple(_quote_notes()[key])


def attachment_path(name: str) -> Path:
    """Where an attachment lies."""
    return FILES / name


@cache
def part_measures() -> Mapping[str, Mapping[str, Any]]:
    """Measures of the drawn parts by slug, as `python -m app.demo.drawing` wrote them."""
    with (FILES / "parts.json").open(encoding="utf-8") as file:
        measures: dict[str, dict[str, Any]] = json.load(file)
    return measures


@cache
def _quote_notes() -> Mapping[str, Mapping[str, str]]:
    notes: dict[str, dict[str, str]] = read_yaml(DATA / "quote_notes.yaml")
    return notes


@cache
def _buyer_locales() -> Mapping[str, str]:
    return {buyer.code: buyer.locale for buyer in load_buyers()}


def _organization(row: dict[str, Any]) -> OrganizationSeed:
    nested: dict[str, Any] = {
        "roles": tuple(row["roles"]),
        "address": Address(**row["address"]),
        "registration_numbers": tuple(RegistrationNumber(**number) for number in row["registration_numbers"]),
        "people": tuple(_person(person, row["locale"]) for person in row["people"]),
    }
    return OrganizationSeed(**{**row, **nested})


def _person(row: dict[str, Any], locale: str) -> PersonSeed:
    return PersonSeed(
        name=row["name"],
        name_latin=row.get("name_latin", row["name"]),
        roles=tuple(row["roles"]),
        email=row["email"],
        locale=row.get("locale", locale),
    )


def _inquiry(row: dict[str, Any]) -> InquirySeed:
    return InquirySeed(
        code=row["code"],
        buyer_code=row["buyer"],
        author_email=row["author"],
        state=row["state"],
        locale=_buyer_locales()[row["buyer"]],
        title=row["title"],
        notes=row["notes"].strip(),
        payment_notes=row.get("payment_notes"),
        currency=row["currency"],
        incoterm=row["incoterm"],
        incoterm_place=row["incoterm_place"],
        required_in_days=row["required_in_days"],
        published_days_ago=row.get("published_days_ago"),
        closes_in_days=row["closes_in_days"],
        milestone_template=row.get("milestone_template"),
        supplier_count=row["suppliers"]["count"],
        preferred_countries=tuple(row["suppliers"]["countries"]),
        attachments=tuple(row["attachments"]),
        lines=tuple(_line(line) for line in row["lines"]),
        quotes=tuple(_quote(quote) for quote in row.get("quotes", [])),
        awarded_quote=row.get("awarded"),
        cancel_reason=row.get("cancel_reason"),
    )


def _line(row: dict[str, Any]) -> LineSeed:
    return LineSeed(
        description=row["description"],
        quantity=Decimal(row["quantity"]),
        unit=row["unit"],
        target_price_minor=row["target_price_minor"],
        category_code=row.get("category"),
        keyword=row.get("keyword"),
        spec=_spec(row) if "spec" in row else None,
    )


def _spec(row: dict[str, Any]) -> dict[str, Any]:
    """The description of the mould, with the drawn part's measures where the line names one."""
    spec = dict(row["spec"])
    if "part" in row:
        measured = part_measures()[row["part"]]
        for code in ("projected_area_cm2", "part_volume_cm3", "part_mass_g"):
            spec[code] = measured[code.removeprefix("part_")]
    return spec


def _quote(row: dict[str, Any]) -> QuoteSeed:
    return QuoteSeed(Decimal(row["price_factor"]), row["lead_time_days"], row["note"])
