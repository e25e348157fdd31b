"""Codes in what is sent to us: only those that the lists hold, so that whatever is stored can be shown to every reader."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError

from app.reference.money import is_accepted_currency
from app.reference.packaging import is_package_type
from app.reference.places import is_country
from app.reference.units import is_known_unit


def _currency(value: str) -> str:
    if not is_accepted_currency(value):
        raise PydanticCustomError("unknown_currency", "unknown currency")
    return value


def _country(value: str) -> str:
    if not is_country(value):
        raise PydanticCustomError("unknown_country", "unknown country")
    return value


def _unit(value: str) -> str:
    if not is_known_unit(value):
        raise PydanticCustomError("unknown_unit", "unknown unit")
    return value


def _package_type(value: str) -> str:
    if not is_package_type(value):
        raise PydanticCustomError("unknown_package_type", "unknown package type")
    return value


AcceptedCurrency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), AfterValidator(_currency)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$"), AfterValidator(_country)]
UnitCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{2,3}$"), AfterValidator(_unit)]
PackageTypeCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{2}$"), AfterValidator(_package_type)]
