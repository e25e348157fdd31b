"""Typeset one document, in a process of its own: what is asked stands on standard input, the PDF on standard output.

It imports nothing of the house. What it may use of time and memory is limited before it begins.
"""

import importlib.util
import json
import resource
import sys
from pathlib import Path
from typing import Any

FONT_PACKAGES = ("justmytype_western_core", "justmytype_intl_cjk", "justmytype_intl_rtl")
CPU_SECONDS = 20
UNKNOWN_LETTER = "could not be displayed with"
MEMORY_BYTES = 4 * 2**30
"""Of addresses: the fonts are mapped, and are not in memory."""


def font_folders() -> list[str]:
    """Where the font packages keep their fonts. Those of the machine are not used: a page is the same everywhere."""
    found = (importlib.util.find_spec(package) for package in FONT_PACKAGES)
    return [str(Path(spec.origin).parent / "fonts") for spec in found if spec is not None and spec.origin is not None]


def main() -> None:
    """One document."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    import typst

    asked = json.load(sys.stdin.buffer)
    template = Path(asked["template"])
    fonts = typst.Fonts(include_system_fonts=False, font_paths=font_folders())

    def compiled(standards: list[Any]) -> bytes:
        return typst.compile(
            str(template),
            root=str(template.parent),
            font_paths=fonts,
            format="pdf",
            sys_inputs={"data": json.dumps(asked["data"], ensure_ascii=False)},
            pdf_standards=standards,
            timestamp=asked["timestamp"],
        )

    try:
        pdf = compiled(asked["standards"])
    except typst.TypstError as error:
        # An archive wants every letter in a font. Of a script that the house has none for, the page goes without that seal.
        if UNKNOWN_LETTER not in error.message:
            raise
        pdf = compiled([])
    sys.stdout.buffer.write(pdf)


if __name__ == "__main__":
    main()
