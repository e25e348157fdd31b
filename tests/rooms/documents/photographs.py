"""True pictures, as cameras and programs leave them: with a place, a profile, comments, an orientation, several frames."""

import io
import struct
import zlib
from typing import Any

from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

GPS = 0x8825
SECRET = b"WERKHALLE-7"
"""Stands in every place where a file can say something beside its pixels."""


def _saved(image: Image.Image, form: str, **options: Any) -> bytes:
    kept = io.BytesIO()
    image.save(kept, form, **options)
    return kept.getvalue()


def striped(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Red on the left, blue on the right: turned wrongly, it is seen."""
    image = Image.new("RGB", (width, height), (20, 40, 200))
    image.paste((200, 30, 20), (0, 0, width // 2, height))
    return image.convert(mode)


def exif(orientation: int = 1) -> Image.Exif:
    """A maker, a place and an orientation."""
    told = Image.Exif()
    told[0x0112] = orientation
    told[0x010F] = SECRET.decode()
    place = told.get_ifd(GPS)
    place[1], place[2] = "N", (51.0, 12.0, 30.0)
    place[3], place[4] = "E", (7.0, 37.0, 48.0)
    place[29] = SECRET.decode()
    return told


def xmp() -> bytes:
    """A packet of the program's words."""
    return b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a>' + SECRET + b"</a></x:xmpmeta>"


def srgb() -> bytes:
    """A colour profile."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def photograph(width: int = 2000, height: int = 1000, orientation: int = 1) -> bytes:
    """A JPEG that tells all it can."""
    return _saved(
        striped(width, height),
        "JPEG",
        exif=exif(orientation),
        icc_profile=srgb(),
        comment=SECRET,
        xmp=xmp(),
        quality=90,
    )


def png(width: int = 1000, height: int = 500, mode: str = "RGB") -> bytes:
    """A PNG with texts, a place and a profile."""
    texts = PngInfo()
    texts.add_text("Author", SECRET.decode())
    texts.add_itxt("XML:com.adobe.xmp", xmp().decode())
    return _saved(striped(width, height, mode), "PNG", pnginfo=texts, exif=exif(), icc_profile=srgb())


def webp(width: int = 1000, height: int = 500) -> bytes:
    """A WebP with the same."""
    return _saved(striped(width, height), "WEBP", exif=exif().tobytes(), xmp=xmp(), icc_profile=srgb())


def tiff(width: int = 1000, height: int = 500, mode: str = "RGB") -> bytes:
    """A TIFF with two pages and a description."""
    second = Image.new(mode, (width, height))
    tags = {270: SECRET.decode()}
    return _saved(striped(width, height, mode), "TIFF", tiffinfo=tags, save_all=True, append_images=[second])


def avif(width: int = 400, height: int = 200) -> bytes:
    """An AVIF with a place."""
    return _saved(striped(width, height), "AVIF", exif=exif().tobytes())


def animated() -> bytes:
    """A WebP of three frames: the first is striped, the others are white."""
    white = Image.new("RGB", (400, 200), "white")
    return _saved(striped(400, 200), "WEBP", save_all=True, append_images=[white, white], duration=100, lossless=True)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def torn() -> bytes:
    """A PNG whose chunks follow each other, but whose pixels break off."""
    whole = png()
    at = whole.index(b"IDAT") + 60
    return whole[:at] + bytes(100) + whole[at + 100 :]


def _packed(piece: bytes, times: int) -> bytes:
    """The same piece so many times, as zlib writes it; packed once, because packing the whole takes a second."""
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    once = packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)
    sum_ = 1
    for _ in range(times):
        sum_ = zlib.adler32(piece, sum_)
    return b"\x78\xda" + once * times + packer.flush() + struct.pack(">I", sum_)


def bomb(side: int = 16_000) -> bytes:
    """A PNG of a few hundred kilobytes that would take up to a gigabyte: white, and true to the last row."""
    packed = _packed((b"\x00" + b"\xff" * side) * (side // 20), 20)
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def liar(width: int = 2, height: int = 2) -> bytes:
    """A PNG whose text expands to far more than it says."""
    told = _chunk(b"zTXt", b"Comment\x00\x00" + _packed(bytes(10_000_000), 30))
    plain = _saved(striped(width, height), "PNG")
    return plain[:33] + told + plain[33:]
