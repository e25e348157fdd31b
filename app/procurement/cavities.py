"""How many cavities a mould has, as the trade writes it: `4`, `2x4`, `1+1`, or a family's parts with their counts."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MAX_CAVITIES = 512
_MAX_EXPRESSION = 64
_MAX_PARTS = 16
_MAX_PART_NAME = 60
_EXPRESSION = re.compile(r"[0-9]{1,4}(?:x[0-9]{1,4}){0,2}(?:\+[0-9]{1,4}(?:x[0-9]{1,4}){0,2})*")
# What people type for the same thing: the multiplication sign, an asterisk, and the full-width forms of CJK keyboards.
_TYPED = str.maketrans("0123456789×*xXX+", "0123456789xxxxx+")


@dataclass(frozen=True, slots=True)
class CavityLayout:
    """How many cavities, and the expression in its plain form. `parts` is empty unless the parts were named."""

    total: int
    expression: str
    parts: tuple[tuple[str, int], ...] = ()


class CavitiesMalformed(ValueError):
    """The expression is not one of `4`, `2x4`, `1+1` or parts with their counts, or counts to more than the limit."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def parse_cavities(value: object) -> CavityLayout:
    """Read `4`, `"2x4"` (two levels or rows of four), `"1+1"` (two parts) or `{"housing": 1, "cover": 1}` (a family).

    Raises CavitiesMalformed with the code `cavities_malformed` or `cavities_out_of_range`.
    """
    if isinstance(value, Mapping):
        return _parse_family(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return _layout(value, str(value))
    if not isinstance(value, str) or len(value) > _MAX_EXPRESSION:
        raise CavitiesMalformed("cavities_malformed")
    plain = re.sub(r"[ \t\u3000]+", "", value).translate(_TYPED)
    if not _EXPRESSION.fullmatch(plain):
        raise CavitiesMalformed("cavities_malformed")
    terms = [[int(factor) for factor in term.split("x")] for term in plain.split("+")]
    if any(factor == 0 for term in terms for factor in term):
        raise CavitiesMalformed("cavities_out_of_range", minimum=1, maximum=MAX_CAVITIES)
    expression = "+".join("x".join(str(factor) for factor in term) for term in terms)
    return _layout(sum(math.prod(term) for term in terms), expression)


def is_storable(text: str) -> bool:
    """Whether a text can be kept at all: PostgreSQL has no NUL and UTF-8 no lone surrogate."""
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def _parse_family(parts: Mapping[Any, Any]) -> CavityLayout:
    if not 1 <= len(parts) <= _MAX_PARTS:
        raise CavitiesMalformed("cavities_malformed")
    for name, count in parts.items():
        named = isinstance(name, str) and 0 < len(name.strip()) <= _MAX_PART_NAME and is_storable(name)
        if not named or not isinstance(count, int) or isinstance(count, bool):
            raise CavitiesMalformed("cavities_malformed")
        if not 1 <= count <= MAX_CAVITIES:
            raise CavitiesMalformed("cavities_out_of_range", minimum=1, maximum=MAX_CAVITIES)
    pairs = tuple((name.strip(), count) for name, count in parts.items())
    return _layout(sum(parts.values()), "+".join(str(count) for _, count in pairs), pairs)


def _layout(total: int, expression: str, parts: tuple[tuple[str, int], ...] = ()) -> CavityLayout:
    if not 1 <= total <= MAX_CAVITIES:
        raise CavitiesMalformed("cavities_out_of_range", minimum=1, maximum=MAX_CAVITIES)
    return CavityLayout(total, expression, parts)
