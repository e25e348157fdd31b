"""Turns a part into a PDF drawing: views, dimensions table, notes and title block in one language."""

import json
import tempfile
from pathlib import Path
from typing import Any

import typst
import yaml
from OCP.TopoDS import TopoDS_Shape

from app.demo.drawing.layout import PAPERS, TABLES, Placed, place_views
from app.demo.drawing.measure import Measures
from app.demo.drawing.parts import Part
from app.demo.drawing.projection import View, project

HERE = Path(__file__).resolve().parent
_DECIMAL_COMMA = frozenset({"de", "es", "fr", "pt-BR"})
_THIRD_ANGLE = frozenset({"en", "ja", "zh-Hant"})
_CJK_FONTS = {"ja": "Noto Sans JP", "zh-Hans": "Noto Sans SC", "zh-Hant": "Noto Sans TC"}
# Typst wants a language and a region; our tags carry a script instead.
_TYPST_LANGUAGE = {"zh-Hans": ("zh", "CN"), "zh-Hant": ("zh", "TW"), "pt-BR": ("pt", "BR")}
_SCALE_WORDS = {10.0: "10 : 1", 5.0: "5 : 1", 2.0: "2 : 1", 1.0: "1 : 1", 0.5: "1 : 2", 0.4: "1 : 2.5", 0.2: "1 : 5"}
_CIRCLES = '<circle cx="{x}" cy="10" r="{r}" fill="none" stroke="#000" stroke-width="0.9"/>'


def font_folders() -> list[str]:
    """The folders of the font packages."""
    import justmytype_intl_cjk
    import justmytype_intl_rtl
    import justmytype_western_core

    packages = (justmytype_western_core, justmytype_intl_cjk, justmytype_intl_rtl)
    folders = (Path(package.__file__).parent / "fonts" for package in packages if package.__file__)
    return [str(folder) for folder in folders]


def load_texts() -> dict[str, Any]:
    """The sheet's words by language."""
    with (HERE / "texts.yaml").open(encoding="utf-8") as file:
        texts: dict[str, Any] = yaml.safe_load(file)
    return texts


def views_of(shape: TopoDS_Shape) -> dict[str, View]:
    """All views that any sheet of the part may show."""
    return {name: project(shape, name) for name in ("front", "top", "left", "right", "isometric")}


def draw_sheet(part: Part, views: dict[str, View], measures: Measures, language: str, texts: dict[str, Any]) -> bytes:
    """The PDF drawing of a part."""
    third_angle = language in _THIRD_ANGLE
    decimal = "," if language in _DECIMAL_COMMA else "."
    scale, placed = place_views(views, measures.size, part.paper, third_angle=third_angle, decimal=decimal)
    sheet = _content(part, measures, language, texts[language], decimal)
    sheet |= {
        "scale": _SCALE_WORDS[scale].replace(".", decimal),
        "views": [_view(index, view) for index, view in enumerate(placed)],
    }
    sheet["projection"] = {"label": texts[language]["labels"]["third" if third_angle else "first"]}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "sheet.json").write_text(json.dumps(sheet, ensure_ascii=False), encoding="utf-8")
        (root / "symbol.svg").write_text(_projection_symbol(third_angle=third_angle), encoding="utf-8")
        for index, view in enumerate(placed):
            (root / f"view-{index}.svg").write_text(view.svg, encoding="utf-8")
        (root / "sheet.typ").write_text((HERE / "sheet.typ").read_text(encoding="utf-8"), encoding="utf-8")
        pdf: bytes = typst.compile(
            str(root / "sheet.typ"), root=folder, font_paths=font_folders(), ignore_system_fonts=True, format="pdf"
        )
    return pdf


def _view(index: int, view: Placed) -> dict[str, Any]:
    return {"file": f"view-{index}.svg", "x": view.x, "y": view.y, "width": view.width, "labels": view.labels}


def _content(part: Part, measures: Measures, language: str, texts: dict[str, Any], decimal: str) -> dict[str, Any]:
    def figure(value: float, digits: int = 2) -> str:
        return f"{value:.{digits}f}".rstrip("0").rstrip(".").replace(".", decimal)

    size = " × ".join(figure(edge, 1) for edge in measures.size)
    rows = [[texts["labels"]["size"], size]]
    rows += [[texts["terms"][term], figure(value)] for term, value in part.dimensions]
    mass_g = measures.mass_g
    table_x, table_width = TABLES[part.paper]
    lang, region = _TYPST_LANGUAGE.get(language, (language, None))
    return {
        "paper": PAPERS[part.paper],
        "format": part.paper.upper(),
        "language": language,
        "lang": lang,
        "region": region,
        "fonts": ["Noto Sans", *filter(None, [_CJK_FONTS.get(language)]), "Noto Sans Arabic"],
        "labels": texts["labels"],
        "title": texts["parts"][part.slug],
        "number": part.number,
        "company": {"label": " ", "name": "Partingline"},
        "material": part.material,
        "tolerance": part.tolerance,
        "mass": f"{figure(mass_g / 1000, 2)} kg" if mass_g >= 1000 else f"{figure(mass_g, 1)} g",
        "volume": f"{figure(measures.volume_cm3, 1)} cm³",
        "area": f"{figure(measures.projected_area_cm2, 1)} cm²" if part.resin else "–",
        "step": f"{part.slug}.step",
        "dimensions": rows,
        "notes": texts["moulding_notes" if part.resin else "component_notes"],
        "table": {"x": table_x, "y": 16, "width": table_width},
        "centring": _centring(*PAPERS[part.paper]),
    }


def _centring(width: int, height: int) -> list[dict[str, Any]]:
    """The four centring marks of ISO 5457."""
    middle_x, middle_y = (20 + width - 10) / 2, height / 2
    return [
        {"at": (middle_x, 5), "length": 10, "angle": 90},
        {"at": (middle_x, height - 15), "length": 10, "angle": 90},
        {"at": (15, middle_y), "length": 10, "angle": 0},
        {"at": (width - 15, middle_y), "length": 10, "angle": 0},
    ]


def _projection_symbol(*, third_angle: bool) -> str:
    """The frustum of ISO 5456-2, its end view at the right (first angle) or at the left (third angle)."""
    cone, end = (36, 12) if third_angle else (14, 38)
    frustum = f"M{cone - 10} 5L{cone + 10} 1V19L{cone - 10} 15Z"
    axes = f"M0 10H54M{end} 0V20"
    circles = "".join(_CIRCLES.format(x=end, r=radius) for radius in (9, 5))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="54" height="20" viewBox="0 0 54 20">'
        f'<path d="{frustum}" fill="none" stroke="#000" stroke-width="0.9"/>{circles}'
        f'<path d="{axes}" stroke="#000" stroke-width="0.4" stroke-dasharray="4 1 1 1" fill="none"/></svg>'
    )
