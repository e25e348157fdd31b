"""Blocks: boxes put together so that each is supported in full by the one below, and the block is nearly without gaps.

A simple block is a grid of boxes of one type that all stand the same way. A composite block is two blocks side by side
or one on the other. Its upper side carries a rectangle `top_length` × `top_width` that begins at the block's origin.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from app.logistics.loading.compiling import compiled
from app.logistics.loading.spaces import Integers

KINDS = 6
"""Box types that one block may hold."""
LEAF = -1
GENERATIONS = 5
"""How often what was put together is put together again."""

Floats = npt.NDArray[np.float64]


class Blocks(NamedTuple):
    """Blocks as columns. Sizes are length (x), width (y), height (z)."""

    sizes: Integers
    tops: Integers
    volume: Integers
    boxes: Integers
    kinds: Integers
    counts: Integers
    axis: Integers
    """How it is put together: 0, 1, 2 along x, y, z; LEAF for a simple block."""
    left: Integers
    right: Integers
    grid: Integers
    """A simple block's type, turn, and boxes along x, y, z."""


def empty_blocks(capacity: int) -> Blocks:
    """Room for so many blocks."""

    def column(*shape: int) -> Integers:
        return np.zeros((capacity, *shape), np.int64)

    return Blocks(
        column(3), column(2), column(), column(), column(KINDS), column(KINDS), column(), column(), column(), column(5)
    )


@compiled
def simple_blocks(
    blocks: Blocks, stances: Integers, available: Integers, container: Integers, most_high: Integers
) -> int:
    """Fill in the simple blocks; how many. `stances` has rows of type, turn, length, width, height."""
    number = 0
    capacity = blocks.sizes.shape[0]
    # Single boxes first: however many grids there are, each box can be placed.
    for whole in range(2):
        for s in range(stances.shape[0]):
            kind, length, width, height = stances[s, 0], stances[s, 2], stances[s, 3], stances[s, 4]
            if length > container[0] or width > container[1] or height > container[2] or available[kind] == 0:
                continue
            many = container[0] // length if whole else 1
            wide = container[1] // width if whole else 1
            high = min(container[2] // height, most_high[s]) if whole else 1
            for nx in range(1, min(many, available[kind]) + 1):
                for ny in range(1, min(wide, available[kind] // nx) + 1):
                    for nz in range(1, min(high, available[kind] // (nx * ny)) + 1):
                        if whole and nx * ny * nz == 1:
                            continue
                        if number == capacity:
                            return number
                        blocks.sizes[number, 0] = nx * length
                        blocks.sizes[number, 1] = ny * width
                        blocks.sizes[number, 2] = nz * height
                        blocks.tops[number, 0] = nx * length
                        blocks.tops[number, 1] = ny * width
                        blocks.volume[number] = nx * ny * nz * length * width * height
                        blocks.boxes[number] = nx * ny * nz
                        blocks.kinds[number, :] = -1
                        blocks.kinds[number, 0] = kind
                        blocks.counts[number, 0] = nx * ny * nz
                        blocks.axis[number] = -1
                        blocks.grid[number, 0] = kind
                        blocks.grid[number, 1] = stances[s, 1]
                        blocks.grid[number, 2] = nx
                        blocks.grid[number, 3] = ny
                        blocks.grid[number, 4] = nz
                        number += 1
    return number


@compiled
def _merged(blocks: Blocks, a: int, b: int, out: int, available: Integers) -> bool:
    """Write the box types of two blocks into `out`; whether there are enough boxes and room for the types."""
    for k in range(KINDS):
        blocks.kinds[out, k] = blocks.kinds[a, k]
        blocks.counts[out, k] = blocks.counts[a, k]
    for k in range(KINDS):
        kind = blocks.kinds[b, k]
        if kind < 0:
            break
        found = False
        for m in range(KINDS):
            if blocks.kinds[out, m] == kind or blocks.kinds[out, m] < 0:
                blocks.kinds[out, m] = kind
                blocks.counts[out, m] += blocks.counts[b, k]
                if blocks.counts[out, m] > available[kind]:
                    return False
                found = True
                break
        if not found:
            return False
    return True


@compiled
def _seen(table: Integers, blocks: Blocks, index: int) -> bool:
    """Whether a block of these sizes and contents was there before; it is now."""
    key = np.int64(1469598103934665603)
    prime = np.int64(1099511628211)
    for k in range(3):
        key = (key ^ blocks.sizes[index, k]) * prime
    for k in range(2):
        key = (key ^ blocks.tops[index, k]) * prime
    contents = np.int64(0)
    for k in range(KINDS):
        if blocks.kinds[index, k] >= 0:
            contents += (blocks.kinds[index, k] * 7919 + 13) * (blocks.counts[index, k] + 1) * prime
    key = (key ^ contents) * prime
    if key == 0:
        key = prime
    mask = table.shape[0] - 1
    place = (key ^ (key >> 29)) & mask
    while table[place] != 0:
        if table[place] == key:
            return True
        place = (place + 1) & mask
    table[place] = key
    return False


@compiled
def composite_blocks(
    blocks: Blocks, number: int, available: Integers, container: Integers, fill: float, table: Integers
) -> int:
    """Put blocks together two by two, from small to larger ones, until there is no room for more; how many there are."""
    capacity = blocks.sizes.shape[0]
    for i in range(number):
        _seen(table, blocks, i)
    done = 0
    for _ in range(GENERATIONS):
        last = number
        if done == last:
            break
        for i in range(last):
            for j in range(last):
                if max(i, j) < done:
                    continue
                for axis in range(3):
                    if number == capacity:
                        return number
                    if _joined(blocks, i, j, axis, number, available, container, fill) and not _seen(
                        table, blocks, number
                    ):
                        number += 1
        done = last
    return number


@compiled
def _joined(
    blocks: Blocks, a: int, b: int, axis: int, out: int, available: Integers, container: Integers, fill: float
) -> bool:
    """Write two blocks put together along an axis into `out`; whether they may be."""
    length = max(blocks.sizes[a, 0], blocks.sizes[b, 0])
    width = max(blocks.sizes[a, 1], blocks.sizes[b, 1])
    height = max(blocks.sizes[a, 2], blocks.sizes[b, 2])
    if axis == 0:
        length = blocks.sizes[a, 0] + blocks.sizes[b, 0]
    elif axis == 1:
        width = blocks.sizes[a, 1] + blocks.sizes[b, 1]
    else:
        height = blocks.sizes[a, 2] + blocks.sizes[b, 2]
    if length > container[0] or width > container[1] or height > container[2]:
        return False
    volume = blocks.volume[a] + blocks.volume[b]
    if volume < fill * length * width * height:
        return False
    if axis == 2:
        if blocks.sizes[b, 0] > blocks.tops[a, 0] or blocks.sizes[b, 1] > blocks.tops[a, 1]:
            return False
        top_length, top_width = blocks.tops[b, 0], blocks.tops[b, 1]
    else:
        if blocks.sizes[a, 2] < blocks.sizes[b, 2]:
            return False
        top_length, top_width = blocks.tops[a, 0], blocks.tops[a, 1]
        level = blocks.sizes[a, 2] == blocks.sizes[b, 2]
        if level and axis == 0 and top_length == blocks.sizes[a, 0]:
            top_length += blocks.tops[b, 0]
            top_width = min(top_width, blocks.tops[b, 1])
        elif level and axis == 1 and top_width == blocks.sizes[a, 1]:
            top_width += blocks.tops[b, 1]
            top_length = min(top_length, blocks.tops[b, 0])
    if not _merged(blocks, a, b, out, available):
        return False
    blocks.sizes[out, 0], blocks.sizes[out, 1], blocks.sizes[out, 2] = length, width, height
    blocks.tops[out, 0], blocks.tops[out, 1] = top_length, top_width
    blocks.volume[out] = volume
    blocks.boxes[out] = blocks.boxes[a] + blocks.boxes[b]
    blocks.axis[out] = axis
    blocks.left[out], blocks.right[out] = a, b
    return True
