"""The search where only space counts: a beam of partial loads, each judged by filling it up greedily.

After I. Araya and M. Riff, A beam search approach to the container loading problem, Computers & Operations Research 43
(2014): of each partial load the best blocks for its next place are tried, each is completed greedily, and the partial
loads with the best completions go on. The beam doubles until the time is up.
"""

from typing import NamedTuple

import numpy as np

from app.logistics.loading.blocks import Blocks, Floats
from app.logistics.loading.compiling import compiled
from app.logistics.loading.spaces import MAX_PLACES, Integers, copy_row, occupy, remove_place


class States(NamedTuple):
    """Partial loads as columns: places and how many, boxes still there by type, blocks laid and how many, volume."""

    places: Integers
    free: Integers
    counts: Integers
    laid: Integers
    steps: Integers
    volume: Integers


class Task(NamedTuple):
    """What the search works on. `stances` has rows of type, turn, length, width, height; `base` scores the blocks,
    which stand best first; `least` is the shorter and the longer side and the height that a place must have to be of
    any use; `room_counts` how much it counts that rows of boxes can fill the room beside a block."""

    blocks: Blocks
    base: Floats
    stances: Integers
    container: Integers
    least: Integers
    room_counts: float


@compiled
def reachable(sides: Integers, limit: int) -> Integers:
    """For each length up to `limit`, the longest row of boxes that fits into it, by unlimited sides of boxes."""
    table = np.zeros(limit + 1, np.int64)
    for length in range(1, limit + 1):
        best = 0
        for i in range(sides.shape[0]):
            if sides[i] <= length and table[length - sides[i]] + sides[i] > best:
                best = table[length - sides[i]] + sides[i]
                if best == length:
                    break
        table[length] = best
    return table


@compiled
def next_place(places: Integers, number: int, width: int) -> int:
    """The place nearest to the far wall's corners: where loading goes on. -1 when each was found unusable."""
    best = -1
    least = np.int64(0)
    for i in range(number):
        if places[i, 5] != 0:
            continue
        distance = places[i, 0] + min(places[i, 2], width - places[i, 3]) + places[i, 4]
        if best < 0 or distance < least or (distance == least and places[i, 4] < places[best, 4]):
            least = distance
            best = i
    return best


@compiled
def best_blocks(
    chosen: Integers, places: Integers, place: int, counts: Integers, task: Task, usable: tuple[Integers, ...]
) -> int:
    """The best blocks for a place, best first, into `chosen`; how many. A block is good when it is large and leaves room
    that rows of boxes can fill."""
    rows, columns, layers = usable
    blocks, base = task.blocks, task.base
    wanted = chosen.shape[0]
    scores = np.zeros(wanted, np.float64)
    found = 0
    long = places[place, 1] - places[place, 0]
    wide = places[place, 3] - places[place, 2]
    high = task.container[2] - places[place, 4]
    room = float(long) * float(wide) * float(high)
    for b in range(base.shape[0]):
        if found == wanted and base[b] <= scores[wanted - 1]:
            break
        length, width, tall = blocks.sizes[b, 0], blocks.sizes[b, 1], blocks.sizes[b, 2]
        if length > long or width > wide or tall > high or not available(blocks, b, counts):
            continue
        used = float(length + rows[long - length]) * float(width + columns[wide - width])
        score = base[b] * (used * float(tall + layers[high - tall]) / room) ** task.room_counts
        if found == wanted and score <= scores[wanted - 1]:
            continue
        at = found if found < wanted else wanted - 1
        while at > 0 and scores[at - 1] < score:
            scores[at] = scores[at - 1]
            chosen[at] = chosen[at - 1]
            at -= 1
        scores[at] = score
        chosen[at] = b
        if found < wanted:
            found += 1
    return found


@compiled
def available(blocks: Blocks, b: int, counts: Integers) -> bool:
    """Whether all boxes of a block are still there."""
    for k in range(blocks.kinds.shape[1]):
        kind = blocks.kinds[b, k]
        if kind < 0:
            return True
        if counts[kind] < blocks.counts[b, k]:
            return False
    return True


@compiled
def put(
    places: Integers, number: int, place: int, b: int, counts: Integers, laid: Integers, steps: int, task: Task
) -> int:
    """Put a block into a place at the far wall's side, and at the nearer side wall. The new number of places."""
    blocks = task.blocks
    x, y, z = places[place, 0], places[place, 2], places[place, 4]
    if places[place, 2] > task.container[1] - places[place, 3]:
        y = places[place, 3] - blocks.sizes[b, 1]
    for k in range(blocks.kinds.shape[1]):
        if blocks.kinds[b, k] < 0:
            break
        counts[blocks.kinds[b, k]] -= blocks.counts[b, k]
    laid[steps, 0], laid[steps, 1], laid[steps, 2], laid[steps, 3] = b, x, y, z
    return occupy(
        places, number, x, y, z, blocks.sizes[b, 0], blocks.sizes[b, 1], z + blocks.sizes[b, 2],
        blocks.tops[b, 0], blocks.tops[b, 1], task.container[2], task.least,
    )  # fmt: skip


@compiled
def complete(
    places: Integers, number: int, counts: Integers, laid: Integers, steps: int, volume: int, task: Task,
    usable: tuple[Integers, ...],
) -> tuple[int, int]:  # fmt: skip
    """Fill the load up, always with the best block for the next place: (volume, steps)."""
    chosen = np.empty(1, np.int64)
    while number > 0 and steps < laid.shape[0]:
        place = next_place(places, number, task.container[1])
        if best_blocks(chosen, places, place, counts, task, usable) == 0:
            number = remove_place(places, number, place)
            continue
        number = put(places, number, place, chosen[0], counts, laid, steps, task)
        steps += 1
        volume += task.blocks.volume[chosen[0]]
    return volume, steps


@compiled
def copy_rows(target: Integers, source: Integers, number: int) -> None:
    """The first rows of a table into another."""
    for i in range(number):
        copy_row(target, i, source, i)


@compiled
def expand(
    states: States, children: States, promise: Integers, best_laid: Integers, best_of: Integers,
    state: int, first_child: int, width: int, task: Task,
) -> int:  # fmt: skip
    """Try the best blocks for one partial load's next place; how many children there are, from `first_child` on.

    Each child is completed greedily; that volume is its promise. The best completion of all is kept in `best_laid`,
    with its steps and volume in `best_of`.
    """
    number = states.free[state]
    places, trial_places = np.empty((MAX_PLACES, 6), np.int64), np.empty((MAX_PLACES, 6), np.int64)
    trial_laid = np.empty(best_laid.shape, np.int64)
    copy_rows(places, states.places[state], number)
    counts = states.counts[state]
    usable = usable_room(task.stances, counts, task.container)
    chosen = np.empty(width, np.int64)
    found, place = 0, 0
    while number > 0 and found == 0:
        place = next_place(places, number, task.container[1])
        found = best_blocks(chosen, places, place, counts, task, usable)
        if found == 0:
            number = remove_place(places, number, place)
    steps = states.steps[state]
    for c in range(found):
        child = first_child + c
        own_places, own_counts, own_laid = children.places[child], children.counts[child], children.laid[child]
        copy_rows(own_places, places, number)
        copy_row(children.counts, child, states.counts, state)
        copy_rows(own_laid, states.laid[state], steps)
        children.free[child] = put(own_places, number, place, chosen[c], own_counts, own_laid, steps, task)
        children.steps[child] = steps + 1
        children.volume[child] = states.volume[state] + task.blocks.volume[chosen[c]]
        copy_rows(trial_places, own_places, children.free[child])
        copy_rows(trial_laid, own_laid, steps + 1)
        trial_counts = own_counts.copy()
        volume, total = complete(
            trial_places,
            children.free[child],
            trial_counts,
            trial_laid,
            steps + 1,
            children.volume[child],
            task,
            usable,
        )
        promise[child] = volume
        if volume > best_of[1]:
            best_of[0], best_of[1] = total, volume
            copy_rows(best_laid, trial_laid, total)
    return found


@compiled
def usable_room(stances: Integers, counts: Integers, container: Integers) -> tuple[Integers, Integers, Integers]:
    """What rows of the boxes still there can fill, by room along x, y and z."""
    tables = [np.zeros(0, np.int64) for _ in range(3)]
    for axis in range(3):
        there = np.zeros(container[axis] + 1, np.bool_)
        for s in range(stances.shape[0]):
            if counts[stances[s, 0]] > 0:
                there[stances[s, 2 + axis]] = True
        tables[axis] = reachable(np.flatnonzero(there), container[axis])
    return tables[0], tables[1], tables[2]
