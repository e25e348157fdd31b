"""Parameters as Stripe's clients encode them: `a[b][0][c]=d` is {"a": {"b": [{"c": "d"}]}}."""

import re
from typing import Any
from urllib.parse import parse_qsl

Form = dict[str, Any]
_PART = re.compile(r"\[([^\]]*)\]")


def parsed(encoded: str) -> Form:
    """The nested parameters; all values are texts."""
    form: Form = {}
    for key, value in parse_qsl(encoded, keep_blank_values=True):
        first = key.split("[", 1)[0]
        _put(form, [first, *_PART.findall(key[len(first) :])], value)
    listed = _listed(form)
    assert isinstance(listed, dict)
    return listed


def _put(into: Form, path: list[str], value: str) -> None:
    for part in path[:-1]:
        into = into.setdefault(part, {})
    into[path[-1] or str(len(into))] = value


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [_listed(value[key]) for key in sorted(value, key=int)]
    return {key: _listed(one) for key, one in value.items()}
