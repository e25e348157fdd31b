"""The test instances BR1 to BR7 of E. E. Bischoff and M. S. W. Ratcliff, made by their published generator. Pure.

Issues in the development of approaches to container loading, OMEGA 23 (1995) 377–390. One container of 587 × 233 × 220 cm.
Random numbers are x → 16807 x mod (2^31 - 1); the first ten are thrown away. The sides of each box type are drawn from
30–120, 25–100 and 20–80 cm. One box of each type is there; types of further boxes are drawn until the next box would
exceed the container's volume. A side may stand upright if it is less than twice the shorter of the other two.

With the seeds of the OR-Library's files thpack1 to thpack7 (2502505 and so on in steps of 100) this gives the boxes in
those files, each type's sides longest first.
"""

from collections.abc import Iterator

from app.logistics.loading.thpack import BoxLine, Instance

CONTAINER_CM = (587, 233, 220)
TYPES = {1: 3, 2: 5, 3: 8, 4: 10, 5: 12, 6: 15, 7: 20}
"""Box types by class."""
_BOUNDS_CM = ((30, 120), (25, 100), (20, 80))
_FIRST_SEED, _SEED_STEP = 2502505, 100
_MODULUS, _FACTOR, _THROWN_AWAY = 2**31 - 1, 16807, 10
_STABLE = 2


def _drawn(seed: int) -> Iterator[float]:
    state = seed
    while True:
        state = state * _FACTOR % _MODULUS
        yield state / _MODULUS


def instance(br_class: int, number: int) -> Instance:
    """The problem with this number (from 1) of a class."""
    seed = _FIRST_SEED + _SEED_STEP * (number - 1)
    chance = _drawn(seed)
    for _ in range(_THROWN_AWAY):
        next(chance)
    types = TYPES[br_class]
    sides = []
    for _ in range(types):
        drawn = [low + int(next(chance) * (high - low + 1)) for low, high in _BOUNDS_CM]
        shortest, middle, longest = sorted(drawn)
        sides.append((longest, middle, shortest))
    volumes = [a * b * c for a, b, c in sides]
    counts = [1] * types
    free = CONTAINER_CM[0] * CONTAINER_CM[1] * CONTAINER_CM[2] - sum(volumes)
    while True:
        kind = int(next(chance) * types)
        if volumes[kind] > free:
            break
        free -= volumes[kind]
        counts[kind] += 1
    lines = tuple(
        BoxLine((a, b, c), (a < _STABLE * c, b < _STABLE * c, c < _STABLE * b), count)
        for (a, b, c), count in zip(sides, counts, strict=True)
    )
    return Instance(number, seed, CONTAINER_CM, lines)
