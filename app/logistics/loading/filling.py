"""Fills one load space: prepares blocks and tables for the compiled searches, watches the time, reads the result."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import gcd, isqrt

import numpy as np

from app.logistics.loading import beam, ruled
from app.logistics.loading.blocks import LEAF, Blocks, Floats, composite_blocks, empty_blocks, simple_blocks
from app.logistics.loading.cargo import TURNS, BoxType, LoadedFrom, LoadSpace, Reason, Turn
from app.logistics.loading.spaces import MAX_PLACES, Integers

MOST_BLOCKS = 3000
LEAST_FILL = 0.98
"""How much of a composite block must be boxes."""
FEW = 0.2
"""The more boxes in a block of the same volume, the worse: its score is divided by boxes ** FEW."""
ROOM_COUNTS = (1.0, 2.0, 4.0)
"""How much it counts that the room beside a block can be filled by rows of boxes: one after the other, while time is left."""
WIDEST_BEAM = 64
BEAM_BYTES = 1 << 26
"""Memory for the partial loads of one beam."""
SHIFTS = 25
"""In how many steps a load may move away from the far wall until the axles bear it."""

_MET = {
    ruled.PAYLOAD: Reason.PAYLOAD,
    ruled.AXLES: Reason.AXLES,
    ruled.STACKING: Reason.STACKING,
    ruled.UNLOADING: Reason.UNLOADING,
}


@dataclass(frozen=True, slots=True)
class Put:
    """One box of a type (by its place in the packing list) in its place."""

    kind: int
    corner_mm: tuple[int, int, int]
    turn: Turn


@dataclass(frozen=True, slots=True)
class Filling:
    """What went in, and which rule kept out what stayed, by place in the packing list; nothing there means space."""

    placed: tuple[Put, ...]
    refusals: dict[int, Reason]
    rounds: int


@dataclass(frozen=True, slots=True)
class _Task:
    """A load space and its boxes as numbers."""

    stances: Integers
    """Rows of type, turn, length, width, height."""
    most_high: Integers
    counts: Integers
    container: Integers
    least: Integers
    unit_mm: int


def needs_rules(boxes: Sequence[BoxType], space: LoadSpace) -> bool:
    """Whether anything but space can keep a box out."""
    mass_g = sum(box.count * box.mass_g for box in boxes)
    return (
        space.axles is not None
        or (space.payload_g is not None and mass_g > space.payload_g)
        or len({box.stop for box in boxes if box.count}) > 1
        or any(box.top_load_g is not None or box.top_pressure_g_m2 is not None for box in boxes if box.count)
    )


def _highest(box: BoxType, sizes: tuple[int, int, int]) -> int:
    """How many boxes of a type may stand one on the other, by what the lowest bears."""
    limits = []
    if box.top_load_g is not None:
        limits.append(box.top_load_g // box.mass_g if box.mass_g else (1 << 20) * min(1, box.top_load_g))
    if box.top_pressure_g_m2 is not None and box.mass_g:
        limits.append(box.top_pressure_g_m2 * sizes[0] * sizes[1] // (ruled.MM2_PER_M2 * box.mass_g))
    return 1 + min(limits, default=1 << 20)


def _task(boxes: Sequence[BoxType], space: LoadSpace, *, scaled: bool) -> _Task:
    rows, most_high = [], []
    for kind, box in enumerate(boxes):
        for turn, sizes in box.stances() if box.count else ():
            if space.takes(sizes) and space.lets_in(sizes):
                rows.append((kind, TURNS.index(turn), *sizes))
                most_high.append(_highest(box, sizes))
    inside = (space.length_mm, space.width_mm, space.height_mm)
    # Whole centimetres need a tenth of the tables.
    unit_mm = gcd(*inside, *(side for row in rows for side in row[2:])) if scaled else 1
    stances = np.array(rows, np.int64)
    stances[:, 2:] //= unit_mm
    narrow, broad = np.minimum(stances[:, 2], stances[:, 3]), np.maximum(stances[:, 2], stances[:, 3])
    return _Task(
        stances=stances,
        most_high=np.array(most_high, np.int64),
        counts=np.array([box.count for box in boxes], np.int64),
        container=np.array(inside, np.int64) // unit_mm,
        least=np.array((narrow.min(), broad.min(), stances[:, 4].min()), np.int64),
        unit_mm=unit_mm,
    )


def _sorted(blocks: Blocks, number: int, scores: Floats) -> tuple[Blocks, Floats, Integers]:
    """The blocks with the best first, and the place of each former one (parts of composite blocks are named by it)."""
    order = np.argsort(-scores[:number], kind="stable")
    where = np.empty(number, np.int64)
    where[order] = np.arange(number)
    return Blocks(*(np.ascontiguousarray(column[order]) for column in blocks)), scores[order], where


def fill_by_space(boxes: Sequence[BoxType], space: LoadSpace, seconds: float, rounds: int | None, seed: int) -> Filling:
    """Beam search; nothing is drawn by lot, so the seed has no say."""
    ends = time.perf_counter() + seconds
    task = _task(boxes, space, scaled=True)
    blocks = empty_blocks(max(MOST_BLOCKS, 2 * task.stances.shape[0]))
    number = simple_blocks(blocks, task.stances, task.counts, task.container, task.most_high)
    seen = np.zeros(1 << (4 * blocks.volume.shape[0]).bit_length(), np.int64)
    number = composite_blocks(blocks, number, task.counts, task.container, LEAST_FILL, seen)
    blocks = Blocks(*(column[:number] for column in blocks))
    scores = blocks.volume / blocks.boxes**FEW
    blocks, base, where = _sorted(blocks, number, scores)
    search = _Beam(task, blocks, base, ends, rounds)
    for room_counts in ROOM_COUNTS:
        width = 1
        while width <= search.widest and not search.over():
            search.run(width, room_counts)
            width *= 2
    placed = [
        Put(kind, (x * task.unit_mm, y * task.unit_mm, z * task.unit_mm), TURNS[turn])
        for b, x, y, z in search.best_laid[: search.best_of[0]].tolist()
        for kind, turn, x, y, z in _boxes_of(blocks, where, task.stances, b, x, y, z)
    ]
    return Filling(tuple(placed), {}, search.rounds)


def _states(number: int, kinds: int, most_steps: int) -> beam.States:
    def column(*shape: int) -> Integers:
        return np.zeros((number, *shape), np.int64)

    return beam.States(column(MAX_PLACES, 6), column(), column(kinds), column(most_steps, 4), column(), column())


class _Beam:
    """The beam search with its clock and the best load so far."""

    def __init__(self, task: _Task, blocks: Blocks, base: Floats, ends: float, rounds: int | None) -> None:
        self._task, self._blocks, self._base, self._ends, self._limit = task, blocks, base, ends, rounds
        self._kinds, self._most_steps = task.counts.shape[0], int(task.counts.sum())
        self.best_laid = np.zeros((self._most_steps, 4), np.int64)
        self.best_of = np.zeros(2, np.int64)
        """Steps and volume."""
        self.rounds = 0
        child_bytes = 8 * (6 * MAX_PLACES + self._kinds + 4 * self._most_steps)
        self.widest = max(1, min(WIDEST_BEAM, isqrt(BEAM_BYTES // child_bytes)))

    def over(self) -> bool:
        """Whether the time or the rounds are used up; the first round is always made."""
        if self._limit is not None:
            return self.rounds >= max(1, self._limit)
        return self.rounds > 0 and time.perf_counter() >= self._ends

    def run(self, width: int, room_counts: float) -> None:
        """From the empty load space to full ones with a beam of this width."""
        task = self._task
        states = _states(width, self._kinds, self._most_steps)
        children = _states(width * width, self._kinds, self._most_steps)
        promise = np.zeros(width * width, np.int64)
        states.places[0, 0, :4] = 0, task.container[0], 0, task.container[1]
        states.free[0] = 1
        states.counts[0] = task.counts
        search = beam.Task(self._blocks, self._base, task.stances, task.container, task.least, room_counts)
        alive = 1
        while alive:
            born = 0
            for state in range(alive):
                if self.over():
                    return
                self.rounds += 1
                born += beam.expand(
                    states, children, promise, self.best_laid, self.best_of, state, born, width, search
                )  # fmt: skip
            kept = self._promising(promise[:born], children.volume[:born], width)
            for of_states, of_children in zip(states, children, strict=True):
                of_states[: len(kept)] = of_children[kept]
            alive = len(kept)

    @staticmethod
    def _promising(promise: Integers, volume: Integers, width: int) -> list[int]:
        """The best children; those alike in promise and in what is loaded are most likely the same one mirrored."""
        kept: dict[tuple[int, int], int] = {}
        for child in np.argsort(-promise, kind="stable").tolist():
            kept.setdefault((int(promise[child]), int(volume[child])), child)
            if len(kept) == width:
                break
        return list(kept.values())


def _boxes_of(
    blocks: Blocks, where: Integers, stances: Integers, b: int, x: int, y: int, z: int
) -> Iterator[tuple[int, int, int, int, int]]:
    """The boxes of a block at a place: type, turn, x, y, z."""
    if blocks.axis[b] != LEAF:
        left = int(where[blocks.left[b]])
        right = int(where[blocks.right[b]])
        corner = [x, y, z]
        yield from _boxes_of(blocks, where, stances, left, x, y, z)
        corner[int(blocks.axis[b])] += int(blocks.sizes[left, blocks.axis[b]])
        yield from _boxes_of(blocks, where, stances, right, corner[0], corner[1], corner[2])
        return
    kind, turn, many, wide, high = blocks.grid[b].tolist()
    length, width, height = blocks.sizes[b].tolist()
    for k in range(high):
        for i in range(many):
            for j in range(wide):
                yield kind, turn, x + i * (length // many), y + j * (width // wide), z + k * (height // high)


def _rules(boxes: Sequence[BoxType], space: LoadSpace) -> ruled.Rules:
    def limit(value: int | None) -> int:
        return ruled.NO_LIMIT if value is None else value

    axles: list[int] = []
    if space.axles is not None:
        front, rear, tractor = space.axles.front, space.axles.rear, space.axles.tractor
        axles = [front.at_mm, front.tare_g, front.limit_g, rear.at_mm, rear.tare_g, rear.limit_g, 0, 0, 0, 0, 0, 0]
        if tractor is not None:
            axles[6:8] = tractor.wheelbase_mm, tractor.fifth_wheel_mm
            axles[8:10] = tractor.front_tare_g, tractor.front_limit_g
            axles[10:12] = tractor.rear_tare_g, tractor.rear_limit_g
    return ruled.Rules(
        mass=np.array([box.mass_g for box in boxes], np.int64),
        top_load=np.array([limit(box.top_load_g) for box in boxes], np.int64),
        top_pressure=np.array([limit(box.top_pressure_g_m2) for box in boxes], np.int64),
        stop=np.array([box.stop for box in boxes], np.int64),
        payload=limit(space.payload_g),
        by_door=space.loaded_from is LoadedFrom.REAR,
        axles=np.array(axles, np.int64),
    )


def fill_by_rules(boxes: Sequence[BoxType], space: LoadSpace, seconds: float, rounds: int | None, seed: int) -> Filling:
    """Greedy fillings one after the other, each with block scores drawn anew; the one with the most volume stays."""
    ends = time.perf_counter() + seconds
    task = _task(boxes, space, scaled=False)
    rules = _rules(boxes, space)
    blocks = empty_blocks(max(MOST_BLOCKS, 2 * task.stances.shape[0]))
    number = simple_blocks(blocks, task.stances, task.counts, task.container, task.most_high)
    blocks = Blocks(*(column[:number] for column in blocks))
    stops = np.unique(rules.stop)[::-1].copy()
    chance = np.random.default_rng(seed)
    total = int(task.counts.sum())
    best: tuple[int, Integers, Integers] | None = None
    tried = 0
    while tried == 0 or (tried < rounds if rounds is not None else time.perf_counter() < ends):
        base = _drawn(blocks, rules, chance, tried)
        order = np.argsort(-base, kind="stable")
        laid = np.zeros((total, 4), np.int64)
        refused = np.zeros((len(boxes), ruled.REFUSALS), np.int64)
        state = ruled.Boxes(
            np.zeros((total, 3), np.int64), np.zeros((total, 3), np.int64), np.zeros(total, np.int64),
            np.zeros(total, np.int64),
        )  # fmt: skip
        places = np.zeros((MAX_PLACES, 6), np.int64)
        places[0, :4] = 0, task.container[0], 0, task.container[1]
        steps, volume = ruled.fill(
            laid, refused, task.counts.copy(), state, places, blocks, order, base[order], task.container, task.least,
            stops, max(1, space.length_mm // SHIFTS), rules,
        )  # fmt: skip
        tried += 1
        if best is None or volume > best[0]:
            best = (volume, laid[:steps], refused)
    assert best is not None
    itself = np.arange(number)
    placed = tuple(
        Put(kind, (x, y, z), TURNS[turn])
        for b, at_x, at_y, at_z in best[1].tolist()
        for kind, turn, x, y, z in _boxes_of(blocks, itself, task.stances, b, at_x, at_y, at_z)
    )
    met = {kind: _MET[int(row.argmax())] for kind, row in enumerate(best[2]) if row.any()}
    return Filling(placed, met, tried)


def _drawn(blocks: Blocks, rules: ruled.Rules, chance: np.random.Generator, tried: int) -> Floats:
    """Scores of blocks for one filling: the first by volume alone, then with some chance, and heavy ones first or not."""
    scores: Floats = blocks.volume / blocks.boxes**FEW
    if tried == 0:
        return scores
    heavy = chance.choice((0.0, 0.25, 0.5, 1.0))
    density = (rules.mass * 1.0)[blocks.grid[:, 0]] * blocks.boxes / blocks.volume
    if density.max() > 0 and heavy:
        scores = scores * (density / density.max() + 1e-9) ** heavy
    return scores * chance.uniform(0.6, 1.0, scores.shape[0])
