"""The data dictionary of custom moulds: complete in nine languages, and strict about what makes no sense."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.locales import LOCALES
from app.procurement.mould_dictionary import (
    FieldKind,
    milestone_catalogue,
    mould_dictionary,
)
from app.procurement.mould_spec import (
    MAX_CAVITIES,
    CavitiesMalformed,
    advise_mould_spec,
    parse_cavities,
    validate_mould_spec,
)

HOUSING: dict[str, Any] = {
    "process": "injection",
    "construction": ["two_plate"],
    "mould_class": "spi_102",
    "cavities": "1+1",
    "runner": "cold",
    "gate": "submarine",
    "resin": "pc_abs",
    "wall_nominal_mm": 2.5,
    "wall_max_mm": 3,
    "steel_cavity": "wnr_1_2083",
    "steel_base": "wnr_1_2738",
}


def problems(**changes: Any) -> list[tuple[str, str]]:
    spec = {**HOUSING, **changes}
    return [(problem.pointer, problem.code) for problem in validate_mould_spec(spec)]


def test_every_label_exists_in_every_language() -> None:
    dictionary = mould_dictionary()
    assert dictionary.locales == LOCALES
    texts = [group.names for group in dictionary.groups]
    texts += [known.names for known in dictionary.fields.values()]
    texts += [known.help for known in dictionary.fields.values() if known.help]
    texts += [value.names for known in dictionary.fields.values() for value in known.values.values()]
    assert len(texts) > 250
    for names in texts:
        assert set(names) == set(LOCALES), names
        assert all(text.strip() for text in names.values()), names


def test_groups_say_where_they_come_from() -> None:
    groups = mould_dictionary().groups
    assert len(groups) == 15
    assert sum(len(group.fields) for group in groups) == len(mould_dictionary().fields) >= 65
    for group in groups:
        assert all((group.edition, group.source, group.fields)), group.code


def test_fields_are_well_formed() -> None:
    units = {
        "_mm": "MMT",
        "_kn": "B47",
        "_cm2": "CMK",
        "_cm3": "CMQ",
        "_g": "GRM",
        "_kg": "KGM",
        "_percent": "P1",
    }
    processes = set(mould_dictionary().fields["process"].values)
    for known in mould_dictionary().fields.values():
        assert known.processes | known.required_for <= processes, known.code
        assert bool(known.values) == (known.kind in {FieldKind.ENUM, FieldKind.ENUM_LIST}), known.code
        if known.kind in {FieldKind.NUMBER, FieldKind.INTEGER}:
            assert known.minimum is not None
            assert known.maximum is not None
            assert known.minimum < known.maximum
        for ending, unit in units.items():
            if known.code.endswith(ending):
                assert known.unit == unit, known.code


def test_labels() -> None:
    dictionary = mould_dictionary()
    fields = dictionary.fields
    assert fields["steel_base"].names["de"] == "Stahl Aufbau und Platten"
    assert fields["runner"].values["hot_valve"].names["zh-Hant"] == "熱澆道,針閥式"
    assert "S136" in fields["steel_cavity"].values["wnr_1_2083"].names["ja"]
    assert {group.code: group.names["zh-Hans"] for group in dictionary.groups}["mould_base"] == "模架"
    assert not fields["robot"].help
    assert "TG1" in (fields["tolerance_group"].help or {})["ar"]


def test_milestone_templates_sum_to_a_hundred() -> None:
    catalogue = milestone_catalogue()
    assert len(catalogue.templates) >= 5
    for names in (
        *catalogue.milestone_names.values(),
        *catalogue.evidence_names.values(),
    ):
        assert set(names) == set(LOCALES)
    for template in catalogue.templates.values():
        assert set(template.names) == set(LOCALES)
        assert sum(step.share_percent for step in template.milestones) == 100
        weeks = [step.due_offset_weeks for step in template.milestones]
        assert weeks == sorted(weeks)
        order = list(catalogue.milestone_names)
        places = [order.index(step.code) for step in template.milestones]
        assert places == sorted(set(places))
        assert all(set(step.evidence) <= set(catalogue.evidence_names) for step in template.milestones)


def test_a_sound_description_has_no_problem() -> None:
    assert problems() == []
    assert problems(cavities={"Gehäuse": 1, "Deckel": 1}, construction=["family"]) == []
    assert problems(wall_nominal_mm=Decimal("2.5")) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"colour~/x": "red"}, ("/colour~0~1x", "unknown_field")),
        ({"clamp_force_kn": "1600"}, ("/clamp_force_kn", "not_a_number")),
        ({"clamp_force_kn": True}, ("/clamp_force_kn", "not_a_number")),
        ({"clamp_force_kn": float("nan")}, ("/clamp_force_kn", "not_a_number")),
        ({"clamp_force_kn": Decimal("sNaN")}, ("/clamp_force_kn", "not_a_number")),
        ({"clamp_force_kn": 10**400}, ("/clamp_force_kn", "out_of_range")),
        ({"slides": 1.5}, ("/slides", "not_an_integer")),
        ({"slides": -1}, ("/slides", "out_of_range")),
        ({"gate": "banana"}, ("/gate", "unknown_value")),
        ({"gate": ["edge"]}, ("/gate", "unknown_value")),
        ({"deliverables": "dfm_report"}, ("/deliverables", "not_a_list")),
        (
            {"deliverables": ["dfm_report", "cake"]},
            ("/deliverables/1", "unknown_value"),
        ),
        (
            {"deliverables": ["dfm_report", "dfm_report"]},
            ("/deliverables/1", "repeated_value"),
        ),
        ({"robot": "yes"}, ("/robot", "not_a_boolean")),
        ({"colour": ""}, ("/colour", "empty_text")),
        ({"colour": 7}, ("/colour", "not_a_text")),
        ({"colour": "r\x00d"}, ("/colour", "unreadable_text")),
        ({"colour": "x" * 81}, ("/colour", "text_too_long")),
        ({"cavities": "two"}, ("/cavities", "cavities_malformed")),
        ({"cavities": 0}, ("/cavities", "cavities_out_of_range")),
        ({"wall_max_mm": 2}, ("/wall_max_mm", "wall_max_below_nominal")),
        ({"hot_drops": 2}, ("/hot_drops", "needs_hot_runner")),
        ({"gate": "valve"}, ("/gate", "valve_gate_needs_valve_runner")),
        (
            {"construction": ["hot_runner"]},
            ("/runner", "runner_contradicts_construction"),
        ),
        (
            {"construction": ["family"], "cavities": "2x4"},
            ("/cavities", "family_with_one_part"),
        ),
        (
            {"expected_life_shots": 2_000_000},
            ("/expected_life_shots", "life_above_class"),
        ),
        ({"hardness_cavity_hrc": 30}, ("/hardness_cavity_hrc", "hardness_below_class")),
        ({"coating": ["none", "dlc"]}, ("/coating/0", "none_with_others")),
        ({"alloy": "adc12"}, ("/alloy", "not_for_process")),
        (
            {"part_volume_cm3": 60, "cavities": 4, "shot_volume_cm3": 200},
            ("/shot_volume_cm3", "shot_volume_too_small"),
        ),
        (
            {"press_mould_height_min_mm": 300, "press_mould_height_max_mm": 250},
            ("/press_mould_height_max_mm", "press_height_max_below_min"),
        ),
        (
            {"mould_height_mm": 700, "press_mould_height_max_mm": 650},
            ("/mould_height_mm", "mould_height_outside_press"),
        ),
        (
            {"mould_length_mm": 700, "mould_width_mm": 600, "tie_bar_distance_mm": 560},
            ("/mould_width_mm", "mould_wider_than_tie_bars"),
        ),
    ],
)
def test_problems_point_at_the_field(changes: dict[str, Any], expected: tuple[str, str]) -> None:
    assert problems(**changes) == [expected]


def test_what_is_required_depends_on_the_process() -> None:
    def missing(spec: dict[str, Any]) -> list[str]:
        return [problem.pointer for problem in validate_mould_spec(spec) if problem.code == "required"]

    assert missing({}) == ["/process", "/cavities"]
    assert missing({"process": "injection", "cavities": 1}) == ["/resin"]
    assert missing({"process": "die_casting_high_pressure", "cavities": 1}) == ["/alloy"]
    assert missing({"process": "stamping_progressive", "cavities": 1}) == ["/sheet_material"]
    assert missing({"process": ["injection"], "cavities": 1}) == []


def test_advice_is_given_and_is_no_refusal() -> None:
    def advice(**changes: Any) -> list[tuple[str, str]]:
        return [(problem.pointer, problem.code) for problem in advise_mould_spec({**HOUSING, **changes})]

    assert advice() == []
    assert advice(steel_cavity="wnr_1_2738") == [("/steel_cavity", "steel_softer_than_class")]
    assert advice(resin="pc", projected_area_cm2=100, clamp_force_kn=500) == [("/clamp_force_kn", "clamp_force_low")]
    assert advice(part_mass_g=42000, part_volume_cm3=40) == [("/part_mass_g", "mass_volume_mismatch")]


@pytest.mark.parametrize(
    ("value", "total", "expression"),
    [
        ("4", 4, "4"),
        (4, 4, "4"),
        ("2x4", 8, "2x4"),
        ("2 × 4", 8, "2x4"),
        ("2*4", 8, "2x4"),
        ("1+1", 2, "1+1"),
        ("2x2+1", 5, "2x2+1"),
        ("04", 4, "4"),
        ({"housing": 1, "cover": 2}, 3, "1+2"),
    ],
)
def test_cavity_expressions(value: object, total: int, expression: str) -> None:
    layout = parse_cavities(value)
    assert (layout.total, layout.expression) == (total, expression)


@pytest.mark.parametrize(
    "value",
    ["", "x", "2x", "+1", "1++1", "-4", "4.0", "²", "٤", "1x1x1x1", "9999x9999", "0", "2x0", "1" * 65, None, True, 1.0,
     [], {}, {"": 1}, {"a": 0}, {"a": True}, {"a": "1"}, {1: 1}, 513, -1, "\x00", "4\n"],
)  # fmt: skip
def test_malformed_cavities_are_refused(value: object) -> None:
    with pytest.raises(CavitiesMalformed):
        parse_cavities(value)


small = st.integers(1, 5)
part_names = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20).filter(str.strip)
terms = st.lists(st.lists(small, min_size=1, max_size=2), min_size=1, max_size=6)


@given(terms)
def test_an_expression_counts_what_it_says(layout: list[list[int]]) -> None:
    expression = "+".join("x".join(map(str, term)) for term in layout)
    parsed = parse_cavities(expression)
    assert parsed.expression == expression
    assert parsed.total == eval(expression.replace("x", "*"))
    assert parse_cavities(parsed.expression) == parsed


@given(
    st.dictionaries(
        part_names,
        st.integers(1, 30),
        min_size=1,
        max_size=16,
    )
)
def test_a_family_counts_its_parts(parts: dict[str, int]) -> None:
    layout = parse_cavities(parts)
    assert layout.total == sum(parts.values())
    assert parse_cavities(layout.expression).total == layout.total
    assert len(layout.parts) == len(parts)


@given(st.one_of(st.text(), st.integers(), st.text(alphabet="0123456789x+× ")))
def test_anything_else_is_refused_by_code_and_never_otherwise(value: object) -> None:
    try:
        layout = parse_cavities(value)
    except CavitiesMalformed as malformed:
        code = malformed.code
    else:
        code = ""
        assert 1 <= layout.total <= MAX_CAVITIES
    assert code in {"", "cavities_malformed", "cavities_out_of_range"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.dictionaries(
        st.sampled_from(sorted(mould_dictionary().fields)) | st.text(max_size=8),
        json_values,
        max_size=8,
    )
)
def test_no_input_breaks_the_validation(spec: dict[str, Any]) -> None:
    for problem in validate_mould_spec(spec):
        assert problem.pointer.startswith("/")
        assert problem.code.isidentifier()
        json.dumps([problem.pointer, dict(problem.params)], ensure_ascii=False).encode()
