"""Bases and shared pieces of the rooms' Pydantic schemas."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any
from zoneinfo import available_timezones

from babel.numbers import list_currencies
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

from app.kit.locales import LOCALES, current_locale, translate


class Input(BaseModel):
    """Base of what is sent to us: unknown fields are refused, so that a misspelt one is noticed."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Output(BaseModel):
    """Base of what we answer."""

    model_config = ConfigDict(from_attributes=True)


class Labelled(Output):
    """A code with its name in the reader's language."""

    code: str
    label: str


def labelled(code: str, labels: dict[Any, tuple[str, str]]) -> Labelled:
    """An enum value with its label in the reader's language."""
    return Labelled(code=str(code), label=translate(labels[code], current_locale()))


def _locale(value: str) -> str:
    if value not in LOCALES:
        raise PydanticCustomError("unsupported_locale", "unsupported locale", {"locales": ", ".join(LOCALES)})
    return value


def _currency(value: str) -> str:
    if value not in _currencies():
        raise PydanticCustomError("unknown_currency", "unknown currency")
    return value


@lru_cache(maxsize=1)
def _time_zones() -> frozenset[str]:
    """Read from disk once: it takes some 10 ms."""
    return frozenset(available_timezones())


@lru_cache(maxsize=1)
def _currencies() -> frozenset[str]:
    return frozenset(list_currencies())


def _time_zone(value: str) -> str:
    if value not in _time_zones():
        raise PydanticCustomError("unknown_time_zone", "unknown time zone")
    return value


def _as_utc(value: datetime) -> datetime:
    """PostgreSQL's range of moments is what a reader can mean: years 1 and 9999 overflow in other zones."""
    if not 1970 <= value.year <= 9000:
        raise PydanticCustomError("datetime_object_invalid", "out of range")
    return value.astimezone(UTC)


LocaleTag = Annotated[str, StringConstraints(max_length=8), AfterValidator(_locale)]
CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), AfterValidator(_currency)]
TimeZoneName = Annotated[str, StringConstraints(max_length=64), AfterValidator(_time_zone)]
CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Instant = Annotated[AwareDatetime, AfterValidator(_as_utc)]
PriceMinor = Annotated[
    int, Field(ge=0, le=10**15, description="Amount in minor units of the currency (cents; whole yen).")
]
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=200)]
LongText = Annotated[str, StringConstraints(min_length=1, max_length=10_000)]
PlainDecimal = Annotated[
    Decimal,
    BeforeValidator(lambda value: str(value) if isinstance(value, float) else value),
    PlainSerializer(lambda value: format(value, "f"), return_type=str, when_used="json"),
]
