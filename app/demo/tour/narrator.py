"""Tells the tour: numbered steps, who acts, what is said in his language with a gloss, and whether each thing held."""

import time
from collections.abc import Callable

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from app.demo.tour.visitors import Role

LANGUAGES = {
    "en": "English",
    "zh-Hans": "Chinese, simplified",
    "zh-Hant": "Chinese, traditional",
    "de": "German",
    "es": "Spanish",
    "fr": "French",
    "ja": "Japanese",
    "pt-BR": "Portuguese",
    "ar": "Arabic",
}
EXCERPT = 110

OnStep = Callable[[int, str], None]


def excerpt(text: str, length: int = EXCERPT) -> str:
    """The beginning of a text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1].rstrip()}…"


class Narrator:
    """Prints the transcript and remembers what did not hold."""

    def __init__(self, console: Console | None = None, on_step: OnStep | None = None) -> None:
        self._console = console or Console(highlight=False, soft_wrap=True)
        self._on_step = on_step
        self.steps = 0
        self.checks = 0
        self.broken: list[str] = []

    def title(self, text: str, below: str) -> None:
        """The head of the transcript."""
        self._console.print(f"\n[bold]{escape(text)}[/]\n{escape(below)}")

    def step(self, text: str) -> None:
        """Begin a step. Whoever listens is told before anything of it happens."""
        self.steps += 1
        self._console.print(f"\n[bold cyan]{self.steps:>2}. {escape(text)}[/]")
        if self._on_step is not None:
            self._on_step(self.steps, text)

    def acts(self, who: Role, does: str) -> None:
        """Who does what."""
        language = LANGUAGES[who.locale]
        head = f"[bold]{escape(who.name)}[/], {escape(who.firm_latin)} ({language})"
        self._console.print(f"    {head}: {escape(does)}")

    def says(self, text: str, gloss: str | None = None) -> None:
        """What is written, in the language it is written in, and what that means."""
        self._console.print(f"      [yellow]{escape(text)}[/]")
        if gloss:
            self._console.print(f"      [dim]({escape(gloss)})[/]")

    def notes(self, text: str) -> None:
        """A word of explanation."""
        self._console.print(f"      [dim]{escape(text)}[/]")

    def table(self, headings: list[str], rows: list[list[str]]) -> None:
        """A small table."""
        table = Table(show_edge=False, pad_edge=False, box=None, padding=(0, 3, 0, 0))
        for heading in headings:
            table.add_column(heading, style="yellow", header_style="dim", no_wrap=True, overflow="ellipsis")
        for row in rows:
            table.add_row(*(escape(cell) for cell in row))
        self._console.print(Padding(table, (0, 0, 0, 6)))

    def check(self, text: str, holds: bool, otherwise: str = "") -> bool:
        """Whether it is as promised; `otherwise` says what was seen instead."""
        self.checks += 1
        if holds:
            self._console.print(f"    [green]✓[/] {escape(text)}")
            return True
        self.broken.append(f"{self.steps}: {text}")
        self._console.print(f"    [bold red]✗ {escape(text)}[/] {escape(excerpt(otherwise, 300))}")
        return False

    def wait_until(self, moment: float, what: str) -> None:
        """Count down to a moment (seconds since the epoch), visibly."""
        if not self._console.is_terminal:
            self._console.print(f"    … {max(0.0, moment - time.time()):.0f} s until {what}")
            time.sleep(max(0.0, moment - time.time()))
            return
        with self._console.status("") as status:
            while (left := moment - time.time()) > 0:
                status.update(f"{left:.0f} s until {what}")
                time.sleep(min(0.25, left))

    def end(self) -> bool:
        """Whether every check held."""
        if self.broken:
            self._console.print(f"\n[bold red]{len(self.broken)} of {self.checks} checks did not hold:[/]")
            for text in self.broken:
                self._console.print(f"    step {escape(text)}")
        else:
            self._console.print(f"\n{self.steps} steps, {self.checks} checks, all held.")
        return not self.broken
