"""What is drawn for a listing of the demo market: the picture of its middle size, by the attributes that it names."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from app.demo.drawing import flat_parts as flat
from app.demo.drawing import round_parts as turned
from app.demo.drawing.board import Board
from app.demo.market.seeds import ListedRange, ProductSeed, VariantSeed

TWO_PLATE = (25.0, 50, 50, 30, 60, 25)
THREE_PLATE = (30.0, 20, 50, 50, 30, 60, 25)


def draw(product: ProductSeed) -> bytes | None:
    """A PNG of the listing's middle size, or None for what is not drawn."""
    drawn = _DRAWN.get(product.category_code)
    if drawn is None:
        return None
    variant = middle(product)
    board = Board()
    drawn(board, _Sizes(product, variant))
    board.title(variant.label, _said(product.attributes))
    return board.png()


def key(product: ProductSeed) -> tuple[str, ...]:
    """Listings with the same key have the same picture."""
    return (product.category_code, middle(product).label, *_said(product.attributes))


def middle(product: ProductSeed) -> VariantSeed:
    """The size in the middle of a listing's sizes."""
    return product.variants[len(product.variants) // 2]


class _Sizes:
    """The figures that a drawing needs."""

    def __init__(self, product: ProductSeed, variant: VariantSeed) -> None:
        self._attributes = product.attributes
        self.length = float(variant.length_mm or 0)
        self.width = float(variant.width_mm or 0)
        self.height = float(variant.height_mm or 0)
        self.wide = max(self.length, self.width)
        self.deep = min(self.length, self.width)

    def __getitem__(self, name: str) -> float:
        value: Any = self._attributes[name]
        return float(value.minimum if isinstance(value, ListedRange) else value)


def _pin(board: Board, sizes: _Sizes) -> None:
    d = sizes["diameter"]
    turned.pin(board, d, sizes.length, head=d + max(2.0, d * 0.5), head_height=max(2.0, min(8.0, d * 0.4)))


def _angle_pin(board: Board, sizes: _Sizes) -> None:
    d = sizes["diameter"]
    turned.pin(board, d, sizes.length, head=d + 5, head_height=8, angled=True)


def _sleeve(board: Board, sizes: _Sizes) -> None:
    inner, outer = sizes["inner_diameter"], sizes["outer_diameter"]
    turned.sleeve(board, inner, outer, sizes.length, head=outer + max(3.0, outer * 0.4), head_height=5)


def _blade(board: Board, sizes: _Sizes) -> None:
    flat.plate(board, sizes.length, sizes["blade_width"], sizes["blade_thickness"], holes=False)


_DRAWN: Mapping[str, Callable[[Board, _Sizes], None]] = {
    "ejector-pins": _pin,
    "return-pins": _pin,
    "angle-pins": _angle_pin,
    "ejector-sleeves": _sleeve,
    "guide-bushes": _sleeve,
    "blade-ejectors": _blade,
    "guide-pillars": lambda board, sizes: turned.pillar(board, sizes["diameter"], sizes.length),
    "sprue-bushes": lambda board, sizes: turned.sprue_bush(
        board, sizes["diameter"], sizes["orifice_diameter"], sizes["spherical_radius"], sizes.length
    ),
    "locating-rings": lambda board, sizes: turned.ring(board, sizes["diameter"], sizes.height),
    "die-springs": lambda board, sizes: turned.spring(board, sizes["diameter"], sizes.length),
    "o-rings": lambda board, sizes: turned.o_ring(board, sizes.length, sizes.height),
    "wear-plates": lambda board, sizes: flat.plate(board, sizes.length, sizes.width, sizes.height, plugs=True),
    "mould-plates": lambda board, sizes: flat.plate(board, sizes.length, sizes.width, sizes.height),
    "plastic-mould-steel": lambda board, sizes: flat.block(board, sizes.length, sizes.width, sizes.height),
    "hot-work-steel": lambda board, sizes: flat.block(board, sizes.length, sizes.width, sizes.height),
    "copper-blanks": lambda board, sizes: flat.block(board, sizes.length, sizes.width, sizes.height),
    "graphite-blanks": lambda board, sizes: flat.block(board, sizes.length, sizes.width, sizes.height),
    "two-plate-mould-bases": lambda board, sizes: flat.mould_base(
        board, sizes.length, sizes.width, sizes.height, sizes["guide_diameter"], TWO_PLATE
    ),
    "three-plate-mould-bases": lambda board, sizes: flat.mould_base(
        board, sizes.length, sizes.width, sizes.height, sizes["guide_diameter"], THREE_PLATE
    ),
    "die-sets": lambda board, sizes: flat.die_set(
        board, sizes.length, sizes.width, sizes.height, sizes["guide_diameter"]
    ),
}
"""By category."""

DRAWN_CATEGORIES = tuple(_DRAWN)


def _said(attributes: Mapping[str, Any]) -> list[str]:
    """Material, hardness and standard: codes that read the same in every language."""
    said = []
    for name in ("steel", "plate_steel", "copper_grade"):
        if isinstance(attributes.get(name), str):
            said.append(str(attributes[name]).upper())
    hardness = attributes.get("hardness")
    if isinstance(hardness, ListedRange):
        said.append(f"{_plain(hardness.minimum)}–{_plain(hardness.maximum)} HRC")
    for name in ("dimension_standard", "mould_base_standard"):
        standard = attributes.get(name)
        if isinstance(standard, str) and standard != "works-standard":
            said.append(standard.upper().replace("-", " "))
    return [*[*said, "", ""][:2], "mm", *said[2:]]


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")
