"""Renditions of true and hostile pictures: upright, in sRGB, never enlarged, and without a word beside the pixels."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from app.documents.inspection import inspect
from app.documents.pictures import MAX_PIXELS, NotRenderable, Picture, render
from app.documents.states import ScanReason
from tests.rooms.documents import photographs as photos
from tests.rooms.documents import samples


def rendered(kind: str, content: bytes) -> Picture:
    return render(kind, io.BytesIO(content), len(content))


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


TRUE = {
    "jpeg": photos.photograph(),
    "png": photos.png(),
    "webp": photos.webp(),
    "tiff": photos.tiff(),
    "avif": photos.avif(),
}


@pytest.mark.parametrize("kind", TRUE)
def test_nothing_but_pixels_is_left(kind: str) -> None:
    content = TRUE[kind]
    assert inspect(kind, content) is None
    assert photos.SECRET in content, "the original tells something"
    picture = rendered(kind, content)
    assert {one.format for one in picture.renditions} == {"webp", "jpeg"}
    for one in picture.renditions:
        assert photos.SECRET not in one.content
        for mark in (b"Exif", b"EXIF", b"XMP", b"xmpmeta", b"ICC", b"acsp", b"GPS", b"Comment"):
            assert mark not in one.content, (one.format, mark)
        image = opened(one.content)
        image.load()
        assert dict(image.getexif()) == {}
        assert not image.info.keys() & {"exif", "icc_profile", "xmp", "comment", "photoshop", "XML:com.adobe.xmp"}
        assert image.size == (one.width_px, one.height_px)
        assert image.format == one.format.upper()


def test_the_widths_and_that_nothing_is_enlarged() -> None:
    def sizes(width: int, height: int) -> list[tuple[int, int, int]]:
        found = rendered("png", photos.png(width, height)).renditions
        assert [one.format for one in found] == ["webp", "jpeg"] * (len(found) // 2)
        return [(one.fits_px, one.width_px, one.height_px) for one in found[::2]]

    assert sizes(2000, 1000) == [(320, 320, 160), (800, 800, 400), (1600, 1600, 800)]
    assert sizes(1000, 500) == [(320, 320, 160), (800, 800, 400), (1600, 1000, 500)]
    assert sizes(500, 500) == [(320, 320, 320), (800, 500, 500)]
    assert sizes(320, 20) == [(320, 320, 20)]
    assert sizes(1, 1) == [(320, 1, 1)]
    assert sizes(100, 4000) == [(320, 16, 640), (800, 40, 1600), (1600, 80, 3200)], "a tall picture is narrower"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_upright(orientation: int) -> None:
    picture = rendered("jpeg", photos.photograph(800, 400, orientation))
    sideways = orientation > 4
    assert (picture.width_px, picture.height_px) == ((400, 800) if sideways else (800, 400))
    widest = opened(picture.renditions[-1].content).convert("RGB")
    assert (widest.width > widest.height) is not sideways
    # Where the red half went: left, or at top for the turned ones; mirrored and upside-down ones the other way.
    first, last = (10, 10), (widest.width - 10, widest.height - 10)
    red_first = orientation in (1, 4, 5, 6)
    red, blue = (first, last) if red_first else (last, first)
    assert widest.getpixel(red)[0] > 150 > widest.getpixel(red)[2]  # type: ignore[index]
    assert widest.getpixel(blue)[2] > 150 > widest.getpixel(blue)[0]  # type: ignore[index]


def test_colours_are_those_of_the_profile() -> None:
    """A picture whose profile says that its numbers are XYZ-like looks otherwise without it."""
    wide = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    kept = io.BytesIO()
    lab = Image.new("LAB", (400, 200), (140, 200, 190))
    lab.save(kept, "TIFF", icc_profile=wide.tobytes())
    shown = opened(rendered("tiff", kept.getvalue()).renditions[0].content).convert("RGB").getpixel((10, 10))
    expected = ImageCms.profileToProfile(lab, wide, ImageCms.createProfile("sRGB"), outputMode="RGB")
    assert expected is not None
    wanted = expected.getpixel((10, 10))
    assert all(abs(a - b) < 6 for a, b in zip(shown, wanted, strict=True))  # type: ignore[arg-type]


def test_a_profile_that_is_none_is_left_aside() -> None:
    kept = io.BytesIO()
    photos.striped(400, 200).save(kept, "JPEG", icc_profile=b"no profile at all" * 20)
    assert rendered("jpeg", kept.getvalue()).width_px == 400


def test_of_an_animated_or_many_paged_picture_the_first_frame() -> None:
    for kind, content in (("webp", photos.animated()), ("tiff", photos.tiff(400, 200))):
        shown = opened(rendered(kind, content).renditions[0].content).convert("RGB")
        red, _, blue = shown.getpixel((10, 100))  # type: ignore[misc]
        assert red > 150 > blue


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_pixels(mode: str) -> None:
    image = Image.new(mode, (400, 200), 60_000 if mode == "I;16" else None)
    kept = io.BytesIO()
    image.save(kept, "PNG")
    picture = rendered("png", kept.getvalue())
    assert len(picture.renditions) == 4
    if mode == "I;16":
        assert opened(picture.renditions[1].content).convert("L").getpixel((5, 5)) in range(230, 238)


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "CMYK", "I", "F", "I;16"])
def test_every_kind_of_tiff(mode: str) -> None:
    kept = io.BytesIO()
    Image.new(mode, (400, 200)).save(kept, "TIFF")
    assert len(rendered("tiff", kept.getvalue()).renditions) == 4


def test_what_is_clear_stays_clear_in_webp_and_is_white_in_jpeg() -> None:
    kept = io.BytesIO()
    Image.new("RGBA", (400, 200), (0, 0, 0, 0)).save(kept, "PNG")
    webp, jpeg = rendered("png", kept.getvalue()).renditions[:2]
    assert opened(webp.content).convert("RGBA").getpixel((5, 5))[3] == 0  # type: ignore[index]
    assert min(opened(jpeg.content).convert("RGB").getpixel((5, 5))) > 250  # type: ignore[type-var,arg-type]


@pytest.mark.parametrize(
    ("kind", "content", "reason"),
    [
        ("png", samples.png(side_one := 20_000, side_one), "too-large"),
        ("png", photos.bomb(), "too-large"),
        ("png", photos.liar(), "damaged"),
        ("jpeg", TRUE["jpeg"][: len(TRUE["jpeg"]) // 2], "damaged"),
        ("png", TRUE["png"][:-400], "damaged"),
        ("webp", TRUE["webp"][:-4_00], "damaged"),
        ("tiff", TRUE["tiff"][:300], "damaged"),
        ("avif", TRUE["avif"][:-100], "damaged"),
        ("jpeg", samples.jpeg(), "damaged"),
        ("webp", samples.webp(), "damaged"),
        ("png", TRUE["jpeg"], "damaged"),
        ("jpeg", TRUE["png"], "damaged"),
        ("png", b"", "damaged"),
        ("jpeg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "damaged"),
    ],
)
def test_bombs_and_broken_ones_are_refused(kind: str, content: bytes, reason: str) -> None:
    with pytest.raises(NotRenderable) as refused:
        rendered(kind, content)
    assert refused.value.reason == reason


def test_a_bomb_is_seen_before_its_pixels_are_made() -> None:
    """The structural checks bound what a file may claim; the pixels that are rendered are bounded closer."""
    content = photos.bomb()
    assert len(content) < 1_000_000 < 16_000**2 / 3 and MAX_PIXELS < 16_000**2
    assert inspect("png", content) is None
    assert inspect("png", samples.png(30_000, 30_000)) is ScanReason.TOO_COMPLEX


def test_too_many_bytes() -> None:
    with pytest.raises(NotRenderable) as refused:
        render("png", io.BytesIO(TRUE["png"]), 41 * 1024 * 1024)
    assert refused.value.reason == "too-large"


def test_the_process_lives_within_bounds(tmp_path: Path) -> None:
    """What eats memory without end ends the process, not the machine."""
    eater = "import sys; from app.documents import pictures as p; p.render = lambda *a: bytearray(4 << 30); p.main('png', 0)"
    ended = subprocess.run([sys.executable, "-c", eater], stdin=subprocess.DEVNULL, capture_output=True)
    assert ended.returncode != 0
    assert b"MemoryError" in ended.stderr
