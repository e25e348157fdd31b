"""Draws the terminal captures of the README from a real tour.

Start `make demo`, then: .venv/bin/python docs/images/capture.py [address of the API]
"""

import io
import re
import sys
from pathlib import Path
from typing import Any

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from app.demo import tour

FOLDER = Path(__file__).parent
WIDTH = 112
CAPTURES = {
    "tour-read-in-chinese.svg": ("An inquiry in German, read in Chinese", (3, 4)),
    "tour-sealed-and-opened.svg": ("Sealed quotes: refused looks, opening, comparison", (8, 9, 10, 11)),
}
STEP = re.compile(r"^\n\[bold cyan\] ?(\d+)\. ")


class Capturing(Console):
    """Prints, and records each step on a console of its own, where long lines are wrapped below their beginning."""

    def __init__(self) -> None:
        super().__init__(highlight=False, soft_wrap=True)
        self.steps: dict[int, list[Any]] = {}
        self._step = 0

    def print(self, *objects: Any, **options: Any) -> None:
        """Print as usual and keep the lines under their step."""
        super().print(*objects, **options)
        for item in objects:
            if isinstance(item, str):
                if begun := STEP.match(item):
                    self._step = int(begun[1])
                indent = len(item.lstrip("\n")) - len(item.lstrip("\n").lstrip(" "))
                item = Padding(Text.from_markup(item.strip()), (0, 0, 0, indent))
            self.steps.setdefault(self._step, []).append(item)


def draw(name: str, title: str, lines: list[Any]) -> None:
    """Write one picture. No font is fetched from elsewhere."""
    recorder = Console(record=True, width=WIDTH, highlight=False, force_terminal=True, file=io.StringIO())
    for line in lines:
        recorder.print(line)
    template = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    picture = recorder.export_svg(title=title, code_format=template, unique_id=name.removesuffix(".svg"))
    (FOLDER / name).write_text(re.sub(r"[ \t]+$", "", picture, flags=re.MULTILINE).strip() + "\n", encoding="utf-8")


def main(base_url: str) -> int:
    """Tell the tour, then draw what was told."""
    console = Capturing()
    held = tour.run(base_url, console=console)
    for name, (title, numbers) in CAPTURES.items():
        lines: list[Any] = []
        for number in numbers:
            lines += [*([""] if lines else []), *console.steps[number]]
        draw(name, title, lines)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"))
