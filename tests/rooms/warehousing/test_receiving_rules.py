"""What came against what was announced, places for goods, and what values say: for any numbers."""

from decimal import Decimal
from statistics import stdev
from uuid import UUID

from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from app.warehousing.receiving.rules import Came, Load, Room, capability, differences, overall, put_away
from app.warehousing.receiving.states import DifferenceKind, Verdict
from app.warehousing.states import StockStatus

IDS = [UUID(int=number) for number in range(1, 9)]
AMOUNTS = st.decimals(min_value=Decimal("0.001"), max_value=Decimal(1000), places=3)
SPARE = st.one_of(st.none(), st.decimals(min_value=Decimal(0), max_value=Decimal(500), places=4))
KINDS = st.tuples(st.sampled_from(IDS[:2]), st.sampled_from([None, *IDS[2:4]]))
LOADS = st.lists(
    st.builds(
        Load,
        balance_id=st.sampled_from(IDS),
        kind=KINDS,
        quantity=st.integers(1, 50).map(Decimal),
        unit=st.sampled_from(["H87", "KGM"]),
        mass_kg=st.decimals(min_value=0, max_value=30, places=4),
        volume_dm3=st.decimals(min_value=0, max_value=30, places=4),
    ),
    max_size=4,
    unique_by=lambda load: load.balance_id,
)
OTHER = (IDS[7], None)
ROOMS = st.lists(st.tuples(SPARE, SPARE, st.sets(st.one_of(KINDS, st.just(OTHER)), max_size=2)), max_size=6).map(
    lambda found: [
        Room(UUID(int=100 + n), f"B-{n}", mass, volume, holds) for n, (mass, volume, holds) in enumerate(found)
    ]
)


@profile(max_examples=60)
@given(LOADS, ROOMS)
def test_nothing_is_put_where_it_does_not_fit_or_belong(loads: list[Load], rooms: list[Room]) -> None:
    mass = {room.bin_id: room.mass_kg for room in rooms}
    volume = {room.bin_id: room.volume_dm3 for room in rooms}
    held = {room.bin_id: {item for item, _ in room.holds} for room in rooms}
    placed = put_away(loads, rooms)
    by_balance = {load.balance_id: load for load in loads}
    for limits, each in ((mass, "mass_kg"), (volume, "volume_dm3")):
        for bin_id, spare in limits.items():
            taken = sum(getattr(by_balance[p.balance_id], each) * p.quantity for p in placed if p.bin_id == bin_id)
            assert spare is None or taken <= spare
    for load in loads:
        mine = [p for p in placed if p.balance_id == load.balance_id]
        assert sum(p.quantity for p in mine) <= load.quantity and all(p.quantity > 0 for p in mine)
        assert load.unit != "H87" or all(p.quantity % 1 == 0 for p in mine)
        # Bins that other goods alone lie in are left to them.
        assert all(not held[p.bin_id] or load.kind[0] in held[p.bin_id] for p in mine)
        # What is left out finds no room anywhere.
        left = load.quantity - sum(p.quantity for p in mine)
        assert left == 0 or all(room.takes(load, left) == 0 for room in rooms if not room.holds)


def test_the_smallest_that_takes_all_is_chosen_and_its_like_before_it() -> None:
    def room(number: int, kg: int | None, *holds: tuple[UUID, UUID | None]) -> Room:
        return Room(UUID(int=100 + number), f"B-{number}", None if kg is None else Decimal(kg), None, set(holds))

    load = Load(IDS[0], (IDS[0], IDS[2]), Decimal(10), "H87", Decimal(10), Decimal(0))
    rooms = [room(1, None), room(2, 90), room(3, 120), room(4, 400)]
    assert [(p.code, p.quantity) for p in put_away([load], rooms)] == [("B-3", 10)]
    rooms = [room(1, 20, (IDS[0], None)), room(2, 30, (IDS[0], IDS[2])), room(3, 35), room(4, 19)]
    assert [(p.code, p.quantity) for p in put_away([load], rooms)] == [("B-2", 3), ("B-1", 2), ("B-3", 3), ("B-4", 1)]


CAME = st.lists(
    st.builds(
        Came,
        line_id=st.sampled_from([*IDS[:3], None]),
        item_id=st.just(IDS[5]),
        quantity=AMOUNTS,
        status=st.sampled_from([StockStatus.AVAILABLE, StockStatus.QUALITY_HOLD, StockStatus.DAMAGED]),
    ),
    max_size=8,
)


@profile(max_examples=60)
@given(st.lists(AMOUNTS, min_size=3, max_size=3), CAME)
def test_differences_account_for_all_that_came(asked: list[Decimal], came: list[Came]) -> None:
    lines = [(IDS[number], IDS[5], quantity) for number, quantity in enumerate(asked)]
    found = differences(lines, came)
    amount = {(one.line_id, one.kind): one.quantity for one in found}
    assert len(amount) == len(found) and all(quantity > 0 for quantity in amount.values())
    for line_id, _, quantity in lines:
        short, over = (amount.get((line_id, kind), 0) for kind in (DifferenceKind.SHORT, DifferenceKind.OVER))
        assert quantity - short + over == sum(one.quantity for one in came if one.line_id == line_id)
        assert not (short and over)
    stray = sum(one.quantity for one in came if one.line_id is None)
    assert amount.get((None, DifferenceKind.UNANNOUNCED), 0) == stray


SIZES = st.decimals(min_value=Decimal(-100), max_value=Decimal(100), places=4)


@profile(max_examples=60)
@given(st.lists(SIZES, max_size=12), SIZES, st.decimals(min_value=Decimal("0.001"), max_value=Decimal(50), places=3))
def test_capability_says_what_statistics_says(values: list[Decimal], lower: Decimal, band: Decimal) -> None:
    upper = lower + band
    found = capability(values, lower, upper)
    assert found.count == len(values) and found.out == sum(not lower <= value <= upper for value in values)
    assert (found.verdict == Verdict.NOT_MEASURED) == (not values)
    assert (found.verdict == Verdict.OUT_OF_TOLERANCE) == (found.out > 0)
    spread = len(values) > 1 and len(set(values)) > 1
    assert (found.cp is not None) == (found.cpk is not None) == spread
    assert (found.deviation is None) == (len(values) < 2)
    if found.cp is not None and found.cpk is not None and found.deviation is not None and found.mean is not None:
        assert abs(float(found.deviation) - stdev(map(float, values))) < 1e-5
        assert found.cpk <= found.cp
        # Beyond a limit on average is beyond what can be called capable at all.
        assert (found.cpk < 0) <= (not lower <= found.mean <= upper) or found.mean in (lower, upper)


def test_capability_by_hand() -> None:
    values = [Decimal(text) for text in ("9.98", "10.00", "10.02", "10.01", "9.99")]
    found = capability(values, Decimal("9.95"), Decimal("10.05"))
    # s = 0.0158114; 0.1 / 6s = 1.0541; the mean is in the middle.
    assert (found.mean, found.deviation, found.cp, found.cpk) == (
        Decimal("10.000000"), Decimal("0.015811"), Decimal("1.054"), Decimal("1.054")
    )  # fmt: skip
    one_sided = capability(values, None, Decimal("10.05"))
    assert (one_sided.cp, one_sided.cpk) == (None, Decimal("1.054"))
    assert capability([Decimal("1.1")] * 3, Decimal(1), Decimal(2)).cpk is None
    assert overall([]) == overall([Verdict.NOT_MEASURED, Verdict.IN_TOLERANCE]) == Verdict.NOT_MEASURED
    assert overall([Verdict.OUT_OF_TOLERANCE, Verdict.NOT_MEASURED]) == Verdict.OUT_OF_TOLERANCE
