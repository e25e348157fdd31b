"""Typst, with the fonts that are installed with the house and no others."""

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import typst

TEMPLATE = Path(__file__).resolve().parent / "statement.typ"
_CJK = {"ja": "Noto Sans JP", "zh-Hans": "Noto Sans SC", "zh-Hant": "Noto Sans TC"}
# Typst wants a language and a region; our tags carry a script instead.
_LANGUAGES = {"zh-Hans": ("zh", "CN"), "zh-Hant": ("zh", "TW"), "pt-BR": ("pt", "BR")}


@cache
def font_folders() -> list[str]:
    """The folders of the font packages."""
    import justmytype_intl_cjk
    import justmytype_intl_rtl
    import justmytype_western_core

    packages = (justmytype_western_core, justmytype_intl_cjk, justmytype_intl_rtl)
    return [str(Path(package.__file__).parent / "fonts") for package in packages if package.__file__]


def fonts_of(locale: str) -> list[str]:
    """The fonts that a text in this language is set in, the first first."""
    return ["Noto Sans", *filter(None, [_CJK.get(locale)]), "Noto Sans Arabic", "Noto Sans SC"]


def language_of(locale: str) -> dict[str, str | None]:
    """Language and region as Typst wants them."""
    language, region = _LANGUAGES.get(locale, (locale, None))
    return {"lang": language, "region": region}


def typeset(template: Path, data: dict[str, Any]) -> bytes:
    """A PDF of a template that reads `data.json` beside it."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "data.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        (root / template.name).write_text(template.read_text(encoding="utf-8"), encoding="utf-8")
        pdf: bytes = typst.compile(
            str(root / template.name),
            root=folder,
            font_paths=font_folders(),
            ignore_system_fonts=True,
            format="pdf",
        )
    return pdf
