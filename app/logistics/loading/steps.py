"""The order of loading: from the far wall to the door, bottom up."""

import heapq
from collections.abc import Sequence

import numpy as np

from app.logistics.loading.cargo import Placed


def in_loading_order(placed: Sequence[Placed]) -> tuple[Placed, ...]:
    """The boxes so that each finds its support in place and, where that is possible, its way from the door free.

    Among those that could be next, the one nearest to the far wall, then the lowest. Four boxes or more can wait for
    each other in a circle of "under" and "behind"; then the next one whose supports are in place is lifted over what
    stands in front of it.
    """
    start = np.array([(one.x_mm, one.y_mm, one.z_mm) for one in placed], np.int64).reshape(-1, 3)
    end = np.array([one.ends_mm for one in placed], np.int64).reshape(-1, 3)
    under: list[list[int]] = []
    behind: list[list[int]] = []
    for i in range(len(placed)):
        meets = (start[i] < end) & (start < end[i])
        under.append(np.flatnonzero(meets[:, 0] & meets[:, 1] & (end[i, 2] <= start[:, 2])).tolist())
        behind.append(np.flatnonzero(meets[:, 1] & meets[:, 2] & (end[i, 0] <= start[:, 0])).tolist())
    without_support = _numbers(under)
    without_way = _numbers(behind)
    rank = [(one.x_mm, one.z_mm, one.y_mm, i) for i, one in enumerate(placed)]
    supported = sorted(rank[i] for i in range(len(placed)) if without_support[i] == 0)
    ready = [key for key in supported if without_way[key[-1]] == 0]
    done: set[int] = set()
    ordered: list[Placed] = []
    while len(ordered) < len(placed):
        i = heapq.heappop(ready if ready else supported)[-1]
        if i in done:
            continue
        done.add(i)
        ordered.append(placed[i])
        for waiting, frees in ((without_support, under[i]), (without_way, behind[i])):
            for j in frees:
                waiting[j] -= 1
                if without_support[j] == 0 and j not in done:
                    if waiting is without_support:
                        heapq.heappush(supported, rank[j])
                    if without_way[j] == 0:
                        heapq.heappush(ready, rank[j])
    return tuple(ordered)


def _numbers(followers: list[list[int]]) -> list[int]:
    """How many each waits for."""
    numbers = [0] * len(followers)
    for each in followers:
        for j in each:
            numbers[j] += 1
    return numbers
