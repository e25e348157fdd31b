"""The data dictionary of a custom mould: which facts describe one, in which unit, with which values and labels.

The dictionary is product data (`data/mould_dictionary.yaml`, with an edition and a source per group), read once per
process. So are the milestone templates of mould orders (`data/milestone_templates.yaml`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).resolve().parent / "data"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Range = tuple[float, float]
Texts = Mapping[str, str]


class FieldKind(StrEnum):
    """What a field of the dictionary holds."""

    NUMBER = "number"
    INTEGER = "integer"
    ENUM = "enum"
    ENUM_LIST = "enum_list"
    BOOLEAN = "boolean"
    TEXT = "text"
    CAVITIES = "cavities"


@dataclass(frozen=True, slots=True)
class SpecValue:
    """One value of an enum, with the typical figures that belong to it where it has some.

    `hrc` is hardness (HRC), `ra_um` roughness (µm), `density_g_cm3` a resin's density, `cavity_pressure_t_cm2` its
    cavity pressure factor, `life_shots_*` and `*_hrc_min` the demands of a mould class.
    """

    code: str
    names: Texts
    hrc: Range | None = None
    ra_um: Range | None = None
    density_g_cm3: float | None = None
    cavity_pressure_t_cm2: Range | None = None
    life_shots_min: int | None = None
    life_shots_max: int | None = None
    hrc_min: float | None = None
    base_hrc_min: float | None = None


@dataclass(frozen=True, slots=True)
class SpecField:
    """One field. `unit` is a UN/CEFACT Rec 20 code. Empty `processes` means that it applies to every process."""

    code: str
    group: str
    kind: FieldKind
    names: Texts
    help: Texts | None
    unit: str | None
    minimum: float | None
    maximum: float | None
    max_length: int | None
    required: bool
    required_for: frozenset[str]
    processes: frozenset[str]
    values: Mapping[str, SpecValue]


@dataclass(frozen=True, slots=True)
class SpecGroup:
    """Fields that a toolmaker reads together, with the edition and source of what is listed."""

    code: str
    edition: str
    source: str
    names: Texts
    fields: tuple[SpecField, ...]


@dataclass(frozen=True, slots=True)
class MouldDictionary:
    """The whole dictionary. `fields` maps a code to its field, in the order of the groups."""

    edition: str
    locales: tuple[str, ...]
    groups: tuple[SpecGroup, ...]
    fields: Mapping[str, SpecField]


@dataclass(frozen=True, slots=True)
class MilestoneStep:
    """One milestone of a template: its share of the order value and its usual distance from the order.

    Its evidence is taken when those in `after` are accepted; an `optional` one may be waived.
    """

    code: str
    share_percent: int
    due_offset_weeks: int
    evidence: tuple[str, ...]
    after: tuple[str, ...]
    optional: bool


@dataclass(frozen=True, slots=True)
class MilestoneTemplate:
    """A payment and progress plan as the trade writes it. The shares sum to 100."""

    code: str
    names: Texts
    milestones: tuple[MilestoneStep, ...]


@dataclass(frozen=True, slots=True)
class MilestoneCatalogue:
    """All templates, with the names of the milestones and of the kinds of evidence."""

    edition: str
    source: str
    milestone_names: Mapping[str, Texts]
    evidence_names: Mapping[str, Texts]
    templates: Mapping[str, MilestoneTemplate]


@cache
def mould_dictionary() -> MouldDictionary:
    """The dictionary that ships with this release."""
    raw = _read("mould_dictionary.yaml")
    locales = tuple(raw["locales"])
    sets = {code: _values(rows, locales) for code, rows in raw["value_sets"].items()}
    groups = tuple(_group(row, locales, sets) for row in raw["groups"])
    fields = {field.code: field for group in groups for field in group.fields}
    return MouldDictionary(edition=raw["edition"], locales=locales, groups=groups, fields=fields)


@cache
def milestone_catalogue() -> MilestoneCatalogue:
    """The milestone templates that ship with this release."""
    raw = _read("milestone_templates.yaml")
    locales = tuple(raw["locales"])
    return MilestoneCatalogue(
        edition=raw["edition"],
        source=raw["source"],
        milestone_names={row["code"]: _texts(row["names"], locales) for row in raw["milestones"]},
        evidence_names={row["code"]: _texts(row["names"], locales) for row in raw["evidence_kinds"]},
        templates={
            row["code"]: MilestoneTemplate(
                row["code"],
                _texts(row["names"], locales),
                tuple(_steps(row["milestones"])),
            )
            for row in raw["templates"]
        },
    )


def _read(name: str) -> dict[str, Any]:
    with (DATA / name).open(encoding="utf-8") as file:
        data: dict[str, Any] = yaml.load(file, Loader=_LOADER)  # noqa: S506  (a safe loader, the fast one where built)
    return data


def _texts(names: str | dict[str, str], locales: tuple[str, ...]) -> Texts:
    """A designation such as `1.2738` is written once and reads the same in every language."""
    return dict.fromkeys(locales, names) if isinstance(names, str) else names


def _values(rows: list[dict[str, Any]], locales: tuple[str, ...]) -> dict[str, SpecValue]:
    return {row["code"]: SpecValue(**{**_paired(row), "names": _texts(row["names"], locales)}) for row in rows}


def _paired(row: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}


def _group(row: dict[str, Any], locales: tuple[str, ...], sets: dict[str, dict[str, SpecValue]]) -> SpecGroup:
    return SpecGroup(
        code=row["code"],
        edition=row["edition"],
        source=row["source"],
        names=_texts(row["names"], locales),
        fields=tuple(_field(field, row["code"], locales, sets) for field in row["fields"]),
    )


def _field(
    row: dict[str, Any],
    group: str,
    locales: tuple[str, ...],
    sets: dict[str, dict[str, SpecValue]],
) -> SpecField:
    return SpecField(
        code=row["code"],
        group=group,
        kind=FieldKind(row["kind"]),
        names=_texts(row["names"], locales),
        help=_texts(row["help"], locales) if "help" in row else None,
        unit=row.get("unit"),
        minimum=row.get("minimum"),
        maximum=row.get("maximum"),
        max_length=row.get("max_length"),
        required=row.get("required", False),
        required_for=frozenset(row.get("required_for", ())),
        processes=frozenset(row.get("processes", ())),
        values=sets[row["values_of"]] if "values_of" in row else _values(row.get("values", []), locales),
    )


def _steps(rows: list[dict[str, Any]]) -> Iterator[MilestoneStep]:
    for row in rows:
        yield MilestoneStep(
            row["code"],
            row["share_percent"],
            row["due_offset_weeks"],
            tuple(row["evidence"]),
            tuple(row.get("after", ())),
            row.get("optional", False),
        )
