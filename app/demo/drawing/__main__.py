"""Redraw every part of the demo market: STEP files, PDF drawings and their measures."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from app.demo.drawing.measure import measure
from app.demo.drawing.parts import PARTS, Part
from app.demo.drawing.sheets import draw_sheet, load_texts, views_of
from app.demo.drawing.step import step_text

FILES = Path(__file__).resolve().parents[1] / "files"


def redraw(part: Part, folder: Path, texts: dict[str, Any]) -> dict[str, Any]:
    """Write one part's files and return its row of `parts.json`."""
    shape = part.build()
    measures = measure(shape, density_g_cm3=part.density_g_cm3)
    step = step_text(shape, name=part.slug, number=part.number, schema=part.schema)
    (folder / f"{part.slug}.step").write_text(step, encoding="ascii")
    views = views_of(shape)
    for language in part.languages:
        (folder / f"{part.slug}-{language}.pdf").write_bytes(draw_sheet(part, views, measures, language, texts))
    length, width, height = measures.size
    return {
        "number": part.number,
        "material": part.material,
        "density_g_cm3": part.density_g_cm3,
        "volume_cm3": measures.volume_cm3,
        "projected_area_cm2": measures.projected_area_cm2,
        "mass_g": measures.mass_g,
        "size_mm": {"length": length, "width": width, "height": height},
        "step": f"{part.slug}.step",
        "drawings": {language: f"{part.slug}-{language}.pdf" for language in part.languages},
    }


def main() -> None:
    """Draw all parts, or those named."""
    parser = argparse.ArgumentParser(prog="python -m app.demo.drawing", description=__doc__)
    parser.add_argument("slugs", nargs="*", metavar="part", help="only these parts: " + ", ".join(PARTS))
    parser.add_argument("--into", type=Path, default=FILES, help="where to write (default: app/demo/files)")
    chosen = parser.parse_args()
    unknown = set(chosen.slugs) - set(PARTS)
    if unknown:
        parser.error("no such part: " + ", ".join(sorted(unknown)))
    chosen.into.mkdir(parents=True, exist_ok=True)
    table = chosen.into / "parts.json"
    rows = json.loads(table.read_text(encoding="utf-8")) if table.exists() and chosen.slugs else {}
    texts = load_texts()
    for slug in chosen.slugs or PARTS:
        rows[slug] = redraw(PARTS[slug], chosen.into, texts)
        sys.stdout.write(f"{slug}: {rows[slug]['volume_cm3']} cm³\n")
    table.write_text(json.dumps(dict(sorted(rows.items())), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
