"""The room's tables: rates of exchange, which change by the day, and the formats that the database displays values by.

Everything else is a data file. The formats are made from CLDR and the data files after each migration (`formats.py`).
"""

from datetime import date
from decimal import Decimal

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    Index,
    Numeric,
    SmallInteger,
    String,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db.base import Base, CreatedAt


class FxRate(Base):
    """How many units of `quote` one unit of `base` bought on a day, by a named source. `loaded_at` is when that was last said
    otherwise: of several sources, the one that was loaded last counts."""

    __tablename__ = "fx_rates"
    __table_args__ = (
        CheckConstraint("rate > 0", name="rate_positive"),
        CheckConstraint("base <> quote", name="two_currencies"),
        CheckConstraint("base ~ '^[A-Z]{3}$' AND quote ~ '^[A-Z]{3}$'", name="codes_are_iso4217"),
        Index("ix_fx_rates_on_date", "on_date"),
    )

    base: Mapped[str] = mapped_column(String(3), primary_key=True)
    quote: Mapped[str] = mapped_column(String(3), primary_key=True)
    on_date: Mapped[date] = mapped_column(Date, primary_key=True)
    rate: Mapped[Decimal] = mapped_column(Numeric(24, 12))
    source: Mapped[str] = mapped_column(String(120, collation="C"), primary_key=True)
    loaded_at: Mapped[CreatedAt]


class RateEdition(Base):
    """One row: how often the rates of exchange have changed. A trigger counts."""

    __tablename__ = "rate_editions"
    __table_args__ = (CheckConstraint("only_row", name="only_row"),)

    only_row: Mapped[bool] = mapped_column(Boolean, primary_key=True, server_default=text("true"))
    number: Mapped[int] = mapped_column(BigInteger)


class LocaleFormat(Base):
    """How a locale writes: `separators` of groups and of decimals. `position` is its place in the house's order."""

    __tablename__ = "locale_formats"

    locale: Mapped[str] = mapped_column(String(8, collation="C"), primary_key=True)
    separators: Mapped[str] = mapped_column(String(2))
    position: Mapped[int] = mapped_column(SmallInteger)


class UnitFormat(Base):
    """A quantity of `unit` for a reader of a locale and unit system: conversion and plural patterns of what he is shown.

    `shown = (value * numerator + shift) / denominator`, with as many decimals as the stored value has after the
    point, and `places` more, at least `least_places`, at most six; unchanged without a denominator. `forms` are one
    pattern, or those of CLDR's categories zero, one, two, few, many, other, chosen by `plural_rule`. Ranges are
    `isolated` where text runs from right to left.
    """

    __tablename__ = "unit_formats"

    unit: Mapped[str] = mapped_column(String(3, collation="C"), primary_key=True)
    locale: Mapped[str] = mapped_column(String(8, collation="C"), primary_key=True)
    system: Mapped[str] = mapped_column(String(6, collation="C"), primary_key=True)
    shown_unit: Mapped[str] = mapped_column(String(3, collation="C"))
    numerator: Mapped[Decimal | None] = mapped_column(Numeric)
    shift: Mapped[Decimal | None] = mapped_column(Numeric)
    denominator: Mapped[Decimal | None] = mapped_column(Numeric)
    places: Mapped[int] = mapped_column(SmallInteger)
    least_places: Mapped[int] = mapped_column(SmallInteger)
    forms: Mapped[list[str]] = mapped_column(ARRAY(Text))
    plural_rule: Mapped[int] = mapped_column(SmallInteger)
    separators: Mapped[str] = mapped_column(String(2))
    isolated: Mapped[bool] = mapped_column(Boolean)


class CurrencyFormat(Base):
    """How a locale writes amounts of a currency; `one_minor` is what one minor unit is worth."""

    __tablename__ = "currency_formats"

    currency: Mapped[str] = mapped_column(String(3, collation="C"), primary_key=True)
    locale: Mapped[str] = mapped_column(String(8, collation="C"), primary_key=True)
    exponent: Mapped[int] = mapped_column(SmallInteger)
    one_minor: Mapped[Decimal] = mapped_column(Numeric)
    mask: Mapped[str] = mapped_column(String(60))
    positive: Mapped[str] = mapped_column(String(40))
    negative: Mapped[str] = mapped_column(String(40))
    separators: Mapped[str] = mapped_column(String(2))


class CountryName(Base):
    """A country's name in a locale."""

    __tablename__ = "country_names"

    country: Mapped[str] = mapped_column(String(2, collation="C"), primary_key=True)
    locale: Mapped[str] = mapped_column(String(8, collation="C"), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))


class SteelFamily(Base):
    """A steel's family and its tie to the family's head; `relation` is missing for the head itself."""

    __tablename__ = "steel_families"

    steel: Mapped[str] = mapped_column(String(40, collation="C"), primary_key=True)
    family: Mapped[str] = mapped_column(String(40, collation="C"))
    relation: Mapped[str | None] = mapped_column(String(8, collation="C"))
