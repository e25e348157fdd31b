"""The drawings of the demo market's listings: always alike, within their frame, and one for every part of their categories."""

import io

import pytest
from PIL import Image

from app.demo.drawing.board import HEIGHT, WIDTH, Board
from app.demo.drawing.listings import DRAWN_CATEGORIES, draw, key
from app.demo.market import load_products
from app.demo.market.seeds import ProductSeed
from app.documents.inspection import inspect
from app.documents.pictures import render

PARTS = {key(product): product for product in load_products() if product.category_code in DRAWN_CATEGORIES}


def sheet(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("L")


def test_every_drawn_category_is_listed() -> None:
    listed = {product.category_code for product in load_products()}
    assert set(DRAWN_CATEGORIES) <= listed
    assert len(PARTS) > 100


@pytest.mark.parametrize("category", DRAWN_CATEGORIES)
def test_parts_are_drawn_within_their_frame_and_always_alike(category: str) -> None:
    """From the smallest to the largest of a category: nothing reaches the margin, and the sheet is neither empty nor black."""
    parts = [product for product in PARTS.values() if product.category_code == category]
    for product in (parts[0], parts[len(parts) // 2], parts[-1]):
        content = draw(product)
        assert content is not None
        assert inspect("png", content) is None
        drawn = sheet(content)
        assert drawn.size == (WIDTH, HEIGHT)
        inside = drawn.crop((28, 28, WIDTH - 28, HEIGHT - 28))
        drawn.paste(255, (28, 28, WIDTH - 28, HEIGHT - 28))
        assert drawn.getextrema() == (255, 255), product.code
        ink = sum(count for count, shade in inside.getcolors(256) or () if isinstance(shade, int) and shade < 128)
        assert 0.003 < ink / (WIDTH * HEIGHT) < 0.2, product.code
    assert content == draw(parts[-1])


def test_the_same_part_of_two_suppliers_is_one_drawing() -> None:
    by_key: dict[tuple[str, ...], list[ProductSeed]] = {}
    for product in load_products():
        if product.category_code in DRAWN_CATEGORIES:
            by_key.setdefault(key(product), []).append(product)
    shared = [found for found in by_key.values() if len({one.supplier_code for one in found}) > 1]
    assert len(shared) > 20
    for found in shared[:3]:
        assert len({draw(one) for one in found}) == 1


def test_what_is_not_drawn_is_not_drawn() -> None:
    service = next(product for product in load_products() if product.category_code == "pvd-coating-services"
                   or product.category_code.endswith("-services"))  # fmt: skip
    assert draw(service) is None


def test_signs_that_the_font_lacks_are_drawn() -> None:
    """A missing sign would be an empty box, the same for every such sign."""
    seen = set()
    for sign in ("Ø", "x", "-", "±"):
        board = Board()
        board.text((600, 300), sign, size=60)
        seen.add(sheet(board.png()).tobytes())
    assert len(seen) == 4


def test_a_drawing_is_small_in_every_width() -> None:
    content = draw(next(iter(PARTS.values())))
    assert content is not None and len(content) < 40_000
    picture = render("png", io.BytesIO(content), len(content))
    assert sum(len(one.content) for one in picture.renditions if one.format == "webp") < 80_000
