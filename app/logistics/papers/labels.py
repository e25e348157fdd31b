"""A label for one package: its SSCC as a GS1-128 barcode, on a PDF of 105 × 148 mm. Pure.

Titles are those that the GS1 Logistic Label Guideline gives, in English for all readers of the label on the way. The barcode is
Code 128 (ISO/IEC 15417) in set C with a leading FNC1; modules are 0.495 mm wide and bars 32 mm high, as that guideline asks for
logistic units (0.495 to 0.94 mm, at least 31.75 mm).
"""

from collections.abc import Iterator, Sequence

from app.logistics.papers.pdf import MM, page, text

WIDTH_MM, HEIGHT_MM = 105, 148
MODULE_MM, BAR_MM = 0.495, 32

# Widths of bars and spaces in modules, by the symbol's value; the last is the stop symbol.
_WIDTHS = (
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 123122 "
    "123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 232121 111323 "
    "131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 231131 "
    "213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 111422 121124 121421 141122 "
    "141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 124112 "
    "124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141 "
    "411131 211412 211214 211232 2331112"
)
PATTERNS = tuple(_WIDTHS.split())
START_C, FNC1, STOP = 105, 102, 106


def gs1_128(digits: str) -> list[int]:
    """The values of the symbols of an even number of digits in set C, with start, FNC1, check and stop symbol."""
    if len(digits) % 2 or not (digits.isascii() and digits.isdigit()):
        raise ValueError("set C takes an even number of digits")
    data = [FNC1, *(int(digits[at : at + 2]) for at in range(0, len(digits), 2))]
    check = (START_C + sum(place * value for place, value in enumerate(data, 1))) % 103
    return [START_C, *data, check, STOP]


def bars(values: Sequence[int]) -> Iterator[tuple[int, int]]:
    """(left, width) of each bar in modules."""
    at = 0
    for value in values:
        for place, width in enumerate(map(int, PATTERNS[value])):
            if place % 2 == 0:
                yield at, width
            at += width


def label_pdf(sscc: str, *, gross_mass_kg: str, line: int, lines: int, origin: str, destination: str) -> bytes:
    """The label as a PDF. All texts are ASCII; mass in kg, places as UN/LOCODE."""
    values = gs1_128("00" + sscc)
    modules = sum(sum(map(int, PATTERNS[value])) for value in values)
    left = (WIDTH_MM - modules * MODULE_MM) / 2
    drawn = [
        f"{(left + at * MODULE_MM) * MM:.3f} {14 * MM:.3f} {width * MODULE_MM * MM:.3f} {BAR_MM * MM:.3f} re"
        for at, width in bars(values)
    ]
    named = (
        (128, "FROM", origin),
        (110, "TO", destination),
        (92, "GROSS WEIGHT (kg)", gross_mass_kg),
        (74, "LINE", f"{line} / {lines}"),
        (56, "SSCC", sscc),
    )
    texts = []
    for height, title, value in named:
        texts += [text(8, height + 7, 7, title), text(8, height, 15, value)]
    texts.append(text(left, 9, 11, f"(00) {sscc}"))
    return page("\n".join([*drawn, "f", *texts]), WIDTH_MM, HEIGHT_MM)
