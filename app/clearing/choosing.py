"""Who of many is served, when so many lots are and the draw decides: exactly, by counting up lots."""

from collections.abc import Sequence

import numpy as np

MOST_STEPS = 50_000_000
"""Candidates times lots: so large a table is counted up; beyond, only those who ask for as many lots are exchanged."""


def choose(lots: Sequence[int], weights: Sequence[int], wanted: int) -> list[int] | None:
    """The candidates, by their place in the list, who ask for exactly so many lots and weigh the most together.

    None when no choice comes to so many lots, or when there are too many to be counted up.
    """
    whole = sum(lots)
    if not 0 <= wanted <= whole:
        return None
    # Who is left out is counted up instead where those are fewer lots.
    if whole - wanted < wanted:
        left_out = _heaviest(lots, [-weight for weight in weights], whole - wanted)
        return None if left_out is None else sorted(set(range(len(lots))) - set(left_out))
    return _heaviest(lots, weights, wanted)


def _heaviest(lots: Sequence[int], weights: Sequence[int], wanted: int) -> list[int] | None:
    if len(lots) * (wanted + 1) > MOST_STEPS:
        return None
    never = np.iinfo(np.int64).min // 2
    best = np.full(wanted + 1, never, dtype=np.int64)
    best[0] = 0
    taken = np.zeros((len(lots), wanted + 1), dtype=np.bool_)
    for at, (size, weight) in enumerate(zip(lots, weights, strict=True)):
        if size <= wanted:
            better = best[: wanted + 1 - size] + weight
            taken[at, size:] = better > best[size:]
            best[size:] = np.where(taken[at, size:], better, best[size:])
    if best[wanted] <= never // 2:
        return None
    found, left = [], wanted
    for at in range(len(lots) - 1, -1, -1):
        if taken[at, left]:
            found.append(at)
            left -= lots[at]
    return found[::-1]


def exchange(lots: Sequence[int], weights: Sequence[int], served: Sequence[bool]) -> list[int]:
    """The candidates who weigh the most together when as many are served of each number of lots as are served now."""
    by_lots: dict[int, list[int]] = {}
    for at in sorted(range(len(lots)), key=lambda one: (-weights[one], one)):
        by_lots.setdefault(lots[at], []).append(at)
    return sorted(at for same in by_lots.values() for at in same[: sum(served[one] for one in same)])
