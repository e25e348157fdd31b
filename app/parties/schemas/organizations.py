"""Organizations, their owners at registration, and their verification."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from unicodedata import name as letter_name
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from app.kit.schemas import Input, Labelled, LocaleTag, Output, ShortText, TimeZoneName
from app.parties.schemas.common import Country, Email, Name, NewPassword
from app.parties.states import UnitSystem, VerificationOutcome
from app.reference.facade import AcceptedCurrency


def _latin(value: str) -> str:
    if any(letter.isalpha() and not letter_name(letter, "").startswith("LATIN") for letter in value):
        raise PydanticCustomError("latin_letters_only", "Latin letters only")
    return value


LatinName = Annotated[ShortText, AfterValidator(_latin)]
City = Annotated[str, StringConstraints(min_length=1, max_length=120)]


class ChosenRole(StrEnum):
    """What an organization may say that it is. Nobody makes himself the operator."""

    BUYER = "buyer"
    SUPPLIER = "supplier"
    LOGISTICS = "logistics"
    FINANCIER = "financier"


class AddressIn(Input):
    """Where the organization sits, for its partners in a deal and the operator; city and country are public."""

    street: str = Field(min_length=1, max_length=200)
    postal_code: str | None = Field(default=None, max_length=20)
    region: str | None = Field(default=None, max_length=120)
    phone: str | None = Field(default=None, max_length=40, pattern=r"^\+?[0-9 ()/.-]{5,40}$")
    website: str | None = Field(default=None, max_length=300, pattern=r"^https?://[^\s]+$")


class RegistrationNumberIn(Input):
    """A number of a public register; its form and check digits are checked."""

    kind: str = Field(max_length=20, description="`vat`, `uscc`, `lei`, `cnpj`, `jp_cn`, `tw_ubn` …")
    number: str = Field(min_length=1, max_length=64)


class OrganizationIn(Input):
    """An organization as it describes itself."""

    legal_name_local: ShortText = Field(description="As it stands in the register, in its own script.")
    legal_name_latin: LatinName = Field(description="The same name in Latin letters.")
    country: Country
    city: City
    roles: list[ChosenRole] = Field(min_length=1, max_length=4)
    locale: LocaleTag = Field(description="The language in which others should write to it.")
    listed: bool = Field(default=True, description="Whether a supplier stands in the public directory.")
    address: AddressIn
    registration_numbers: list[RegistrationNumberIn] = Field(default=[], max_length=10)


class OwnerIn(Input):
    """The first owner."""

    email: Email
    name: Name
    password: NewPassword
    locale: LocaleTag
    time_zone: TimeZoneName = "UTC"
    unit_system: UnitSystem = UnitSystem.METRIC
    currency: AcceptedCurrency = "EUR"


class RegistrationIn(Input):
    """A new organization and who speaks for it."""

    organization: OrganizationIn
    owner: OwnerIn


class OrganizationPatch(Input):
    """What changes; absent fields stay. A new name or country ends the verification."""

    legal_name_local: ShortText | None = None
    legal_name_latin: LatinName | None = None
    country: Country | None = None
    city: City | None = None
    roles: list[ChosenRole] | None = Field(default=None, min_length=1, max_length=4)
    locale: LocaleTag | None = None
    listed: bool | None = None
    address: AddressIn | None = None
    registration_numbers: list[RegistrationNumberIn] | None = Field(default=None, max_length=10)


class OrganizationOut(Output):
    """An organization as everybody may know it."""

    id: UUID
    code: str
    legal_name_local: str
    legal_name_latin: str
    country: str
    country_name: str = Field(description="In the reader's language.")
    city: str
    roles: list[Labelled]
    locale: str
    listed: bool
    verified_at: datetime | None = Field(description="When the operator gave the badge; null without one.")
    sandbox: bool = Field(description="Whether it exists in a sandbox only: nothing about it is real.")


class AddressOut(Output):
    """Where the organization sits."""

    street: str
    postal_code: str | None
    region: str | None
    phone: str | None
    website: str | None


class RegistrationNumberOut(Output):
    """A register number and what it is called."""

    kind: str
    kind_name: str
    number: str


class OwnOrganizationOut(OrganizationOut):
    """An organization as its own members see it."""

    address: AddressOut | None
    registration_numbers: list[RegistrationNumberOut]
    version: int


class VerificationOut(Output):
    """What the operator decided."""

    outcome: Labelled
    note: str
    decided_by: UUID
    decided_at: datetime


class OperatorOrganizationOut(OwnOrganizationOut):
    """An organization as the operator sees it when he verifies."""

    decisions: list[VerificationOut]
    same_numbers: list[UUID] = Field(description="Other organizations that state one of the same register numbers.")


class VerificationIn(Input):
    """The operator's decision and what it rests on."""

    outcome: VerificationOutcome
    note: str = Field(min_length=1, max_length=2000)


class RegisteredOut(Output):
    """The new organization and its owner. Sign in to go on."""

    organization: OwnOrganizationOut
    owner_id: UUID
