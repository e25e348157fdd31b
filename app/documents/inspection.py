"""Structural checks of uploaded files. Pure: bytes in, a reason for refusal out. Nothing is unpacked to disk or executed.

They find what has no place in a drawing or a model: scripts, program starts, embedded files, archives that would explode,
pictures without bounds. They are no virus scanner; an operator who wants one puts it before the file store.
"""

import mmap
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import BinaryIO, Protocol, cast

from app.documents.states import ScanReason


class Content(Protocol):
    """A whole file: `bytes` or a memory map, which the operating system pages in as it is read."""

    def __len__(self) -> int: ...
    def __getitem__(self, part: slice, /) -> bytes: ...
    def find(self, sub: bytes, start: int = ..., end: int = ..., /) -> int: ...


MAX_ENTRIES = 10_000
MAX_DIRECTORY_BYTES = 4 * 1024 * 1024
MAX_UNPACKED_BYTES = 1024**3
MAX_RATIO = 200
MAX_SIDE = 40_000
MAX_PIXELS = 300_000_000
MAX_STREAM_BYTES = 16 * 1024 * 1024
MAX_STREAMS_BYTES = 128 * 1024 * 1024
_TAIL = 4096

# The industry's agreed test pattern, cut in two so that no scanner takes this file for it.
_EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}" + b"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
_PDF_NAME = re.compile(rb"/((?:[A-Za-z]|#[0-9A-Fa-f]{2}){3,40})(?=[\x00\s()<>\[\]{}/%]|$)")
_PDF_ACTIVE = frozenset({b"JavaScript", b"Launch", b"EmbeddedFile", b"EmbeddedFiles", b"RichMedia", b"XFA"})
_PROGRAMS = (
    ".exe", ".dll", ".scr", ".com", ".bat", ".cmd", ".ps1", ".vbs", ".vbe", ".js", ".jse", ".wsf", ".hta", ".msi",
    ".lnk", ".jar", ".sh", ".app", ".pif", ".reg", ".html", ".htm", ".svg",
)  # fmt: skip


def inspect(kind: str, content: Content) -> ScanReason | None:
    """Why a file of this kind is refused, or None when nothing speaks against it."""
    if content.find(_EICAR) >= 0:
        return ScanReason.TEST_VIRUS
    try:
        return _CHECKS[kind](content)
    except (ValueError, LookupError, struct.error, zipfile.BadZipFile, NotImplementedError, OverflowError):
        return ScanReason.STRUCTURE


def inspect_file(kind: str, file: BinaryIO) -> ScanReason | None:
    """`inspect` of an open file on disk."""
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return inspect(kind, cast(Content, content))


def _pdf(content: Content) -> ScanReason | None:
    if content[:5] != b"%PDF-" or b"%%EOF" not in content[max(0, len(content) - _TAIL) :]:
        return ScanReason.STRUCTURE
    inflated = 0
    for name, end in _pdf_names(content):
        if name == b"Encrypt":
            return ScanReason.ENCRYPTED
        if name in _PDF_ACTIVE:
            return ScanReason.ACTIVE_CONTENT
        if name == b"ObjStm":
            # Objects may stand inside a compressed stream: look into it, within bounds.
            found = _object_stream(content, end)
            if isinstance(found, ScanReason):
                return found
            inflated += len(found)
            if inflated > MAX_STREAMS_BYTES:
                return ScanReason.TOO_COMPLEX
            if any(inner in _PDF_ACTIVE for inner, _ in _pdf_names(found)):
                return ScanReason.ACTIVE_CONTENT
    return None


def _pdf_names(content: Content) -> Iterator[tuple[bytes, int]]:
    """(name with its escapes resolved, where it ends) of everything that reads like a name."""
    for found in _PDF_NAME.finditer(cast(bytes, content)):
        raw = found.group(1)
        name = re.sub(rb"#([0-9A-Fa-f]{2})", lambda code: bytes([int(code.group(1), 16)]), raw) if b"#" in raw else raw
        yield name, found.end()


def _object_stream(content: Content, at: int) -> bytes | ScanReason:
    opening = re.compile(rb"stream\r?\n").search(cast(bytes, content), at, min(len(content), at + _TAIL))
    if opening is None:
        # A name in a text or a comment, not a stream's dictionary.
        return b""
    head = content[max(0, at - 512) : opening.start()]
    dictionary = head[head.rfind(b" obj") :] if b" obj" in head else head
    end = content.find(b"endstream", opening.end())
    data = content[opening.end() : end if end >= 0 else len(content)]
    filters = re.findall(rb"/(\w+Decode|Crypt)\b", dictionary)
    if not filters:
        return data[:MAX_STREAM_BYTES]
    if filters != [b"FlateDecode"]:
        return ScanReason.STRUCTURE
    unpacker = zlib.decompressobj()
    try:
        plain = unpacker.decompress(data, MAX_STREAM_BYTES)
    except zlib.error:
        return ScanReason.STRUCTURE
    return ScanReason.TOO_COMPLEX if unpacker.unconsumed_tail else plain


def _bounded(width: int, height: int) -> ScanReason | None:
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE) or width * height > MAX_PIXELS:
        return ScanReason.TOO_COMPLEX
    return None


def _png(content: Content) -> ScanReason | None:
    if content[:8] != b"\x89PNG\r\n\x1a\n" or content[12:16] != b"IHDR":
        return ScanReason.STRUCTURE
    width, height = struct.unpack(">II", content[16:24])
    at = 8
    while at + 12 <= len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        if content[at + 4 : at + 8] == b"IEND":
            return _bounded(width, height)
        at += 12 + int(length)
    return ScanReason.STRUCTURE


def _jpeg(content: Content) -> ScanReason | None:
    if content[:2] != b"\xff\xd8" or b"\xff\xd9" not in content[max(0, len(content) - _TAIL) :]:
        return ScanReason.STRUCTURE
    at = 2
    while at + 4 <= len(content):
        marker = content[at : at + 2]
        if marker[0] != 0xFF:
            return ScanReason.STRUCTURE
        if marker[1] == 0xFF:
            at += 1
            continue
        if marker[1] in range(0xC0, 0xD0) and marker[1] not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return _bounded(width, height)
        (length,) = struct.unpack(">H", content[at + 2 : at + 4])
        at += 2 + max(2, int(length))
    return ScanReason.STRUCTURE


def _webp(content: Content) -> ScanReason | None:
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP":
        return ScanReason.STRUCTURE
    (size,) = struct.unpack("<I", content[4:8])
    if size + 8 > len(content):
        return ScanReason.STRUCTURE
    kind = content[12:16]
    if kind == b"VP8X":
        width = int.from_bytes(content[24:27], "little") + 1
        height = int.from_bytes(content[27:30], "little") + 1
    elif kind == b"VP8L" and content[20:21] == b"\x2f":
        bits = int.from_bytes(content[21:25], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 " and content[23:26] == b"\x9d\x01\x2a":
        width, height = (side & 0x3FFF for side in struct.unpack("<HH", content[26:30]))
    else:
        return ScanReason.STRUCTURE
    return _bounded(width, height)


def _tiff(content: Content) -> ScanReason | None:
    """The size that the first directory tells. Only the first page is ever shown."""
    order = {b"II": "<", b"MM": ">"}[content[:2]]
    (at,) = struct.unpack(order + "I", content[4:8])
    (entries,) = struct.unpack(order + "H", content[at : at + 2])
    sides: dict[int, int] = {}
    for start in range(at + 2, at + 2 + 12 * entries, 12):
        tag, form = struct.unpack(order + "HH", content[start : start + 4])
        if tag in (256, 257):
            short = form == 3
            value = content[start + 8 : start + (10 if short else 12)]
            (sides[tag],) = struct.unpack(order + ("H" if short else "I"), value)
    return _bounded(sides.get(256, 0), sides.get(257, 0))


def _avif(content: Content) -> ScanReason | None:
    """Boxes that follow each other to the end, and the largest size that one of them tells."""
    at = 0
    boxes: set[bytes] = set()
    while at + 8 <= len(content) and len(boxes) < MAX_ENTRIES:
        (length,) = struct.unpack(">I", content[at : at + 4])
        boxes.add(content[at + 4 : at + 8])
        if length == 1:
            (length,) = struct.unpack(">Q", content[at + 8 : at + 16])
        at = len(content) if length == 0 else at + max(8, int(length))
    if at != len(content) or not {b"ftyp", b"meta", b"mdat"} <= boxes:
        return ScanReason.STRUCTURE
    found = list(re.finditer(rb"ispe\x00{4}(.{8})", content[: 1024 * 1024], re.DOTALL))
    sizes = [struct.unpack(">II", one.group(1)) for one in found]
    return next(filter(None, (_bounded(*size) for size in sizes)), None) if sizes else ScanReason.STRUCTURE


def _step(content: Content) -> ScanReason | None:
    """ISO 10303-21: header and data sections between the two framing keywords."""
    head, tail = content[: 64 * 1024], content[max(0, len(content) - _TAIL) :]
    parts = (b"ISO-10303-21;" in head[:200], b"HEADER;" in head, b"FILE_SCHEMA" in head, content.find(b"DATA") >= 0)
    return None if all(parts) and b"END-ISO-10303-21;" in tail else ScanReason.STRUCTURE


def _iges(content: Content) -> ScanReason | None:
    """Lines of 80 columns whose 73rd names the section; the terminate section comes last."""
    first = content[:80]
    last = content[max(0, len(content) - 200) :].rstrip(b"\r\n \x00").splitlines()[-1]
    return None if first[72:73] in (b"S", b"C") and last.ljust(80)[72:73] == b"T" else ScanReason.STRUCTURE


def _stl(content: Content) -> ScanReason | None:
    if len(content) >= 84:
        (triangles,) = struct.unpack("<I", content[80:84])
        if len(content) == 84 + 50 * triangles:
            return None
    text = content[:_TAIL].lstrip().lower().startswith(b"solid") and content.find(b"facet") >= 0
    return None if text and b"endsolid" in content[max(0, len(content) - _TAIL) :].lower() else ScanReason.STRUCTURE


def _dxf(content: Content) -> ScanReason | None:
    if content[:22] == b"AutoCAD Binary DXF\r\n\x1a\x00":
        return None
    ends = re.search(rb"0\s*\r?\n\s*EOF\s*$", content[max(0, len(content) - 200) :]) is not None
    return None if ends and content.find(b"SECTION") >= 0 and content.find(b"\x00") < 0 else ScanReason.STRUCTURE


def _text(content: Content) -> ScanReason | None:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return None
    return None if content.find(b"\x00") < 0 else ScanReason.STRUCTURE


def _xml(content: Content) -> ScanReason | None:
    """Data, not a page or a drawing that could run something in a browser."""
    head = content[:_TAIL]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.decode("utf-16", "ignore").encode()
    elif content.find(b"\x00") >= 0:
        return ScanReason.STRUCTURE
    active = re.search(rb"<([a-z]+:)?(html|svg|script|xsl:stylesheet)\b|<\?xml-stylesheet", head, re.IGNORECASE)
    return ScanReason.ACTIVE_CONTENT if active else None


def _directory(content: Content) -> list[zipfile.ZipInfo] | ScanReason:
    """The archive's table of contents, after its announced size was found to be within bounds."""
    at = content[max(0, len(content) - 66_000) :].rfind(b"PK\x05\x06")
    if at < 0:
        return ScanReason.STRUCTURE
    end = content[max(0, len(content) - 66_000) + at :][:22]
    entries, size = struct.unpack("<H", end[10:12])[0], struct.unpack("<I", end[12:16])[0]
    if entries > MAX_ENTRIES or size > MAX_DIRECTORY_BYTES:
        return ScanReason.TOO_COMPLEX
    source = BytesIO(content) if isinstance(content, bytes) else cast(BinaryIO, content)
    with zipfile.ZipFile(source) as archive:
        return archive.infolist()


def _archive(content: Content) -> list[zipfile.ZipInfo] | ScanReason:
    found = _directory(content)
    if isinstance(found, ScanReason):
        return found
    if len(found) > MAX_ENTRIES:
        return ScanReason.TOO_COMPLEX
    for entry in found:
        if entry.flag_bits & 0x1:
            return ScanReason.ENCRYPTED
        steps = re.split(r"[/\\]", entry.orig_filename)
        if ".." in steps or entry.orig_filename.startswith(("/", "\\")) or ":" in steps[0]:
            return ScanReason.UNSAFE_PATH
        if entry.external_attr >> 28 == 0xA:
            return ScanReason.UNSAFE_PATH
        if entry.filename.lower().endswith(_PROGRAMS):
            return ScanReason.ACTIVE_CONTENT
    unpacked = sum(entry.file_size for entry in found)
    if unpacked > MAX_UNPACKED_BYTES or unpacked > MAX_RATIO * max(len(content), 1024):
        return ScanReason.TOO_COMPLEX
    return found


def _zip(content: Content) -> ScanReason | None:
    found = _archive(content)
    return found if isinstance(found, ScanReason) else None


def _xlsx(content: Content) -> ScanReason | None:
    found = _archive(content)
    if isinstance(found, ScanReason):
        return found
    names = {entry.filename.lower() for entry in found}
    if not {"[content_types].xml", "xl/workbook.xml"} <= names:
        return ScanReason.STRUCTURE
    active = any(name.endswith("vbaproject.bin") or "/embeddings/" in name or "/activex/" in name for name in names)
    return ScanReason.ACTIVE_CONTENT if active else None


def _3mf(content: Content) -> ScanReason | None:
    found = _archive(content)
    if isinstance(found, ScanReason):
        return found
    names = {entry.filename.lower() for entry in found}
    return None if "[content_types].xml" in names and any(n.endswith(".model") for n in names) else ScanReason.STRUCTURE


_CHECKS: dict[str, Callable[[Content], ScanReason | None]] = {
    "pdf": _pdf,
    "png": _png,
    "jpeg": _jpeg,
    "webp": _webp,
    "tiff": _tiff,
    "avif": _avif,
    "step": _step,
    "iges": _iges,
    "stl": _stl,
    "3mf": _3mf,
    "dxf": _dxf,
    "xlsx": _xlsx,
    "zip": _zip,
    "csv": _text,
    "txt": _text,
    "xml": _xml,
}
