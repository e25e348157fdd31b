"""What comes in: load requests as JSON, instances as text, the types of containers. Hostile input is refused by code."""

import json
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kit.errors import Problem
from app.kit.locales import LOCALES
from app.logistics.loading import documents, thpack
from app.logistics.loading.balance import axle_loads
from app.logistics.loading.cargo import BoxSide, LoadedFrom
from app.logistics.loading.containers import container_types
from app.logistics.loading.limits import MAX_FILE_BYTES
from app.logistics.loading.solving import Effort, plan_load
from tests.proofs.br_instances import TYPES, instance

EXAMPLE = Path(__file__).resolve().parents[4] / "examples" / "load-plan.json"
BOX = {"id": "A", "count": 1, "length_mm": 500, "width_mm": 400, "height_mm": 300}
PUBLISHED = """\
 1 2502505
 587 233 220
 3
 1 108 0 76 0 30 1 40
 2 110 0 43 1 25 1 33
 3 92 1 81 1 55 1 39
"""


def request(*boxes: dict[str, Any], **overrides: Any) -> bytes:
    """A load request of these boxes into one 20-foot container."""
    return json.dumps({"containers": [{"type": "20DC"}], "boxes": list(boxes) or [BOX], **overrides}).encode()


def refused(data: bytes) -> set[tuple[str, str]]:
    """Where and for what reason a request is refused."""
    with pytest.raises(Problem) as caught:
        documents.read(data)
    return {(error.pointer, error.code) for error in caught.value.errors} or {("", caught.value.code)}


def test_the_example_is_planned_in_full() -> None:
    asked = documents.read(EXAMPLE.read_bytes())
    plan = plan_load(asked.boxes, asked.spaces, Effort(rounds=5))
    written = documents.written(plan, "de").model_dump(mode="json")
    assert written["left_over"] == []
    assert written["loads"][0]["mass_kg"] == "14700"
    assert [step["step"] for step in written["loads"][0]["steps"]] == list(range(1, 70))


def test_a_lifting_side_stands_up_and_keeps_free_unless_it_says_so() -> None:
    asked = documents.read(
        request({**BOX, "lifting_side": "width"}, {**BOX, "id": "B", "lifting_side": "width", "max_top_load_kg": 0.5})
    )
    assert [box.upright for box in asked.boxes] == [frozenset({BoxSide.WIDTH})] * 2
    assert [box.top_load_g for box in asked.boxes] == [0, 500]


def test_masses_are_whole_grams() -> None:
    asked = documents.read(request({**BOX, "mass_kg": 12.345}, {**BOX, "id": "B", "mass_kg": "0.001"}))
    assert [box.mass_g for box in asked.boxes] == [12345, 1]
    assert refused(request({**BOX, "mass_kg": "0.0001"})) == {("/boxes/0/mass_kg", "decimal-max-places")}


def test_a_load_space_by_its_measures() -> None:
    support = {"at_mm": -650, "tare_kg": 2800, "limit_kg": 3300}
    space = {
        "name": "Our truck", "length_mm": 6000, "width_mm": 2400, "height_mm": 2300, "payload_kg": 2800,
        "loaded_from": "top", "axles": {"front": support, "rear": {**support, "at_mm": 3550}},
    }  # fmt: skip
    asked = documents.read(request(containers=[{"space": space, "count": 2}]))
    assert len(asked.spaces) == 2
    assert asked.spaces[0].loaded_from is LoadedFrom.TOP
    assert asked.spaces[0].axles is not None and asked.spaces[0].axles.front.at_mm == -650
    wrong = {**space, "axles": {"front": support, "rear": support}}
    assert refused(request(containers=[{"space": wrong}])) == {("/containers/0/space/axles", "value-error")}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", {("", "malformed-body")}),
        (b"\xff\xfe", {("", "malformed-body")}),
        (b"[" * 100_000, {("", "malformed-body")}),
        (b"x" * (MAX_FILE_BYTES + 1), {("", "body-too-large")}),
        (b"{}", {("/containers", "missing"), ("/boxes", "missing")}),
        (request(boxes=[]), {("/boxes", "too-short")}),
        (request({**BOX, "length_mm": -5}), {("/boxes/0/length_mm", "greater-than-equal")}),
        (request({**BOX, "width_mm": 1.5}), {("/boxes/0/width_mm", "int-type")}),
        (request({**BOX, "mass_kg": -1}), {("/boxes/0/mass_kg", "greater-than-equal")}),
        (request({**BOX, "count": 0}), {("/boxes/0/count", "greater-than-equal")}),
        (request({**BOX, "hight_mm": 1}), {("/boxes/0/hight_mm", "extra-forbidden")}),
        (request(BOX, BOX), {("/boxes/1/id", "used-twice")}),
        (request({**BOX, "count": 5000}, {**BOX, "id": "B"}), {("/boxes", "too-many-boxes")}),
        (request({**BOX, "count": 26, "mass_kg": 200_000}), {("/boxes", "too-heavy-together")}),
        (request(containers=[{"type": "21DC"}]), {("/containers/0/type", "unknown-container")}),
        (request(containers=[{}]), {("/containers/0", "value-error")}),
        (request(containers=[{"type": "20DC", "count": 30}] * 2), {("/containers", "too-many-containers")}),
        (
            request({**BOX, "lifting_side": "width", "upright_sides": ["height"]}),
            {("/boxes/0", "value-error")},
        ),
    ],
)  # fmt: skip
def test_refusals_of_requests(data: bytes, expected: set[tuple[str, str]]) -> None:
    assert refused(data) == expected


def test_the_published_instances_are_generated() -> None:
    """The first of thpack1 as published, and counts of others."""
    assert thpack.write([instance(1, 1)]) == " 1\n" + PUBLISHED
    assert [box.count for box in instance(3, 1).boxes] == [24, 9, 8, 11, 11, 10, 12, 9]
    sixtieth = instance(4, 60)
    assert sixtieth.seed == 2508405
    assert sixtieth.boxes[0] == thpack.BoxLine((78, 72, 58), (True, True, True), 14)
    assert sixtieth.boxes[1] == thpack.BoxLine((107, 57, 57), (True, True, True), 11)
    assert [box.count for box in sixtieth.boxes] == [14, 11, 19, 13, 13, 12, 11, 10, 10, 12]
    last = instance(7, 100)
    assert [box.count for box in last.boxes] == [6, 4, 4, 8, 6, 6, 5, 4, 8, 7, 11, 4, 9, 3, 9, 7, 3, 6, 6, 6]
    assert last.boxes[-1].sides_cm == (100, 73, 53)


def test_instances_are_read_as_they_were_written() -> None:
    problems = [instance(br_class, 7) for br_class in TYPES]
    assert list(thpack.read(thpack.write(problems).encode())) == problems
    first = thpack.read((" 1\r\n" + PUBLISHED.replace("\n", "\r\n")).encode())[0]
    assert first == instance(1, 1)
    assert first.box_types()[1].upright == frozenset({BoxSide.WIDTH, BoxSide.HEIGHT})
    assert (first.space().length_mm, first.box_types()[0].length_mm) == (5870, 1080)


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("", 1, "number-missing"),
        ("1\n" + PUBLISHED[:60], 6, "number-missing"),
        ("0\n", 1, "out-of-range"),
        ("2\n" + PUBLISHED, 7, "number-missing"),
        ("1\n" + PUBLISHED + "9\n", 8, "too-much"),
        ("1\n" + PUBLISHED.replace("108 0", "-108 0"), 5, "out-of-range"),
        ("1\n" + PUBLISHED.replace("108 0", "1e9 0"), 5, "not-a-number"),
        ("1\n" + PUBLISHED.replace("108 0", "9" * 5000 + " 0"), 5, "not-a-number"),
        ("1\n" + PUBLISHED.replace("108 0", "108 2"), 5, "out-of-range"),
        ("1\n" + PUBLISHED.replace("30 1 40", "30 0 40"), 5, "no-side-upright"),
        ("1\n" + PUBLISHED.replace("30 1 40", "30 1 4990"), 6, "too-many-boxes"),
        ("1\n" + PUBLISHED.replace("76", "７６"), 5, "not-text"),
        ("1\n" + PUBLISHED.replace("76", "\x00"), 5, "not-a-number"),
    ],
)
def test_refusals_of_instances(text: str, line: int, code: str) -> None:
    with pytest.raises(Problem) as caught:
        thpack.read(text.encode())
    assert [(error.pointer, error.code) for error in caught.value.errors] == [(f"#/line/{line}", code)]


def test_a_huge_file_is_refused_unread() -> None:
    with pytest.raises(Problem) as caught:
        thpack.read(b"1 " * MAX_FILE_BYTES)
    assert caught.value.code == "body-too-large"


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | st.text(alphabet="0123456789 -\n", max_size=200).map(str.encode))
def test_nothing_but_refusals_comes_of_rubbish(data: bytes) -> None:
    for read in (thpack.read, documents.read):
        with suppress(Problem):
            read(data)


def test_container_types_are_complete_and_possible() -> None:
    types = container_types()
    assert {"20DC", "40DC", "40HC", "45HC", "20OT", "40OT", "TAUTLINER-13.6", "MEGA-13.6", "TRUCK-7.5"} <= set(types)
    for code, row in types.items():
        space = row.space
        assert set(row.names) == set(LOCALES), code
        assert space.payload_g and space.tare_g, code
        assert (space.door_width_mm or 0) <= space.width_mm and (space.door_height_mm or 0) <= space.height_mm, code
        if space.axles is not None:
            full = axle_loads(space.axles, space.payload_g, Fraction(space.length_mm, 2))
            assert all(each.holds for each in full), f"{code} may not be loaded evenly: {full}"
