"""The load spaces that the trade uses, by code: `data/containers.yaml`, read once per process."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from app.kit.locales import LOCALES, first_text
from app.logistics.loading.cargo import Axles, LoadedFrom, LoadSpace, Support, Tractor

_FILE = Path(__file__).resolve().parents[1] / "data" / "containers.yaml"
_GRAMS = 1000


@dataclass(frozen=True, slots=True)
class ContainerType:
    """A row of the data file: the load space, its names by locale, and where the figures are from."""

    space: LoadSpace
    names: Mapping[str, str]
    source: str
    edition: str
    confidence: str

    def name(self, locale: str) -> str:
        """In the reader's language."""
        found = first_text(dict(self.names), locale)
        return found[1] if found else self.space.key


@cache
def container_types() -> Mapping[str, ContainerType]:
    """All types by code, in the file's order. A row without source, edition or a name in any language is refused."""
    rows: list[dict[str, Any]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    found = {row["code"]: _read(row) for row in rows}
    if len(found) != len(rows):
        raise ValueError("containers.yaml names a code twice")
    return found


def _read(row: dict[str, Any]) -> ContainerType:
    missing = [field for field in ("source", "edition", "confidence") if not row.get(field)]
    missing += [locale for locale in LOCALES if not row["names"].get(locale)]
    if missing:
        raise ValueError(f"containers.yaml: {row['code']} lacks {', '.join(missing)}")
    door = row["door_mm"] or {}
    inside = row["inside_mm"]
    space = LoadSpace(
        key=row["code"],
        name=row["names"]["en"],
        length_mm=inside["length"],
        width_mm=inside["width"],
        height_mm=inside["height"],
        payload_g=row["payload_kg"] * _GRAMS,
        tare_g=row["tare_kg"] * _GRAMS,
        door_width_mm=door.get("width"),
        door_height_mm=door.get("height"),
        loaded_from=LoadedFrom(row["loaded_from"]),
        axles=_axles(row["axles"]) if row.get("axles") else None,
    )
    return ContainerType(space, row["names"], row["source"], row["edition"], row["confidence"])


def _axles(row: dict[str, Any]) -> Axles:
    def support(part: dict[str, int]) -> Support:
        return Support(part["at_mm"], part["tare_kg"] * _GRAMS, part["limit_kg"] * _GRAMS)

    tractor = row.get("tractor")
    return Axles(
        support(row["front"]),
        support(row["rear"]),
        tractor
        and Tractor(
            tractor["wheelbase_mm"],
            tractor["fifth_wheel_mm"],
            tractor["front"]["tare_kg"] * _GRAMS,
            tractor["front"]["limit_kg"] * _GRAMS,
            tractor["drive"]["tare_kg"] * _GRAMS,
            tractor["drive"]["limit_kg"] * _GRAMS,
        ),
    )
