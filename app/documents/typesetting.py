"""Typeset pages with Typst: the same PDF for the same data, tagged, and fit for archives (PDF/A-3).

A template of ours reads `json(bytes(sys.inputs.data))`: what people wrote comes in as data and never as markup. Fonts of every
script of the house are embedded. Call it with no transaction open: it runs in a process of its own, for seconds at most.
"""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import structlog

from app.kit.children import Ended, ask_child
from app.kit.locales import cldr

log = structlog.get_logger(__name__)

SECONDS, WAIT_SECONDS = 30.0, 20.0
AT_ONCE = 2
"""Processes of one server process; others wait for their turn."""
STANDARDS = ("a-3a",)
"""PDF/A-3 with tags: an XML can be embedded, and a screen reader knows a table for one."""

_CHILD = "app.documents.typesetting_child"
_LATIN, _ARABIC = "Noto Sans", "Noto Sans Arabic"
_OTHERS = ("Noto Sans KR", "Noto Sans Hebrew", "Noto Sans Symbols 2")
_HAN = {"zh-Hans": "Noto Sans SC", "zh-Hant": "Noto Sans TC", "ja": "Noto Sans JP"}
# Typst wants a language and a region; our tags carry a script instead.
_LANGUAGES = {"zh-Hans": ("zh", "CN"), "zh-Hant": ("zh", "TW"), "pt-BR": ("pt", "BR")}
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


class NotTypeset(Exception):
    """There is no page: the work failed, or took too long. What failed is in the log."""


async def typeset(template: Path, data: Mapping[str, Any], *, locale: str, dated: date) -> bytes:
    """The PDF of a template and its data, in a reader's language; `dated` is the day that it says it was made.

    The template finds `lang`, `region`, `dir` and `fonts` beside the data. Raises `NotTypeset`.
    """
    asked = {
        "template": str(template),
        "data": {**data, **language_of(locale)},
        "standards": list(STANDARDS),
        "timestamp": int(datetime.combine(dated, time(), UTC).timestamp()),
    }
    turn = _turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE))
    try:
        await asyncio.wait_for(turn.acquire(), WAIT_SECONDS)
    except TimeoutError:
        log.warning("not_typeset", ended="too many wait")
        raise NotTypeset() from None
    try:
        answer = await ask_child(_CHILD, json.dumps(asked).encode(), seconds=SECONDS, still_wanted=_wanted)
    finally:
        turn.release()
    if answer.ended is not Ended.ANSWERED or not answer.out.startswith(b"%PDF-"):
        log.error("not_typeset", ended=answer.ended, code=answer.code, complaint=answer.complaint)
        raise NotTypeset()
    return answer.out


def language_of(locale: str) -> dict[str, Any]:
    """How Typst names a language, which way it runs, and its fonts: Han characters in the shapes that its readers know."""
    lang, region = _LANGUAGES.get(locale, (locale, None))
    first = _HAN.get(locale, _HAN["zh-Hans"])
    rest = [*(font for font in _HAN.values() if font != first), *_OTHERS]
    fonts = [_ARABIC, _LATIN, first, *rest] if lang == "ar" else [_LATIN, first, _ARABIC, *rest]
    return {"lang": lang, "region": region, "dir": cldr(locale).text_direction, "fonts": fonts}


async def _wanted() -> bool:
    return True
