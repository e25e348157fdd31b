"""What people type into forms, and forms that are shown again."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import FormData

from app.kit.errors import Problem
from app.kit.problems import render

MOST_SHOWN = 5000
_UNITS = ("_minor", "_bp", "_id", "_ids")
"""What ends the API's name of a field, and not the form's: people type amounts and percentages, and choose by name."""


def typed(form: FormData, name: str, longest: int) -> str:
    """A line of text, cut off. PostgreSQL takes neither NUL nor lone surrogates; nobody's address or password has them."""
    text = str(form.get(name) or "")[:longest]
    return "".join(char for char in text if char != "\x00" and not "\ud800" <= char <= "\udfff").strip("\r\n")


@dataclass(frozen=True, slots=True)
class Again:
    """A form of a page that is shown once more because it was refused: which of the page's forms it was, what was typed into it,
    and what is wrong. Without a refusal, nothing of this."""

    where: str = ""
    said: Mapping[str, str] = field(default_factory=dict)
    problem: dict[str, Any] | None = None
    status: int = 200

    @classmethod
    def of(cls, form: FormData, where: str, refusal: Problem, locale: str) -> "Again":
        """The form as it was sent."""
        said = {name: typed(form, name, MOST_SHOWN) for name, value in form.multi_items() if isinstance(value, str)}
        return cls(where, said, render(refusal, locale=locale), refusal.status)

    def value(self, where: str, name: str, otherwise: object = "") -> str:
        """What stands in a field: what was typed, else what stands there at first."""
        return self.said.get(name, "") if where == self.where else str(otherwise)

    def faults(self, where: str) -> Mapping[str, str]:
        """What is wrong with each field of a form, by its name there."""
        found: dict[str, str] = defaultdict(str)
        if self.problem is None or where != self.where:
            return found
        for error in self.problem["errors"]:
            name = next((part for part in error["pointer"].split("/") if part not in ("", "#")), "")
            end = next((unit for unit in _UNITS if name.endswith(unit)), "")
            found[name.removesuffix(end)] = error["detail"]
        return found
