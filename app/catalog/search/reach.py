"""How far a search must go into the samples of all listings (`sample_words`): where to begin, and what was learned from the last
time that the same was asked. Pure."""

import math
import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.catalog.search.entries import LEVELS

ENOUGH = 201
"""Listings with something of every part of the question: with so many, nothing else is looked for."""
ENOUGH_SORTED = 4000
"""Listings that answer, where they are sorted by something else than how well: with so many, no larger sample is taken."""
FEW = 60
"""With fewer than this, listings that answer only what matters most are looked for too."""
SMALLEST_SAMPLE = 1000
"""A sample of fewer listings than about this finds nothing that would be enough."""
SMALLEST_SORTED = 20_000
"""The same for those that are sorted."""
GROWTH = 2
"""Each sample is of as many levels less than the one before it: four times as large."""
MARGIN = 1.3
"""A sample to begin with shall hold so many times what is enough."""
KEPT = 10_000
"""Of so many questions it is remembered where to begin."""

Samples = tuple[int | None, ...]
"""Levels of samples to look among, one after the other. The last is 0, all listings; None is left out."""
Levels = Mapping[str, int]
"""A level by what is searched for in the samples: `heads`, `strict`, …"""

_SPELLED = re.compile(r"([a-z]+)(\d{1,2})")


def ladder(listings: int, smallest: int) -> Samples:
    """The samples of a market of so many listings, of which the first has about `smallest`, when nothing is known of the
    question."""
    highest = min(LEVELS, max(0, round(math.log2(max(1, listings) / smallest))))
    return (*range(highest, 0, -GROWTH), 0)


def beginning_at(level: int, whole: Samples) -> Samples:
    """As many samples, from this level on."""
    steps = tuple(range(level, 0, -GROWTH))[: len(whole) - 1]
    return (*[None] * (len(whole) - 1 - len(steps)), *steps, 0)


def spelled(levels: Levels) -> str:
    """Levels as they stand in a cursor."""
    return ",".join(f"{name}{level}" for name, level in levels.items())


def read_levels(text: str) -> dict[str, int]:
    """Levels out of a cursor; what cannot be one is left out."""
    found = (_SPELLED.fullmatch(part) for part in text.split(",")[:8])
    return {match[1]: min(LEVELS, int(match[2])) for match in found if match}


@dataclass
class Reach:
    """The samples of one search. `begin` says at which level to begin with what is known already."""

    whole: Samples
    begin: Levels = field(default_factory=dict)
    asked: dict[str, Samples] = field(default_factory=dict)

    @property
    def heads_alone(self) -> bool:
        """Whether nothing but heads had to be looked for, since there were enough of them: what looks for whatever has
        something of every part finds them too."""
        return set(self.begin) == {"heads"}

    def samples_for(self, name: str) -> Samples:
        """The samples to look among."""
        level = self.begin.get(name)
        self.asked[name] = self.whole if level is None else beginning_at(level, self.whole)
        return self.asked[name]

    def reached(self, counts: Sequence[int]) -> dict[str, tuple[int, int]]:
        """The last sample that each was found in and how many that has, by what each step found."""
        found: dict[str, tuple[int, int]] = {}
        at = 0
        for name, samples in self.asked.items():
            own = counts[at : at + len(samples)]
            at += len(samples)
            # A sample has all of those before it, so the last that was looked among has most.
            steps = [(sample or 0, count) for sample, count in zip(samples, own, strict=True) if count]
            if steps:
                found[name] = steps[-1]
            elif sum(counts) < FEW:
                found[name] = (0, 0)
        return found


def next_time(reached: Mapping[str, tuple[int, int]], enough: int = ENOUGH) -> dict[str, int]:
    """Where to begin when the same is asked again: in the smallest sample that has enough of them."""
    return {
        name: min(LEVELS, level + max(0, math.floor(math.log2(max(1, count) / (enough * MARGIN)))))
        for name, (level, count) in reached.items()
    }


class Memory:
    """Where to begin with the last questions. What has become wrong costs a step more, once."""

    def __init__(self) -> None:
        self._kept: OrderedDict[object, Levels] = OrderedDict()

    def of(self, question: object) -> Levels:
        """What is known of a question."""
        return self._kept.get(question, {})

    def keep(self, question: object, levels: Levels) -> None:
        """Remember, and forget what was asked longest ago."""
        self._kept[question] = levels
        self._kept.move_to_end(question)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
