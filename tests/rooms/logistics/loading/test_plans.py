"""Plans keep every rule, whatever is to be loaded, as judged by the checker, which shares nothing with the search."""

import random
from dataclasses import replace
from itertools import pairwise

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.logistics.loading.balance import centre_of_gravity, loads_of
from app.logistics.loading.cargo import BoxSide, BoxType, LoadSpace, Placed, Reason, Turn
from app.logistics.loading.checking import check
from app.logistics.loading.solving import Effort, plan_load
from app.logistics.loading.steps import in_loading_order
from tests.proofs.br_instances import instance
from tests.proofs.load_plans import SPACE, measure
from tests.rooms.logistics.loading.cargoes import SMALL_SPACE, TRAILER, box, load_spaces, packing_lists

ROUNDS = Effort(rounds=3)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(boxes=packing_lists(), spaces=st.lists(load_spaces(), min_size=1, max_size=2))
@example(boxes=(box(sides=(600, 600, 600), count=9, mass_g=10, top_load_g=10),), spaces=[SMALL_SPACE])
def test_plans_keep_every_rule(boxes: tuple[BoxType, ...], spaces: list[LoadSpace]) -> None:
    plan = plan_load(boxes, spaces, ROUNDS)
    assert check(plan, boxes, spaces) == []


@settings(max_examples=20, deadline=None)
@given(packing_lists())
def test_plans_keep_every_rule_where_only_space_counts(boxes: tuple[BoxType, ...]) -> None:
    bare = tuple(replace(one, mass_g=0, top_load_g=None, top_pressure_g_m2=None, stop=1) for one in boxes)
    space = LoadSpace("space", "Space", 2500, 1500, 1400)
    assert check(plan_load(bare, [space], ROUNDS), bare, [space]) == []


def test_published_instances_are_filled_well_without_a_violation() -> None:
    shares = []
    for br_class in (1, 4):
        boxes = instance(br_class, 1).box_types()
        plan = plan_load(boxes, [SPACE], Effort(rounds=30))
        assert check(plan, boxes, [SPACE]) == []
        shares.append(plan.loads[0].volume_share)
    assert sum(shares) / len(shares) > 0.86


def test_the_same_seed_and_rounds_give_the_same_plan() -> None:
    boxes = instance(5, 3).box_types()
    assert plan_load(boxes, [SPACE], Effort(rounds=3)) == plan_load(boxes, [SPACE], Effort(rounds=3))
    heavy = [box("A", count=30, mass_g=90_000, top_load_g=100_000), box("B", (500, 500, 500), 12, mass_g=50_000)]
    first, second = (plan_load(heavy, [SMALL_SPACE], Effort(rounds=4, seed=7)) for _ in range(2))
    assert first == second


def test_what_fits_exactly_is_loaded_in_full() -> None:
    boxes = [box(sides=(500, 500, 550), count=6 * 4 * 4, upright=frozenset({BoxSide.HEIGHT}))]
    plan = plan_load(boxes, [SMALL_SPACE], ROUNDS)
    assert plan.left_over == ()
    assert plan.loads[0].volume_share == 1


def test_a_second_container_takes_what_the_first_leaves() -> None:
    boxes = [box(sides=(1000, 1000, 1100), count=20)]
    plan = plan_load(boxes, [SMALL_SPACE, SMALL_SPACE, SMALL_SPACE], ROUNDS)
    assert [len(load.placed) for load in plan.loads] == [12, 8]
    assert sorted(one.number for load in plan.loads for one in load.placed) == list(range(1, 21))
    assert check(plan, boxes, [SMALL_SPACE] * 3) == []


def reason(boxes: list[BoxType], space: LoadSpace) -> Reason:
    """Why the last of the boxes stays behind."""
    plan = plan_load(boxes, [space], ROUNDS)
    assert check(plan, boxes, [space]) == []
    assert plan.left_over[-1].box == boxes[-1]
    return plan.left_over[-1].reason


def test_reasons_for_being_left_over() -> None:
    assert reason([box(sides=(3001, 100, 100))], SMALL_SPACE) is Reason.TOO_LARGE
    door = replace(SMALL_SPACE, door_width_mm=1900, door_height_mm=1500)
    assert reason([box(sides=(1950, 1600, 1600))], door) is Reason.DOOR
    assert reason([box(mass_g=2_000_001)], SMALL_SPACE) is Reason.TOO_HEAVY
    assert reason([box(count=3, mass_g=900_000)], SMALL_SPACE) is Reason.PAYLOAD
    assert reason([box(sides=(2900, 1900, 1500), count=2)], SMALL_SPACE) is Reason.NO_SPACE
    glass = box("glass", (3000, 2000, 1000), count=2, mass_g=100, top_load_g=99, upright=frozenset({BoxSide.HEIGHT}))
    assert reason([glass], SMALL_SPACE) is Reason.STACKING
    assert reason([box(sides=(1000, 1000, 1000), mass_g=23_000_000, count=2)], TRAILER) is Reason.PAYLOAD
    weak = replace(TRAILER, payload_g=None)
    assert reason([box(sides=(1000, 1000, 1000), mass_g=15_000_000, count=3)], weak) is Reason.AXLES


def test_a_mould_that_is_lifted_by_its_top_carries_nothing() -> None:
    mould = box("mould", (800, 600, 500), 4, mass_g=900_000, upright=frozenset({BoxSide.WIDTH}), top_load_g=0)
    cartons = box("carton", (400, 300, 300), 200, mass_g=8_000)
    space = replace(SMALL_SPACE, payload_g=6_000_000)
    plan = plan_load([mould, cartons], [space], ROUNDS)
    placed = plan.loads[0].placed
    moulds = [one for one in placed if one.box is mould]
    assert len(moulds) == 4
    assert all((one.sizes_mm[2] == 600 and one.z_mm == 0) or one.turn in (Turn.LHW, Turn.HLW) for one in moulds)
    assert check(plan, [mould, cartons], [space]) == []


def test_a_heavy_load_moves_back_until_the_axles_bear_it() -> None:
    heavy = box("mould", (1200, 1000, 900), 6, mass_g=3_900_000, top_load_g=0)
    plan = plan_load([heavy], [TRAILER], ROUNDS)
    assert plan.left_over == ()
    carried = {each.place: each for each in loads_of(plan.loads[0])}
    assert set(carried) == {"front", "drive", "kingpin", "rear"}
    assert all(each.holds for each in carried.values())
    assert max(one.x_mm for one in plan.loads[0].placed) > 4000, "all at the far wall would overload the drive axle"
    axles = TRAILER.axles
    assert axles is not None and axles.tractor is not None
    empty = axles.rear.tare_g + axles.tractor.front_tare_g + axles.tractor.rear_tare_g + axles.front.tare_g
    assert carried["front"].load_g + carried["drive"].load_g + carried["rear"].load_g == empty + 6 * 3_900_000


def test_earlier_stops_stand_nearer_to_the_door() -> None:
    boxes = [box(str(stop), (600, 500, 400), 24, stop=stop) for stop in (1, 2, 3)]
    plan = plan_load(boxes, [SMALL_SPACE], ROUNDS)
    assert check(plan, boxes, [SMALL_SPACE]) == []
    assert len(plan.loads[0].placed) == 72
    first, last = ([one.x_mm for one in plan.loads[0].placed if one.box.stop == stop] for stop in (1, 3))
    assert sum(first) / len(first) > sum(last) / len(last)


def test_centre_of_gravity_of_two_boxes() -> None:
    light, heavy = box("l", (1000, 1000, 1000), mass_g=1000), box("h", (1000, 1000, 1000), mass_g=3000)
    plan = plan_load([light, heavy], [LoadSpace("s", "S", 2000, 1000, 1000)], ROUNDS)
    centre = centre_of_gravity(plan.loads[0])
    assert centre is not None
    at = {one.box.key: one.x_mm for one in plan.loads[0].placed}
    assert centre.x_mm == (1000 * (at["l"] + 500) + 3000 * (at["h"] + 500)) / 4000
    assert (centre.y_mm, centre.z_mm) == (500, 500)


def test_the_order_of_loading_goes_from_the_far_wall_up_and_out() -> None:
    boxes = instance(3, 9).box_types()
    placed = list(plan_load(boxes, [SPACE], Effort(rounds=2)).loads[0].placed)
    random.Random(1).shuffle(placed)
    ordered = in_loading_order(placed)
    for place, one in enumerate(ordered):
        for later in ordered[place + 1 :]:
            across = one.y_mm < later.ends_mm[1] and later.y_mm < one.ends_mm[1]
            along = one.x_mm < later.ends_mm[0] and later.x_mm < one.ends_mm[0]
            up = one.z_mm < later.ends_mm[2] and later.z_mm < one.ends_mm[2]
            assert not (across and along and later.ends_mm[2] <= one.z_mm), "comes in under one that is there"
            assert not (across and up and later.ends_mm[0] <= one.x_mm), "comes in behind one that is there"


def test_boxes_that_wait_for_each_other_in_a_circle_are_still_ordered_with_their_supports() -> None:
    """P lies under A, A under S, S is behind Q, Q is behind P."""
    a, p = Placed(box("A", (10, 1, 1)), 1, 5, 0, 1, Turn.LWH), Placed(box("P", (2, 3, 1)), 1, 14, 0, 0, Turn.LWH)
    q, s = Placed(box("Q", (4, 1, 10)), 1, 10, 2, 0, Turn.LWH), Placed(box("S", (4, 3, 1)), 1, 6, 0, 2, Turn.LWH)
    for order in ([a, p, q, s], [s, q, p, a]):
        found = [one.box.key for one in in_loading_order(order)]
        assert sorted(found) == ["A", "P", "Q", "S"]
        assert all(found.index(low) < found.index(high) for low, high in pairwise("PAS"))


def test_a_container_s_load_is_moved_to_its_middle() -> None:
    moulds = [box("mould", (1000, 1100, 1000), 2, mass_g=900_000, top_load_g=0)]
    plan = plan_load(moulds, [replace(SMALL_SPACE, length_mm=6000)], ROUNDS)
    assert check(plan, moulds, [replace(SMALL_SPACE, length_mm=6000)]) == []
    centre = centre_of_gravity(plan.loads[0])
    assert centre is not None and centre.x_mm == 3000
    unknown = [replace(moulds[0], mass_g=0)]
    assert min(one.x_mm for one in plan_load(unknown, [SMALL_SPACE], ROUNDS).loads[0].placed) == 0


def test_the_proof_measures_and_judges() -> None:
    found = measure(3, 2, Effort(rounds=3)).figures()
    assert found["instances"] == 2 and found["violations"] == {}
    assert 70 < found["volume_use_min_pct"] <= found["volume_use_mean_pct"] <= found["volume_use_max_pct"] < 100
