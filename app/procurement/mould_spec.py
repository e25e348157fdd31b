"""A custom mould in an inquiry line: is its description complete, in range and free of contradictions?

Pure functions over the data dictionary. A description is a flat object of field codes, for instance
`{"process": "injection", "cavities": "1+1", "resin": "pc_abs", "wall_nominal_mm": 2.5}`. Problems carry a JSON Pointer
into it, a stable code and parameters; they are put into words where they are shown.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from app.procurement.cavities import MAX_CAVITIES, CavitiesMalformed, CavityLayout, is_storable, parse_cavities
from app.procurement.mould_dictionary import (
    FieldKind,
    SpecField,
    SpecValue,
    mould_dictionary,
)

__all__ = [
    "MAX_CAVITIES",
    "CavitiesMalformed",
    "CavityLayout",
    "SpecProblem",
    "advise_mould_spec",
    "parse_cavities",
    "validate_mould_spec",
]

_HOT_RUNNERS = frozenset({"hot_open", "hot_valve"})
_HOT_CONSTRUCTIONS = frozenset({"hot_runner", "hot_half"})
_KN_PER_TONNE_FORCE = 9.80665
# A part's mass over its volume outside this band (g/cm³) is nearly always a slip of unit.
_PLAUSIBLE_DENSITY = (0.2, 3.0)


@dataclass(frozen=True, slots=True)
class SpecProblem:
    """One thing wrong with a description: where (JSON Pointer, RFC 6901), a stable code, and what would be right."""

    pointer: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


def validate_mould_spec(spec: Mapping[str, Any]) -> list[SpecProblem]:
    """Everything that makes a description unusable: unknown fields and values, ranges, gaps and contradictions.

    Contradictions are looked for only among fields that are right by themselves.
    """
    dictionary = mould_dictionary()
    problems: list[SpecProblem] = []
    for code, value in spec.items():
        known = dictionary.fields.get(code)
        if known is None:
            problems.append(SpecProblem(_pointer(code), "unknown_field"))
        else:
            problems.extend(_field_problems(known, value))
    problems.extend(_missing(spec))
    wrong = {problem.pointer.split("/")[1] for problem in problems}
    sound = {code: value for code, value in spec.items() if _pointer(code)[1:] not in wrong}
    for rule in _CONTRADICTIONS:
        problems.extend(rule(sound))
    return problems


def advise_mould_spec(spec: Mapping[str, Any]) -> list[SpecProblem]:
    """What a toolmaker would ask about in a valid description. Based on typical figures, so never a refusal."""
    problems: list[SpecProblem] = []
    for rule in _QUESTIONS:
        problems.extend(rule(spec))
    return problems


def _pointer(*parts: object) -> str:
    escaped = ("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
    return "".join(escaped).encode("utf-8", "replace").decode()


def _missing(spec: Mapping[str, Any]) -> Iterator[SpecProblem]:
    process = spec.get("process")
    for known in mould_dictionary().fields.values():
        wanted = known.required or (isinstance(process, str) and process in known.required_for)
        if wanted and known.code not in spec:
            yield SpecProblem(_pointer(known.code), "required")


def _field_problems(known: SpecField, value: Any) -> list[SpecProblem]:
    match known.kind:
        case FieldKind.NUMBER | FieldKind.INTEGER:
            return _number_problems(known, value)
        case FieldKind.ENUM:
            return _enum_problems(known, value, _pointer(known.code))
        case FieldKind.ENUM_LIST:
            return _enum_list_problems(known, value)
        case FieldKind.BOOLEAN:
            return [] if isinstance(value, bool) else [SpecProblem(_pointer(known.code), "not_a_boolean")]
        case FieldKind.TEXT:
            return _text_problems(known, value)
        case FieldKind.CAVITIES:
            return _cavities_problems(known, value)


def _is_number(value: Any) -> bool:
    if isinstance(value, Decimal):
        return value.is_finite()
    return (isinstance(value, int) and not isinstance(value, bool)) or (
        isinstance(value, float) and math.isfinite(value)
    )


def _number_problems(known: SpecField, value: Any) -> list[SpecProblem]:
    at = _pointer(known.code)
    if not _is_number(value):
        return [SpecProblem(at, "not_a_number")]
    if known.kind is FieldKind.INTEGER and value != int(value):
        return [SpecProblem(at, "not_an_integer")]
    low, high = known.minimum, known.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        return [
            SpecProblem(
                at,
                "out_of_range",
                {"minimum": low, "maximum": high, "unit": known.unit},
            )
        ]
    return []


def _enum_problems(known: SpecField, value: Any, at: str) -> list[SpecProblem]:
    if isinstance(value, str) and value in known.values:
        return []
    return [SpecProblem(at, "unknown_value", {"allowed": list(known.values)})]


def _enum_list_problems(known: SpecField, value: Any) -> list[SpecProblem]:
    if not isinstance(value, list | tuple):
        return [SpecProblem(_pointer(known.code), "not_a_list")]
    if len(value) > len(known.values):
        return [SpecProblem(_pointer(known.code), "too_many_values", {"maximum": len(known.values)})]
    problems: list[SpecProblem] = []
    seen: set[str] = set()
    for index, item in enumerate(value):
        found = _enum_problems(known, item, _pointer(known.code, index))
        problems.extend(found)
        if not found and item in seen:
            problems.append(SpecProblem(_pointer(known.code, index), "repeated_value"))
        elif not found:
            seen.add(item)
    return problems


def _text_problems(known: SpecField, value: Any) -> list[SpecProblem]:
    at = _pointer(known.code)
    if not isinstance(value, str):
        return [SpecProblem(at, "not_a_text")]
    if not is_storable(value):
        return [SpecProblem(at, "unreadable_text")]
    if not value.strip():
        return [SpecProblem(at, "empty_text")]
    if known.max_length is not None and len(value) > known.max_length:
        return [SpecProblem(at, "text_too_long", {"max_length": known.max_length})]
    return []


def _cavities_problems(known: SpecField, value: Any) -> list[SpecProblem]:
    try:
        parse_cavities(value)
    except CavitiesMalformed as malformed:
        return [SpecProblem(_pointer(known.code), malformed.code, malformed.params)]
    return []


def _not_for_process(spec: Mapping[str, Any]) -> Iterator[SpecProblem]:
    process = spec.get("process")
    if process is None:
        return
    for code in spec:
        known = mould_dictionary().fields[code]
        if known.processes and process not in known.processes:
            yield SpecProblem(_pointer(code), "not_for_process", {"process": process})


def _walls(spec: Mapping[str, Any]) -> Iterator[SpecProblem]:
    if _above(spec, "wall_nominal_mm", "wall_max_mm"):
        yield SpecProblem(
            "/wall_max_mm",
            "wall_max_below_nominal",
            {"wall_nominal_mm": spec["wall_nominal_mm"]},
        )


def _press_fit(spec: Mapping[str, Any]) -> Iterator[SpecProblem]:
    low, high = "press_mould_height_min_mm", "press_mould_height_max_mm"
    if _above(spec, low, high):
        yield SpecProblem(_pointer(high), "press_height_max_below_min", {"minimum": spec[low]})
        return
    if _above(spec, low, "mould_height_mm") or _above(spec, "mould_height_mm", high):
        limits = {"minimum": spec.get(low), "maximum": spec.get(high)}
        yield SpecProblem("/mould_height_mm", "mould_height_outside_press", limits)
    if {"mould_length_mm", "mould_width_mm", "tie_bar_distance_mm"} <= spec.keys():
        # The mould hangs in from above, so its narrower side must pass between the tie bars.
        narrower = min(spec["mould_length_mm"], spec["mould_width_mm"])
        if narrower > spec["tie_bar_distance_mm"]:
            params = {"tie_bar_distance_mm": spec["tie_bar_distance_mm"]}
            yield SpecProblem("/mould_width_mm", "mould_wider_than_tie_bars", params)


def _runner_and_gate(spec: Mapping[str, Any]) -> Iterator[SpecProblem]:
    runner = spec.get("runner")
    if runner is None:
        return
    hot = runner in _HOT_RUNNERS
    if not hot:
        for code in ("hot_drops", "hot_runner_brand"):
            if code in spec:
                yield SpecProblem(_pointer(code), "needs_hot_runner", {"runner": runner})
        if _HOT_CONSTRUCTIONS & set(spec.get("construction", ())):
            yield SpecProblem("/runner", "runner_contradicts_construction", {"runner": runner})
    if spec.get("gate") == "valve" and runner != "hot_valve":
        yield SpecProblem("/gate", "valve_gate_needs_valve_runner", {"runner": runner})


def _family(spec: Mapping[str, Any]) -> Iterator[SpecProblem]:
    if "family" in spec.get("construction", ()) and "cavities" in spec:
        layout = parse_cavities(spec["cavities"])
        if "+" not in layout.expression:
            yield SpecProblem("/cavities", "family_with_one_part", {"expression": layout.expression})


def _life(spec: Mapping[str, Any]) -> Iterator[SpecProblem]:
    demands, life = _value(spec, "mould_class"), spec.get("expected_life_shots")
    if demands is None or life is None:
        return
    if demands.life_shots_max is not None and life > demands.life_shots_max:
        yield SpecProblem(
            "/expected_life_shots",
            "life_above_class",
            {"maximum": demands.life_shots_max},
        )


def _hardness(spec: Mapping[str, Any]) -> Iterator[SpecProblem]:
    demands = _value(spec, "mould_class")
    if demands is None or demands.hrc_min is None:
        return
    for code in ("hardness_cavity_hrc", "hardness_core_hrc"):
        if code in spec and spec[code] < demands.hrc_min:
            yield SpecProblem(_pointer(code), "hardness_below_class", {"minimum": demands.hrc_min})


def _coating(spec: Mapping[str, Any]) -> Iterator[SpecProblem]:
    coating = spec.get("coating", ())
    if "none" in coating and len(coating) > 1:
        yield SpecProblem(_pointer("coating", list(coating).index("none")), "none_with_others")


def _shot_volume(spec: Mapping[str, Any]) -> Iterator[SpecProblem]:
    if {"part_volume_cm3", "cavities", "shot_volume_cm3"} <= spec.keys():
        needed = float(spec["part_volume_cm3"]) * _same_part_cavities(spec)
        if needed > spec["shot_volume_cm3"]:
            yield SpecProblem(
                "/shot_volume_cm3",
                "shot_volume_too_small",
                {"needed_cm3": round(needed, 2)},
            )


def _soft_steel(spec: Mapping[str, Any]) -> Iterator[SpecProblem]:
    demands = _value(spec, "mould_class")
    if demands is None:
        return
    for code, minimum in (
        ("steel_cavity", demands.hrc_min),
        ("steel_core", demands.hrc_min),
        ("steel_base", demands.base_hrc_min),
    ):
        steel = _value(spec, code)
        if minimum is not None and steel is not None and steel.hrc is not None and steel.hrc[1] < minimum:
            yield SpecProblem(
                _pointer(code),
                "steel_softer_than_class",
                {"minimum": minimum, "usual": steel.hrc[1]},
            )


def _clamp(spec: Mapping[str, Any]) -> Iterator[SpecProblem]:
    resin = _value(spec, "resin")
    if resin is None or resin.cavity_pressure_t_cm2 is None:
        return
    if {"projected_area_cm2", "cavities", "clamp_force_kn"} <= spec.keys():
        area_cm2 = float(spec["projected_area_cm2"]) * _same_part_cavities(spec)
        needed_kn = area_cm2 * resin.cavity_pressure_t_cm2[0] * _KN_PER_TONNE_FORCE
        if needed_kn > spec["clamp_force_kn"]:
            yield SpecProblem("/clamp_force_kn", "clamp_force_low", {"needed_kn": round(needed_kn)})


def _density(spec: Mapping[str, Any]) -> Iterator[SpecProblem]:
    if "part_mass_g" in spec and "part_volume_cm3" in spec:
        density = float(spec["part_mass_g"]) / float(spec["part_volume_cm3"])
        if not _PLAUSIBLE_DENSITY[0] <= density <= _PLAUSIBLE_DENSITY[1] and "resin" in spec:
            yield SpecProblem(
                "/part_mass_g",
                "mass_volume_mismatch",
                {"density_g_cm3": round(density, 3)},
            )


def _above(spec: Mapping[str, Any], one: str, other: str) -> bool:
    """Whether both are given and the first is greater."""
    return one in spec and other in spec and bool(spec[one] > spec[other])


def _value(spec: Mapping[str, Any], code: str) -> SpecValue | None:
    return mould_dictionary().fields[code].values.get(spec.get(code, ""))


def _same_part_cavities(spec: Mapping[str, Any]) -> int:
    """Cavities of the part that the area and the volume describe: of a family only the first part is known."""
    layout = parse_cavities(spec["cavities"])
    return parse_cavities(layout.expression.split("+")[0]).total


_Rule = Callable[[Mapping[str, Any]], Iterator[SpecProblem]]
_CONTRADICTIONS: tuple[_Rule, ...] = (
    _not_for_process, _walls, _press_fit, _runner_and_gate, _family, _life, _hardness, _coating, _shot_volume,
)  # fmt: skip
_QUESTIONS: tuple[_Rule, ...] = (_soft_steel, _clamp, _density)
