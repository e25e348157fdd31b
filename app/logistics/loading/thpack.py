"""The OR-Library's text format of container loading instances (thpack1 to thpack7), in centimetres.

Source: J. E. Beasley, OR-Library, people.brunel.ac.uk/~mastjjb/jeb/orlib/thpackinfo.html. Number of problems; for each its
number and seed, the container's length, width and height, the number of box types, and for each type its number, three
sides each followed by 1 if it may stand upright, and the number of boxes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.kit.errors import BodyTooLarge, FieldError, Invalid
from app.kit.locales import N_
from app.logistics.loading.cargo import BoxSide, BoxType, LoadSpace
from app.logistics.loading.limits import MAX_BOXES, MAX_FILE_BYTES, MAX_PROBLEMS, MAX_SIDE_MM, MAX_TYPES

_MM = 10
_SIDES = (BoxSide.LENGTH, BoxSide.WIDTH, BoxSide.HEIGHT)
_LONGEST_NUMBER = 12
_MOST = 10**12


@dataclass(frozen=True, slots=True)
class BoxLine:
    """A box type: sides in cm, whether each may stand upright, and how many boxes there are."""

    sides_cm: tuple[int, int, int]
    upright: tuple[bool, bool, bool]
    count: int


@dataclass(frozen=True, slots=True)
class Instance:
    """One instance."""

    number: int
    seed: int
    container_cm: tuple[int, int, int]
    boxes: tuple[BoxLine, ...]

    def box_types(self) -> tuple[BoxType, ...]:
        """Its packing list; box types are called by their numbers from 1."""
        found = []
        for kind, line in enumerate(self.boxes, 1):
            length, width, height = (_MM * side for side in line.sides_cm)
            upright = frozenset(side for side, up in zip(_SIDES, line.upright, strict=True) if up)
            found.append(BoxType(str(kind), str(kind), length, width, height, line.count, upright=upright))
        return tuple(found)

    def space(self) -> LoadSpace:
        """Its container."""
        length, width, height = (_MM * side for side in self.container_cm)
        return LoadSpace("thpack", " × ".join(map(str, self.container_cm)) + " cm", length, width, height)


def _at_line(line: int, code: str, message: str, **params: object) -> Invalid:
    """The refusal of a file because of one line (from 1)."""
    return Invalid(errors=[FieldError(f"#/line/{line}", code, message, params)])


class _Numbers:
    """The whole numbers of a text, one after the other, with the line that each stands in."""

    def __init__(self, text: str) -> None:
        self._words = self._split(text)
        self.line = 1

    @staticmethod
    def _split(text: str) -> Iterator[tuple[int, str]]:
        for line, words in enumerate(text.splitlines(), 1):
            for word in words.split():
                yield line, word

    def next(self, least: int, most: int) -> int:
        """The next number, which must lie within bounds. Raises `Invalid`."""
        found = next(self._words, None)
        if found is None:
            raise _at_line(self.line, "number-missing", N_("The file ends here, but more numbers are needed."))
        self.line, word = found
        if len(word) > _LONGEST_NUMBER or not (word.isascii() and word.removeprefix("-").isdigit()):
            raise _at_line(self.line, "not-a-number", N_("“{word}” is no whole number."), word=_printable(word))
        number = int(word)
        if not least <= number <= most:
            message = N_("{number} lies outside {least} to {most}.")
            raise _at_line(self.line, "out-of-range", message, number=number, least=least, most=most)
        return number

    def three(self, most: int) -> tuple[int, int, int]:
        """Three positive numbers."""
        return self.next(1, most), self.next(1, most), self.next(1, most)

    def end(self) -> None:
        """Nothing may follow."""
        found = next(self._words, None)
        if found is not None:
            raise _at_line(found[0], "too-much", N_("More numbers follow than the file announced."))


def _printable(word: str) -> str:
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in word[:20])


def read(data: bytes) -> tuple[Instance, ...]:
    """The instances of a file. Raises `BodyTooLarge`, or `Invalid`, which names the first line that is wrong."""
    if len(data) > MAX_FILE_BYTES:
        raise BodyTooLarge(limit_bytes=MAX_FILE_BYTES)
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise _at_line(line, "not-text", N_("Only digits, blanks and line ends belong into this file.")) from None
    numbers = _Numbers(text)
    problems = tuple(_problem(numbers) for _ in range(numbers.next(1, MAX_PROBLEMS)))
    numbers.end()
    return problems


def _problem(numbers: _Numbers) -> Instance:
    number, seed = numbers.next(0, _MOST), numbers.next(0, _MOST)
    container = numbers.three(MAX_SIDE_MM // _MM)
    lines = []
    boxes = 0
    for _ in range(numbers.next(1, MAX_TYPES)):
        numbers.next(0, _MOST)
        sides, upright = [], []
        for _ in range(3):
            sides.append(numbers.next(1, MAX_SIDE_MM // _MM))
            upright.append(bool(numbers.next(0, 1)))
        if not any(upright):
            raise _at_line(numbers.line, "no-side-upright", N_("No side of this box may stand upright."))
        count = numbers.next(0, MAX_BOXES)
        boxes += count
        if boxes > MAX_BOXES:
            message = N_("A load may have at most {max_boxes} boxes.")
            raise _at_line(numbers.line, "too-many-boxes", message, max_boxes=MAX_BOXES)
        lines.append(BoxLine((sides[0], sides[1], sides[2]), (upright[0], upright[1], upright[2]), count))
    return Instance(number, seed, container, tuple(lines))


def write(problems: Sequence[Instance]) -> str:
    """The instances in the same format."""
    lines = [f" {len(problems)}"]
    for one in problems:
        lines += [f" {one.number} {one.seed}", " {} {} {}".format(*one.container_cm), f" {len(one.boxes)}"]
        for kind, box in enumerate(one.boxes, 1):
            pairs = " ".join(f"{side} {int(up)}" for side, up in zip(box.sides_cm, box.upright, strict=True))
            lines.append(f" {kind} {pairs} {box.count}")
    return "\n".join(lines) + "\n"
