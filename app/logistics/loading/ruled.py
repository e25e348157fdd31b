"""The search where more than space counts: payload, axles, what may stand on what, the order of unloading.

One call fills a load space greedily under every rule; whoever calls it tries again with other weights of the blocks.
Blocks are grids of one type here. A box's load is what stands on it: each box hands its mass and its own load down to
those below in proportion to the areas of contact, rounded up to the gram, so that a limit that holds here holds exactly.
"""

from typing import NamedTuple

import numpy as np

from app.logistics.loading.beam import next_place
from app.logistics.loading.blocks import Blocks, Floats
from app.logistics.loading.compiling import compiled
from app.logistics.loading.spaces import Integers, occupy

PAYLOAD, AXLES, STACKING, UNLOADING = 0, 1, 2, 3
REFUSALS = 4
NO_LIMIT = -1
MM2_PER_M2 = 1_000_000


class Rules(NamedTuple):
    """What limits a load, per box type, and of the load space. NO_LIMIT where there is none."""

    mass: Integers
    top_load: Integers
    top_pressure: Integers
    stop: Integers
    payload: int
    by_door: bool
    """Whether boxes leave through the rear, so that later ones must not stand in front of earlier ones."""
    axles: Integers
    """Front and rear support as at, tare, limit; then the tractor's wheelbase, fifth wheel, front tare and limit, rear
    tare and limit. Empty when there are none; a wheelbase of 0 is no tractor."""


class Boxes(NamedTuple):
    """Boxes in place as columns: corner, extent, type, and the mass that stands on each."""

    corner: Integers
    extent: Integers
    kind: Integers
    load: Integers


@compiled
def axles_hold(axles: Integers, mass: int, doubled_moment: int) -> bool:
    """Whether no support is overloaded or lifted, by the lever rule. The moment is of mass × (2x + length)."""
    if axles.shape[0] == 0:
        return True
    span = axles[3] - axles[0]
    on_rear = doubled_moment - 2 * mass * axles[0]
    rear = 2 * span * axles[4] + on_rear
    front = 2 * span * (axles[1] + mass) - on_rear
    if rear < 0 or front < 0 or rear > 2 * span * axles[5] or front > 2 * span * axles[2]:
        return False
    wheelbase = axles[6]
    if wheelbase == 0:
        return True
    scale = 2 * span * wheelbase
    steering = front * (wheelbase - axles[7]) + scale * axles[8]
    drive = front * axles[7] + scale * axles[10]
    return bool(0 <= steering <= scale * axles[9] and 0 <= drive <= scale * axles[11])


@compiled
def _contact(boxes: Boxes, below: int, x: int, y: int, z: int, length: int, width: int) -> int:
    """The area, in mm², by which a base stands on a box; 0 when that box ends at another height."""
    if boxes.corner[below, 2] + boxes.extent[below, 2] != z:
        return 0
    along = min(x + length, boxes.corner[below, 0] + boxes.extent[below, 0]) - max(x, boxes.corner[below, 0])
    across = min(y + width, boxes.corner[below, 1] + boxes.extent[below, 1]) - max(y, boxes.corner[below, 1])
    if along <= 0 or across <= 0:
        return 0
    return int(along * across)


@compiled
def _hand_down(
    boxes: Boxes, number: int, extra: Integers, force: int, added: int,
    x: int, y: int, z: int, length: int, width: int, rules: Rules,
) -> bool:  # fmt: skip
    """Share what comes on a base among the boxes below; whether the pressure is bearable. `force` is all that the base
    carries then, `added` what is new of it."""
    area = length * width
    for below in range(number):
        contact = _contact(boxes, below, x, y, z, length, width)
        if contact == 0:
            continue
        pressure = rules.top_pressure[boxes.kind[below]]
        if pressure != NO_LIMIT and force * MM2_PER_M2 > pressure * area:
            return False
        extra[below] += -((-added * contact) // area)
    return True


@compiled
def carries(
    boxes: Boxes, number: int, extra: Integers, x: int, y: int, z: int,
    grid: Integers, length: int, width: int, rules: Rules,
) -> bool:  # fmt: skip
    """Whether what lies below bears a grid of boxes. `extra` becomes what each box has to bear more."""
    for k in range(number):
        extra[k] = 0
    column = grid[4] * rules.mass[grid[0]]
    if z == 0 or column == 0:
        return True
    for i in range(grid[2]):
        for j in range(grid[3]):
            if not _hand_down(
                boxes, number, extra, column, column, x + i * length, y + j * width, z, length, width, rules
            ):
                return False
    handed = np.zeros(number, np.bool_)
    while True:
        highest = -1
        for k in range(number):
            if extra[k] > 0 and not handed[k] and (highest < 0 or boxes.corner[k, 2] > boxes.corner[highest, 2]):
                highest = k
        if highest < 0:
            return True
        handed[highest] = True
        kind = boxes.kind[highest]
        load = boxes.load[highest] + extra[highest]
        if rules.top_load[kind] != NO_LIMIT and load > rules.top_load[kind]:
            return False
        if boxes.corner[highest, 2] > 0 and not _hand_down(
            boxes, number, extra, load + rules.mass[kind], extra[highest],
            boxes.corner[highest, 0], boxes.corner[highest, 1], boxes.corner[highest, 2],
            boxes.extent[highest, 0], boxes.extent[highest, 1], rules,
        ):  # fmt: skip
            return False


@compiled
def leaves_way(
    boxes: Boxes, number: int, x: int, y: int, z: int, length: int, width: int, height: int, stop: int, rules: Rules
) -> bool:
    """Whether nothing that is unloaded later stands between this and the door."""
    if not rules.by_door:
        return True
    for k in range(number):
        if (
            rules.stop[boxes.kind[k]] > stop
            and boxes.corner[k, 0] >= x + length
            and boxes.corner[k, 1] < y + width
            and boxes.corner[k, 1] + boxes.extent[k, 1] > y
            and boxes.corner[k, 2] < z + height
            and boxes.corner[k, 2] + boxes.extent[k, 2] > z
        ):
            return False
    return True


@compiled
def _refusal(
    b: int, x: int, y: int, z: int, mass: int, moment: int,
    blocks: Blocks, boxes: Boxes, number: int, extra: Integers, rules: Rules,
) -> int:  # fmt: skip
    """Which rule refuses a block there, or -1."""
    grid = blocks.grid[b]
    kind = grid[0]
    added = blocks.boxes[b] * rules.mass[kind]
    if rules.payload != NO_LIMIT and mass + added > rules.payload:
        return PAYLOAD
    length, width, height = blocks.sizes[b, 0], blocks.sizes[b, 1], blocks.sizes[b, 2]
    if not axles_hold(rules.axles, mass + added, moment + added * (2 * x + length)):
        return AXLES
    if not leaves_way(boxes, number, x, y, z, length, width, height, rules.stop[kind], rules):
        return UNLOADING
    if not carries(boxes, number, extra, x, y, z, grid, length // grid[2], width // grid[3], rules):
        return STACKING
    return -1


@compiled
def _side(places: Integers, place: int, width: int, room: int) -> int:
    """Where a block of this width goes across a place: at the nearer side wall."""
    if places[place, 2] > room - places[place, 3]:
        return int(places[place, 3] - width)
    return int(places[place, 2])


@compiled
def _best(
    places: Integers, place: int, blocks: Blocks, order: Integers, base: Floats, counts: Integers, stop: int,
    container: Integers, mass: int, moment: int, boxes: Boxes, number: int, extra: Integers, rules: Rules,
    refused: Integers,
) -> int:  # fmt: skip
    """The best block that fits a place and that every rule permits, or -1; then `refused` says for what reasons."""
    best, best_score = -1, 0.0
    long, wide = places[place, 1] - places[place, 0], places[place, 3] - places[place, 2]
    high = container[2] - places[place, 4]
    for at in range(order.shape[0]):
        if base[at] <= best_score:
            break
        b = order[at]
        length, width, tall = blocks.sizes[b, 0], blocks.sizes[b, 1], blocks.sizes[b, 2]
        kind = blocks.grid[b, 0]
        if length > long or width > wide or tall > high or rules.stop[kind] != stop or counts[kind] < blocks.boxes[b]:
            continue
        # A block that leaves a gap too narrow for anything wastes it: full widths and heights come first.
        score = base[at] * (0.5 + 0.5 * width / wide) * (0.5 + 0.5 * tall / high)
        if score <= best_score:
            continue
        y = _side(places, place, width, container[1])
        rule = _refusal(
            b, places[place, 0], y, places[place, 4], mass, moment, blocks, boxes, number, extra, rules
        )  # fmt: skip
        if rule < 0:
            best, best_score = b, score
        elif blocks.boxes[b] == 1:
            refused[kind, rule] = 1
    return best


@compiled
def _stand(b: int, x: int, y: int, z: int, blocks: Blocks, boxes: Boxes, number: int, rules: Rules) -> int:
    """Add a grid's boxes to those in place; how many there are then."""
    grid = blocks.grid[b]
    kind = grid[0]
    length, width, height = (
        blocks.sizes[b, 0] // grid[2], blocks.sizes[b, 1] // grid[3], blocks.sizes[b, 2] // grid[4],
    )  # fmt: skip
    for k in range(grid[4]):
        for i in range(grid[2]):
            for j in range(grid[3]):
                boxes.corner[number, 0] = x + i * length
                boxes.corner[number, 1] = y + j * width
                boxes.corner[number, 2] = z + k * height
                boxes.extent[number, 0], boxes.extent[number, 1], boxes.extent[number, 2] = length, width, height
                boxes.kind[number] = kind
                boxes.load[number] = (grid[4] - 1 - k) * rules.mass[kind]
                number += 1
    return number


@compiled
def fill(
    laid: Integers, refused: Integers, counts: Integers, boxes: Boxes, places: Integers, blocks: Blocks,
    order: Integers, base: Floats, container: Integers, least: Integers, stops: Integers, shift: int, rules: Rules,
) -> tuple[int, int]:  # fmt: skip
    """Fill one load space, the boxes that are unloaded last first: (steps, volume). `places` holds the first place.

    Where no box is permitted because of the axles, the place begins `shift` farther from the far wall.
    """
    none = int(np.int64(0))  # a bare 0 is a type of its own to the compiler, for which it would compile all again
    free, number, steps, volume, mass, moment = none + 1, none, none, none, none, none
    extra = np.zeros(boxes.kind.shape[0], np.int64)
    for stop in stops:
        for i in range(free):
            places[i, 5] = 0
        while True:
            place = next_place(places, free, container[1])
            if place < 0:
                break
            b = _best(
                places, place, blocks, order, base, counts, stop, container, mass, moment, boxes, number, extra, rules,
                refused,
            )  # fmt: skip
            if b < 0:
                if rules.axles.shape[0] > 0 and places[place, 0] + shift + least[0] <= places[place, 1]:
                    places[place, 0] += shift
                else:
                    places[place, 5] = 1
                continue
            x, z = places[place, 0], places[place, 4]
            y = _side(places, place, blocks.sizes[b, 1], container[1])
            kind = blocks.grid[b, 0]
            _refusal(b, x, y, z, mass, moment, blocks, boxes, number, extra, rules)
            for k in range(number):
                boxes.load[k] += extra[k]
            number = _stand(b, x, y, z, blocks, boxes, number, rules)
            mass += blocks.boxes[b] * rules.mass[kind]
            moment += blocks.boxes[b] * rules.mass[kind] * (2 * x + blocks.sizes[b, 0])
            volume += blocks.volume[b]
            counts[kind] -= blocks.boxes[b]
            laid[steps, 0], laid[steps, 1], laid[steps, 2], laid[steps, 3] = b, x, y, z
            steps += 1
            carrying = 0 if rules.top_load[kind] == 0 else blocks.sizes[b, 0]
            free = occupy(
                places, free, x, y, z, blocks.sizes[b, 0], blocks.sizes[b, 1], z + blocks.sizes[b, 2],
                carrying, blocks.sizes[b, 1], container[2], least,
            )  # fmt: skip
    return steps, volume
