"""Texts of a document: every one with its place, as a JSON Pointer, for rules that hold of all alike."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from app.finance.einvoicing.document import Document


def texts(document: Document) -> Iterator[tuple[str, str]]:
    """The places and texts, in the order of the fields."""
    return _below(document, "")


def given(text: str | None) -> bool:
    """Whether a text says anything: the writers leave out what is blank."""
    return bool(text and text.strip())


def _below(value: Any, at: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield at, value
    elif isinstance(value, tuple):
        for number, one in enumerate(value):
            yield from _below(one, f"{at}/{number}")
    elif is_dataclass(value):
        for each in fields(value):
            yield from _below(getattr(value, each.name), f"{at}/{each.name}")
