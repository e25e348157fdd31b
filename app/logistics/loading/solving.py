"""From a packing list to a plan: one load space after the other is filled, each by the search that its rules need."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.logistics.loading.balance import centred
from app.logistics.loading.cargo import BoxType, LeftOver, Load, LoadSpace, Placed, Plan, Reason
from app.logistics.loading.filling import Filling, fill_by_rules, fill_by_space, needs_rules
from app.logistics.loading.steps import in_loading_order

LEAST_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to search, for all load spaces together: by the clock, or by rounds, which gives the same plan anywhere.

    `seed` decides what is drawn by lot where rules are in play.
    """

    seconds: float = 2.0
    rounds: int | None = None
    seed: int = 1


def plan_load(boxes: Sequence[BoxType], spaces: Sequence[LoadSpace], effort: Effort) -> Plan:
    """Put the boxes into the load spaces, in the order given; what does not go in is left over with a reason."""
    left = {place: box.count for place, box in enumerate(boxes)}
    numbered = dict.fromkeys(left, 0)
    loads: list[Load] = []
    refusals: dict[int, Reason] = {}
    rounds = 0
    ends = time.perf_counter() + effort.seconds
    for position, space in enumerate(spaces):
        remaining = len(spaces) - position
        seconds = max(LEAST_SECONDS, (ends - time.perf_counter()) / remaining)
        now = tuple(replace(box, count=left[place]) for place, box in enumerate(boxes))
        filling = _fill(now, space, replace(effort, seconds=seconds))
        rounds += filling.rounds
        refusals = filling.refusals
        placed = []
        for put in filling.placed:
            numbered[put.kind] += 1
            left[put.kind] -= 1
            placed.append(Placed(boxes[put.kind], numbered[put.kind], *put.corner_mm, put.turn))
        if placed:
            loads.append(Load(space, in_loading_order(centred(placed, space))))
    over = tuple(
        LeftOver(box, left[place], _reason(box, spaces, refusals.get(place, Reason.NO_SPACE)))
        for place, box in enumerate(boxes)
        if left[place]
    )
    return Plan(tuple(loads), over, rounds)


def _fill(boxes: tuple[BoxType, ...], space: LoadSpace, effort: Effort) -> Filling:
    """Boxes that can never stand in this load space are not offered to the search."""
    able = tuple(box if _may_enter(box, space) else replace(box, count=0) for box in boxes)
    if not any(box.count for box in able):
        return Filling((), {}, 0)
    search = fill_by_rules if needs_rules(able, space) else fill_by_space
    return search(able, space, effort.seconds, effort.rounds, effort.seed)


def _may_enter(box: BoxType, space: LoadSpace) -> bool:
    light = space.payload_g is None or box.mass_g <= space.payload_g
    return light and any(space.takes(sizes) and space.lets_in(sizes) for _, sizes in box.stances())


def _reason(box: BoxType, spaces: Sequence[LoadSpace], met: Reason) -> Reason:
    """Why boxes of a type are left over: what no load space can change comes before what the search met."""
    stances = [sizes for _, sizes in box.stances()]
    taking = [space for space in spaces if any(space.takes(sizes) for sizes in stances)]
    if not taking:
        return Reason.TOO_LARGE
    open_to = [space for space in taking if any(space.takes(sizes) and space.lets_in(sizes) for sizes in stances)]
    if not open_to:
        return Reason.DOOR
    if all(space.payload_g is not None and box.mass_g > space.payload_g for space in open_to):
        return Reason.TOO_HEAVY
    return met
