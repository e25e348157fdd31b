"""Packing lists and load spaces for the tests: by hand, and drawn by hypothesis."""

from typing import Any

from hypothesis import strategies as st

from app.logistics.loading.cargo import Axles, BoxSide, BoxType, LoadedFrom, LoadSpace, Support, Tractor

SMALL_SPACE = LoadSpace("box-van", "Box van", 3000, 2000, 2200, payload_g=2_000_000)

TRAILER = LoadSpace(
    "trailer", "Trailer", 13620, 2480, 2700, payload_g=24_000_000,
    axles=Axles(
        Support(1600, 1_700_000, 12_000_000),
        Support(9300, 4_800_000, 24_000_000),
        Tractor(3700, 3100, 5_300_000, 7_500_000, 2_400_000, 11_500_000),
    ),
)  # fmt: skip


def box(key: str = "A", sides: tuple[int, int, int] = (600, 400, 300), count: int = 1, **overrides: Any) -> BoxType:
    """A box type with what a test says of it."""
    return BoxType(key, key, *sides, count, **overrides)


SIDES = st.integers(1, 12).map(lambda n: n * 100)


@st.composite
def box_types(draw: st.DrawFn, key: str, stops: int) -> BoxType:
    """One line of a packing list under any mixture of rules."""
    mass = draw(st.sampled_from((0, 999, 20_000, 75_001, 400_000)))
    return box(
        key,
        (draw(SIDES), draw(SIDES), draw(SIDES)),
        draw(st.integers(1, 6)),
        mass_g=mass,
        upright=draw(st.sets(st.sampled_from(BoxSide), min_size=1).map(frozenset)),
        turnable=draw(st.booleans()),
        top_load_g=draw(st.sampled_from((None, None, 0, 20_000, 100_000))),
        top_pressure_g_m2=draw(st.sampled_from((None, None, 150_000, 1_000_000))),
        stop=draw(st.integers(1, stops)),
    )


@st.composite
def packing_lists(draw: st.DrawFn) -> tuple[BoxType, ...]:
    """Up to seven lines."""
    stops = draw(st.sampled_from((1, 1, 2, 3)))
    return tuple(draw(box_types(str(number), stops)) for number in range(draw(st.integers(1, 7))))


@st.composite
def load_spaces(draw: st.DrawFn) -> LoadSpace:
    """A small load space, now and then with a door, a payload, or axles that bear little."""
    length, width, height = draw(st.integers(8, 30)), draw(st.integers(8, 20)), draw(st.integers(8, 20))
    axles = None
    if draw(st.booleans()):
        tractor = Tractor(3700, 3100, 100_000, draw(st.integers(2, 20)) * 100_000, 50_000, 2_000_000)
        front = Support(draw(st.integers(-8, 4)) * 100, 30_000, draw(st.integers(1, 20)) * 100_000)
        rear = Support(front.at_mm + draw(st.integers(5, 20)) * 100, 40_000, draw(st.integers(1, 20)) * 100_000)
        axles = Axles(front, rear, draw(st.sampled_from((None, tractor))))
    return LoadSpace(
        "space", "Space", length * 100, width * 100, height * 100,
        payload_g=draw(st.sampled_from((None, 150_000, 1_000_000))),
        door_width_mm=draw(st.sampled_from((None, width * 100, 700))),
        door_height_mm=draw(st.sampled_from((height * 100, 800))),
        loaded_from=draw(st.sampled_from(LoadedFrom)),
        axles=axles,
    )  # fmt: skip
