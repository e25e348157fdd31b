"""A refusal that is told later: kept as plain values, and rendered in the language of whoever reads it then."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from app.kit.errors import FieldError, Labelled, Problem

_PLAIN = (str, int, float, bool, type(None))


def keep(problem: Problem) -> dict[str, Any]:
    """Code and parameters of a refusal, as JSON values. Texts stay message ids."""
    return {
        "code": problem.code,
        "params": _kept(problem.params),
        "errors": [
            {
                "pointer": error.pointer,
                "code": error.code,
                "message": _text(error.message),
                "params": _kept(error.params),
            }
            for error in problem.errors
        ],
    }


def again(kept: Mapping[str, Any]) -> Problem:
    """The refusal that was kept. What is not known any more is a fault of ours."""
    problem = Problem.__new__(_known(kept["code"]))
    errors = [
        FieldError(one["pointer"], one["code"], _message(one["message"]), _found(one["params"]))
        for one in kept["errors"]
    ]
    Problem.__init__(problem, errors=errors, **_found(kept["params"]))
    return problem


def _known(code: str) -> type[Problem]:
    return next((cls for cls in _below(Problem) if cls.code == code), Problem)


def _below(cls: type[Problem]) -> Iterator[type[Problem]]:
    for child in cls.__subclasses__():
        yield child
        yield from _below(child)


def _text(message: str | tuple[str, str]) -> str | list[str]:
    return message if isinstance(message, str) else list(message)


def _message(kept: str | list[str]) -> str | tuple[str, str]:
    return kept if isinstance(kept, str) else (kept[0], kept[1])


def _kept(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(value) for name, value in params.items()}


def _value(value: Any) -> Any:
    if isinstance(value, Labelled):
        return {"code": value.code, "label": _text(value.label)}
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    if isinstance(value, date):
        return {"on": value.isoformat()}
    if isinstance(value, list | tuple):
        return [str(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted(str(item) for item in value)
    return value if isinstance(value, _PLAIN) else str(value)


def _found(kept: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _again(value) for name, value in kept.items()}


def _again(value: Any) -> Any:
    match value:
        case {"code": code, "label": label}:
            return Labelled(code, _message(label))
        case {"at": moment}:
            return datetime.fromisoformat(moment)
        case {"on": day}:
            return date.fromisoformat(day)
        case _:
            return value
