"""NUL characters and what is not UTF-8, in every text that an operation takes: 422, and nothing is kept."""

import copy
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import orjson
import pytest

from tests.contracts.snapshot import kept
from tests.security.forms import options
from tests.security.walk import operations
from tests.world import World, parameters

NUL = "with\x00nul"
SURROGATE = "with\ud800surrogate"
IN_JSON = {NUL: b"with\\u0000nul", SURROGATE: b"with\\ud800surrogate"}
IN_URL = {NUL: "with%00nul", SURROGATE: "with%ED%A0%80surrogate"}
SIGNED = "POST /v1/webhook-sources/{source_id}/messages"
"""Signed over its bytes: with a text changed, the signature is wrong, and that is all that is told."""
MARK = "the-place-of-the-hostile-text"


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where texts stand in a body."""
    if isinstance(value, str):
        yield at
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in steps:
        yield from places(item, (*at, step))


def marked(value: Any, at: tuple[Any, ...]) -> Any:
    """The body with a mark in place of one text."""
    found = copy.deepcopy(value)
    inner = found
    for step in at[:-1]:
        inner = inner[step]
    inner[at[-1]] = MARK
    return found


async def sent(world: World, hostile: str) -> tuple[int, list[str]]:
    """The number of texts tried, and the answers that were not 422."""
    description = kept()
    found: list[str] = []
    count = 0
    for operation in operations(description):
        caller = world.doer(operation.method, operation.path)
        given = options(world, description, operation.method, operation.path)
        address = world.fill(operation.path)
        tries: list[tuple[str, dict[str, Any]]] = []
        for name in parameters(operation.path):
            tries.append((operation.path.format(**{**world.ids, name: IN_URL[hostile]}), given))
        described = description["paths"][operation.path][operation.method.lower()]
        for one in described.get("parameters", ()):
            if one["in"] == "query":
                rest = "".join(f"&{key}={quote(str(value))}" for key, value in given.get("params", {}).items())
                plain = {key: value for key, value in given.items() if key != "params"}
                tries.append((f"{address}?{one['name']}={IN_URL[hostile]}{rest}", plain))
        for at in places(given.get("json")):
            body = orjson.dumps(marked(given["json"], at)).replace(MARK.encode(), IN_JSON[hostile])
            headers = {**given.get("headers", {}), "Content-Type": "application/json"}
            tries.append((address, {"content": body, "headers": headers}))
        for name in given.get("data", {}):
            rest = "&".join(f"{key}={quote(value)}" for key, value in given["data"].items() if key != name)
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            tries.append((address, {"content": f"{rest}&{name}={IN_URL[hostile]}".encode(), "headers": headers}))
        for path, keywords in tries:
            count += 1
            answer = await caller.request(operation.method, path, **keywords)
            if answer.status_code != (401 if operation.label == SIGNED and path == address else 422):
                found.append(f"{operation.label} at {path}: {answer.status_code} {answer.text[:200]}")
    return count, found


@pytest.mark.parametrize("hostile", [NUL, SURROGATE], ids=["nul", "surrogate"])
async def test_no_text_takes_it(world: World, hostile: str) -> None:
    count, found = await sent(world, hostile)
    assert not found, "\n" + "\n".join(found)
    assert count > 300
