"""German writes in one word what others write in three: `Auswerferstift`, `Heißkanaldüse`. A listing is found by the parts
too, so words are taken apart where all their parts are such as names of the trade are made of. Pure.
"""

from collections.abc import Iterable
from functools import lru_cache

from app.catalog.definitions import data_file
from app.catalog.search.words import fold, stem

LINKS = ("", "s", "n", "en", "es", "er", "e")
"""What may stand between two parts: Führung·s·säule, Düse·n·spitze."""


class Compounds:
    """Takes German words apart by the parts that it knows. Filled once, then only read."""

    def __init__(self, parts: Iterable[str]) -> None:
        self._parts = {fold(part) for part in parts}
        self._stems = {stem(part, "de") for part in self._parts}
        self._shortest = min(map(len, self._parts))
        self.parts = lru_cache(maxsize=65536)(self._split)

    def _split(self, word: str) -> tuple[str, ...]:
        """The stems of the parts of a folded word, first to last; empty for what is no compound of known parts.

        As few parts as can be, and among these the longest last one: it says what the thing is.
        """
        best: dict[int, tuple[str, ...]] = {len(word): ()}
        for start in range(len(word) - self._shortest, -1, -1):
            for end in range(start + self._shortest, len(word) + 1):
                if end - start == len(word) or not self._is_part(word[start:end], last=end == len(word)):
                    continue
                for rest in self._after(word, end, best):
                    found = (stem(word[start:end], "de"), *rest)
                    if start not in best or len(found) < len(best[start]):
                        best[start] = found
        return best.get(0, ())

    @staticmethod
    def _after(word: str, end: int, best: dict[int, tuple[str, ...]]) -> Iterable[tuple[str, ...]]:
        if end == len(word):
            yield ()
            return
        for link in LINKS:
            if word.startswith(link, end) and end + len(link) < len(word) and end + len(link) in best:
                yield best[end + len(link)]

    def _is_part(self, candidate: str, *, last: bool) -> bool:
        """The last part may be inflected; those before it stand as they are."""
        return candidate in self._parts or (last and stem(candidate, "de") in self._stems)


@lru_cache(maxsize=1)
def trade_compounds() -> Compounds:
    """Those of the data file, read once."""
    said = data_file("compound_parts.yaml")
    return Compounds(said["de"].split())
