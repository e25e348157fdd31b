"""Files judged in a process of their own: native code that crashes there takes nothing else down, and its memory goes back.

No transaction may be open meanwhile: the first file takes a second. The process stays for a minute after the last question, since
reading the rules takes fifty times as long as judging by them; a rules folder that changes meanwhile is read anew by the next.
"""

import base64
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import orjson

from app.finance.einvoicing.findings import Finding, Layer, Severity
from app.kit.children import Ended, KeptChild

SECONDS = 120.0
_JUDGE = KeptChild("app.finance.einvoicing.child")


class NotJudged(RuntimeError):
    """The rules could not be run, for whatever reason: nothing is known of the files, and none may leave."""


async def _always() -> bool:
    return True


async def prove(
    files: Sequence[bytes],
    *,
    rules_dir: Path | None = None,
    seconds: float = SECONDS,
    still_wanted: Callable[[], Awaitable[bool]] = _always,
) -> tuple[tuple[Finding, ...], ...]:
    """What all rules find in each of these XML files, either syntax. Raises NotJudged."""
    asked = {
        "rules_dir": str(rules_dir) if rules_dir else None,
        "files": [base64.b64encode(file).decode() for file in files],
    }
    told = await _JUDGE.ask(orjson.dumps(asked), seconds=seconds, still_wanted=still_wanted)
    if told.ended is not Ended.ANSWERED:
        raise NotJudged(f"{told.ended}: code {told.code}: {told.complaint}")
    found = orjson.loads(told.out)
    if len(found) != len(files):
        raise NotJudged(f"{len(files)} files were asked about, {len(found)} were answered")
    return tuple(tuple(_finding(each) for each in of_file) for of_file in found)


def _finding(told: dict[str, str]) -> Finding:
    return Finding(Layer(told["layer"]), told["rule"], Severity(told["severity"]), told["place"], told["said"])
