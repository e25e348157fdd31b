"""Renditions of a picture: turned upright, in sRGB, in a few widths, and without anything that the camera or the program
wrote beside the pixels (EXIF with its GPS position, XMP, colour profile, comments). Pure: an open file in, bytes out.

Run as a program (`python -m app.documents.pictures KIND FOLDER`, the picture on standard input) it writes the renditions
into the folder and tells of them on standard output. That is how the worker uses it: what breaks a decoder, or makes it
work or grow without end, ends that process and nothing else.
"""

import io
import json
import resource
import struct
import sys
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageCms, ImageFile, ImageOps

WIDTHS = (320, 800, 1600)
"""The widths in pixels that renditions fit into. A picture is never enlarged, so a narrow one has fewer renditions."""

MAX_PIXELS = 64_000_000
MAX_BYTES = 40 * 1024 * 1024
MAX_HEIGHT_TO_WIDTH = 2
"""A tall picture is made narrower, so that it is at most twice as high as the width that it fits into."""

CHILD_MEMORY_BYTES = 1536 * 1024 * 1024
CHILD_CPU_SECONDS = 60

FORMATS = {"png": "PNG", "jpeg": "JPEG", "webp": "WEBP", "tiff": "TIFF", "avif": "AVIF"}
"""The kinds that are pictures, and the one decoder that each may reach: the name decides, not the first bytes."""

_ORIENTATION = 0x0112
_SIDEWAYS = frozenset({5, 6, 7, 8})
_QUALITY = 82


class NotRenderable(Exception):
    """`reason` is `damaged` (cut short, or no picture of this kind) or `too-large` (bytes or pixels)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Rendered:
    """One rendition. `format` is `webp` or `jpeg`, `fits_px` the narrowest of `WIDTHS` that it was made for."""

    format: str
    fits_px: int
    width_px: int
    height_px: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Picture:
    """The upright picture's own size, and its renditions from narrow to wide."""

    width_px: int
    height_px: int
    renditions: tuple[Rendered, ...]


def render(kind: str, file: BinaryIO, size_bytes: int) -> Picture:
    """Every rendition of a picture; raises `NotRenderable`. Of an animated or many-paged one, the first frame."""
    if size_bytes > MAX_BYTES:
        raise NotRenderable("too-large")
    try:
        with warnings.catch_warnings():
            # Pillow warns of half a bomb and raises at a whole one; our bound is looked at before any pixel is made.
            warnings.simplefilter("ignore")
            image = Image.open(file, formats=[FORMATS[kind]])
            if image.width * image.height > MAX_PIXELS:
                raise NotRenderable("too-large")
            return _rendered(image)
    except (Image.DecompressionBombError, MemoryError):
        raise NotRenderable("too-large") from None
    except (OSError, ValueError, SyntaxError, TypeError, LookupError, EOFError, OverflowError, struct.error):
        raise NotRenderable("damaged") from None


def _rendered(image: ImageFile.ImageFile) -> Picture:
    width, height = image.size
    if image.getexif().get(_ORIENTATION) in _SIDEWAYS:
        width, height = height, width
    # A JPEG is decoded at a half, a quarter or an eighth of its size when that is still larger than what is wanted.
    image.draft(None, (2 * WIDTHS[-1], 2 * WIDTHS[-1] * MAX_HEIGHT_TO_WIDTH))
    profile = image.info.get("icc_profile")
    upright = ImageOps.exif_transpose(image)
    plain = _in_srgb(upright, profile)
    made: dict[tuple[int, int], int] = {}
    for wanted in WIDTHS:
        made.setdefault(_size(width, height, wanted), wanted)
    return Picture(width, height, tuple(one for size, fits_px in made.items() for one in _at(plain, size, fits_px)))


def _size(width: int, height: int, wanted: int) -> tuple[int, int]:
    """The size that fits into the width asked for, and twice that in height."""
    scale = min(1.0, wanted / width, wanted * MAX_HEIGHT_TO_WIDTH / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture as RGB or RGBA; by its colour profile when it has one that can be read."""
    if image.mode.startswith(("I", "F")):
        image = _eight_bits(image)
    if image.mode in ("P", "PA") or (image.mode in ("1", "L", "RGB") and "transparency" in image.info):
        image = image.convert("RGBA" if "transparency" in image.info or image.mode == "PA" else "RGB")
    elif image.mode == "LA":
        image = image.convert("RGBA")
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    colours = image.convert("RGB") if alpha is not None else image
    if profile:
        colours = _converted(colours, profile)
    colours = colours.convert("RGB")
    # A fresh picture: what stood beside the pixels of the old one stays behind.
    plain = Image.new("RGB", colours.size)
    plain.paste(colours)
    if alpha is not None and alpha.getextrema() != (255, 255):
        plain.putalpha(alpha)
    return plain


def _eight_bits(image: Image.Image) -> Image.Image:
    """Deep greys, spread over what they really hold when that is not the whole of sixteen bits."""
    low, high = (float(end) for end in image.convert("F").getextrema())  # type: ignore[arg-type]
    if low >= 0 and 255 < high <= 65_535:
        low, high = 0.0, 65_535.0
    spread = (high - low) or 1.0
    return image.convert("F").point(lambda value: value * (255 / spread) - low * 255 / spread).convert("L")


def _converted(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        # A profile that does not fit its picture: the numbers are taken for what most pictures mean by them.
        return image
    return converted or image


def _at(plain: Image.Image, size: tuple[int, int], fits_px: int) -> Iterator[Rendered]:
    shown = plain if plain.size == size else plain.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    # A drawing of few tones is smaller and sharper without loss; a photograph is neither.
    few = plain.mode == "RGB" and shown.getcolors(256) is not None
    yield _encoded(shown, "webp", fits_px, lossless=few, quality=60 if few else _QUALITY, method=4)
    if shown.mode == "RGBA":
        ground = Image.new("RGB", shown.size, "white")
        ground.paste(shown, mask=shown.getchannel("A"))
        shown = ground
    yield _encoded(shown, "jpeg", fits_px, quality=_QUALITY, optimize=True, progressive=True)


def _encoded(image: Image.Image, name: str, fits_px: int, **options: object) -> Rendered:
    kept = io.BytesIO()
    image.info.clear()
    image.save(kept, FORMATS[name], **options)
    return Rendered(name, fits_px, image.width, image.height, kept.getvalue())


def main(kind: str, folder: Path) -> None:
    """Render standard input within bounds of memory and time, and tell on standard output what came of it."""
    resource.setrlimit(resource.RLIMIT_AS, (CHILD_MEMORY_BYTES, CHILD_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CHILD_CPU_SECONDS, CHILD_CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    file = sys.stdin.buffer
    try:
        size_bytes = file.seek(0, io.SEEK_END)
        file.seek(0)
        picture = render(kind, file, size_bytes)
    except NotRenderable as refusal:
        told: dict[str, object] = {"reason": refusal.reason}
    else:
        told = {"width_px": picture.width_px, "height_px": picture.height_px, "renditions": []}
        for number, one in enumerate(picture.renditions):
            (folder / str(number)).write_bytes(one.content)
        told["renditions"] = [{**asdict(one), "content": str(n)} for n, one in enumerate(picture.renditions)]
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
