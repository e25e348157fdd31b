"""Sends texts through an engine with their protected tokens masked, and checks what comes back.

Three tries, each finer than the last: whole lines, then the sentences of a line whose masks were damaged, then the bare
words between the tokens of a sentence whose masks were damaged again. The last sends no mask, so no token can be lost.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Sequence

from app.gateways.translation import protect

Engine = Callable[[Sequence[str]], Awaitable[list[str]]]

_LINES = re.compile(r"(\r\n|\r|\n)")
_WORDS = re.compile(r"[^\W\d_]")


async def translate_protected(texts: Sequence[str], engine: Engine, *, max_text_chars: int) -> list[str | None]:
    """Translate each text; None where it cannot be done without harm to a protected token or within the length limit.

    `engine` is given distinct, non-blank strings of at most `max_text_chars` characters and answers one for each.
    """
    lines = [_LINES.split(text) for text in texts]
    known = await _translate_units({line for parts in lines for line in parts[::2]}, engine, max_text_chars)
    results: list[str | None] = []
    for parts in lines:
        done = [known[part] if index % 2 == 0 else part for index, part in enumerate(parts)]
        results.append(None if None in done else "".join(part for part in done if part is not None))
    return results


async def _translate_units(units: Iterable[str], engine: Engine, limit: int) -> dict[str, str | None]:
    """Lines, with the finer tries for those that come back damaged or are too long to send."""
    wanted = sorted(set(units))
    results = await _send_masked(wanted, engine, limit)
    broken = {unit: protect.sentences(unit) for unit in wanted if results[unit] is None}
    sentences = {sentence for cut in broken.values() for sentence, _ in cut}
    finer = await _send_masked(sorted(sentences - set(broken)), engine, limit) if sentences else {}
    hopeless = sorted(sentence for sentence in sentences if finer.get(sentence) is None)
    finer.update(await _send_pieces(hopeless, engine, limit))
    for unit, cut in broken.items():
        done = [finer[sentence] for sentence, _ in cut]
        if None not in done:
            results[unit] = "".join(f"{text}{blank}" for text, (_, blank) in zip(done, cut, strict=True))
    return results


async def _send_masked(units: Sequence[str], engine: Engine, limit: int) -> dict[str, str | None]:
    """Each unit through the engine with masks; None where a mask was harmed or the unit is too long."""
    masked = {unit: protect.mask(unit) for unit in units}
    answers = await _send({item.text for item in masked.values()}, engine, limit)
    results: dict[str, str | None] = {}
    for unit, item in masked.items():
        answer = answers[item.text]
        results[unit] = None if answer is None else protect.unmask(answer, item.tokens)
    return results


async def _send_pieces(units: Sequence[str], engine: Engine, limit: int) -> dict[str, str | None]:
    """Each unit's words between its tokens, one by one; None where an answer invents a mask or a piece is too long."""
    cut = {unit: protect.pieces(unit) for unit in units}
    answers = await _send({piece for parts in cut.values() for piece, kept in parts if not kept}, engine, limit)
    results: dict[str, str | None] = {}
    for unit, parts in cut.items():
        done = [piece if kept else _without_masks(answers[piece]) for piece, kept in parts]
        results[unit] = None if None in done else "".join(part for part in done if part is not None)
    return results


def _without_masks(answer: str | None) -> str | None:
    return None if answer is None else protect.unmask(answer, ())


async def _send(strings: set[str], engine: Engine, limit: int) -> dict[str, str | None]:
    """Engine answers by string, with the blanks around each kept here; strings without a letter are not sent."""
    results: dict[str, str | None] = {}
    cores: dict[str, str] = {}
    for string in strings:
        core = string.strip()
        if not _WORDS.search(core):
            results[string] = string
        elif len(core) > limit:
            results[string] = None
        else:
            cores[string] = core
    distinct = sorted(set(cores.values()))
    answers = dict(zip(distinct, await engine(distinct), strict=True)) if distinct else {}
    for string, core in cores.items():
        start = string.index(core)
        results[string] = string[:start] + answers[core].strip() + string[start + len(core) :]
    return results
