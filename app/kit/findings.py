"""What Pydantic finds wrong with a form or a document, as a refusal with a pointer to each field.

Solvers' processes start with it: it needs nothing of the edge.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from app.kit.errors import FieldError, Invalid, MalformedBody, Problem
from app.kit.validation_messages import explain

_NO_FIELD = re.compile(r"[a-z-]*[\[(].*[\])]", re.DOTALL)


class Found(Protocol):
    """Pydantic's own error, or the edge's, which names the part of the request before the field."""

    def errors(self) -> Sequence[Any]:
        """One entry a finding."""
        ...


def _pointer(location: tuple[int | str, ...]) -> str:
    source, *rest = location or ("body",)
    steps = "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in rest)
    return steps if source == "body" else f"#/{source}{steps}"


def _fields_of(item: Mapping[str, Any]) -> tuple[int | str, ...]:
    """Where a finding is. Pydantic names union members and validators in between (`list[str]`, `function-after[…]`); only
    real fields are pointers, and the name of an unknown field is whatever the caller called it."""
    *before, last = item["loc"] or ("body",)
    kept = [step for step in before if not (isinstance(step, str) and _NO_FIELD.fullmatch(step))]
    is_field = item["type"] == "extra_forbidden" or not (isinstance(last, str) and _NO_FIELD.fullmatch(last))
    return (*kept, last) if is_field else tuple(kept)


def from_validation(error: Found) -> Problem:
    """Pydantic's findings as field errors with messages of our own catalogue."""
    found: Sequence[Any] = error.errors()
    if isinstance(error, ValidationError):
        # A document that was validated by itself has no name for where it came from.
        found = [{**item, "loc": ("body", *item["loc"])} for item in found]
    if any(item["type"] == "json_invalid" for item in found):
        return MalformedBody()
    fields = []
    for item in found[:100]:
        message, params = explain(item["type"], item.get("ctx") or {})
        fields.append(FieldError(_pointer(_fields_of(item)), item["type"].replace("_", "-"), message, params))
    return Invalid(errors=fields)


Form = TypeVar("Form", bound=BaseModel)


def validated(kind: type[Form], values: Mapping[str, Any]) -> Form:
    """A form that did not come as a request's body, refused as one is. Raises `Invalid`."""
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise from_validation(error) from error
