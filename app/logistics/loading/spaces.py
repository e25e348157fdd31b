"""The free places of a load that is being built.

A place is a rectangle at one height on which something may stand: `x1, x2, y1, y2, z`, and whether it was found
unusable for what is loaded now. All of it is floor or tops of
boxes at exactly `z`, and nothing hangs over it, since every box is supported in full: a place is open to the roof. So
whatever lies within a place is supported in full too. Places overlap: each is as large as can be.
"""

import numpy as np
import numpy.typing as npt

from app.logistics.loading.compiling import compiled

Integers = npt.NDArray[np.int64]

MAX_PLACES = 400


@compiled
def copy_row(target: Integers, to: int, source: Integers, at: int) -> None:
    """One row of a table into another. Number by number: copies of slices compile ten times as long."""
    for k in range(target.shape[1]):
        target[to, k] = source[at, k]


@compiled
def add_place(places: Integers, number: int, x1: int, x2: int, y1: int, y2: int, z: int, least: Integers) -> int:
    """Add a place unless it is too narrow or lies within another; those within it go. The new number of places."""
    long, short = max(x2 - x1, y2 - y1), min(x2 - x1, y2 - y1)
    if short < least[0] or long < least[1]:
        return number
    keep = 0
    for i in range(number):
        if (
            places[i, 4] == z
            and places[i, 0] <= x1
            and places[i, 1] >= x2
            and places[i, 2] <= y1
            and places[i, 3] >= y2
        ):
            return number
    for i in range(number):
        within = (
            places[i, 4] == z
            and x1 <= places[i, 0]
            and x2 >= places[i, 1]
            and y1 <= places[i, 2]
            and y2 >= places[i, 3]
        )
        if not within:
            if keep != i:
                copy_row(places, keep, places, i)
            keep += 1
    if keep == MAX_PLACES:
        return keep
    places[keep, 0], places[keep, 1], places[keep, 2], places[keep, 3] = x1, x2, y1, y2
    places[keep, 4], places[keep, 5] = z, 0
    return keep + 1


@compiled
def remove_place(places: Integers, number: int, index: int) -> int:
    """Take one place away."""
    for i in range(index, number - 1):
        copy_row(places, i, places, i + 1)
    return number - 1


@compiled
def join_level(places: Integers, number: int, z: int, least: Integers) -> int:
    """Places of one height that touch make wider ones: boxes of equal height side by side carry what spans them."""
    start = 0
    while start < number:
        before = number
        for j in range(number):
            if j >= number or start >= number:
                break
            if j == start or places[start, 4] != z or places[j, 4] != z:
                continue
            ax1, ax2, ay1, ay2 = places[start, 0], places[start, 1], places[start, 2], places[start, 3]
            bx1, bx2, by1, by2 = places[j, 0], places[j, 1], places[j, 2], places[j, 3]
            x1, x2, y1, y2 = max(ax1, bx1), min(ax2, bx2), max(ay1, by1), min(ay2, by2)
            if y2 > y1 and (ax2 == bx1 or bx2 == ax1):
                x1, x2 = min(ax1, bx1), max(ax2, bx2)
            elif x2 > x1 and (ay2 == by1 or by2 == ay1):
                y1, y2 = min(ay1, by1), max(ay2, by2)
            else:
                continue
            number = add_place(places, number, x1, x2, y1, y2, z, least)
            if number != before:
                break
        if number != before and number < MAX_PLACES:
            start = 0
        else:
            start += 1
    return number


@compiled
def occupy(
    places: Integers, number: int, x: int, y: int, z: int, length: int, width: int, top: int, top_length: int,
    top_width: int, height: int, least: Integers,
) -> int:  # fmt: skip
    """Places after a block was put at x, y, z. `top` is its upper height, of which `top_length` × `top_width` carries."""
    x2, y2 = x + length, y + width
    cut = np.empty((MAX_PLACES, 4), np.int64)
    cuts = 0
    keep = 0
    for i in range(number):
        if places[i, 4] == z and places[i, 0] < x2 and places[i, 1] > x and places[i, 2] < y2 and places[i, 3] > y:
            cut[cuts, 0], cut[cuts, 1], cut[cuts, 2], cut[cuts, 3] = (
                places[i, 0],
                places[i, 1],
                places[i, 2],
                places[i, 3],
            )
            cuts += 1
        else:
            if keep != i:
                copy_row(places, keep, places, i)
            keep += 1
    number = keep
    for i in range(cuts):
        ax1, ax2, ay1, ay2 = cut[i, 0], cut[i, 1], cut[i, 2], cut[i, 3]
        # Left over in front, behind, to the left and to the right. One call keeps the compiled code small.
        for side in range(4):
            u1, u2, v1, v2 = ax1, ax2, ay1, ay2
            if side == 0:
                u2 = min(ax2, x)
            elif side == 1:
                u1 = max(ax1, x2)
            elif side == 2:
                v2 = min(ay2, y)
            else:
                v1 = max(ay1, y2)
            if u1 < u2 and v1 < v2:
                number = add_place(places, number, u1, u2, v1, v2, z, least)
    if top + least[2] <= height and top_length > 0 and top_width > 0:
        before = number
        number = add_top(places, number, x, x + top_length, y, y + top_width, top, least)
        if number != before:
            number = join_level(places, number, top, least)
    return number


@compiled
def add_top(places: Integers, number: int, x1: int, x2: int, y1: int, y2: int, z: int, least: Integers) -> int:
    """Add the top of a block even where it is too narrow alone: it may carry something together with its neighbours."""
    if number == MAX_PLACES:
        return number
    neighbour = False
    for i in range(number):
        if (
            places[i, 4] == z
            and places[i, 0] <= x2
            and x1 <= places[i, 1]
            and places[i, 2] <= y2
            and y1 <= places[i, 3]
        ):
            neighbour = True
            break
    if not neighbour:
        return add_place(places, number, x1, x2, y1, y2, z, least)
    places[number, 0], places[number, 1], places[number, 2], places[number, 3] = x1, x2, y1, y2
    places[number, 4], places[number, 5] = z, 0
    return number + 1
