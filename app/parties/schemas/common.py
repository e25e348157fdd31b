"""Kinds of text that several forms have."""

from typing import Annotated, Any

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BeforeValidator, StringConstraints
from pydantic_core import PydanticCustomError

from app.reference.facade import Country


def _email(value: str) -> str:
    """The address in one spelling, without asking the network whether its domain exists."""
    try:
        return validate_email(value, check_deliverability=False, test_environment=True).normalized
    except (EmailNotValidError, ValueError) as error:
        raise PydanticCustomError("invalid_email", "invalid e-mail address") from error


def _no_nul(value: Any) -> Any:
    if isinstance(value, str) and "\x00" in value:
        raise PydanticCustomError("nul_character", "NUL character")
    return value


Email = Annotated[str, StringConstraints(max_length=254, strip_whitespace=True), AfterValidator(_email)]
NewPassword = Annotated[str, StringConstraints(min_length=12, max_length=200, strip_whitespace=False)]
GivenPassword = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=False)]
Code = Annotated[str, StringConstraints(min_length=6, max_length=20)]
LinkToken = Annotated[str, StringConstraints(min_length=20, max_length=200)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=120)]
FormText = Annotated[str, BeforeValidator(_no_nul)]

__all__ = [
    "Code",
    "Country",
    "Email",
    "FormText",
    "GivenPassword",
    "LinkToken",
    "Name",
    "NewPassword",
]
