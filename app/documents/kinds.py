"""Which kinds of files are accepted, how a content is recognized from its first bytes, and what a safe name is."""

import codecs
import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote

import puremagic

HEAD_BYTES = 4096
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff/\\]")
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
_ASCII_UNSAFE = re.compile(r"[^A-Za-z0-9._ -]")


@dataclass(frozen=True, slots=True)
class Kind:
    """One accepted kind. `media_type` is what we serve; what an uploader calls it beside `aliases` is a mismatch."""

    code: str
    extensions: tuple[str, ...]
    media_type: str
    aliases: tuple[str, ...] = ()


KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind("pdf", (".pdf",), "application/pdf"),
        Kind("png", (".png",), "image/png"),
        Kind("jpeg", (".jpg", ".jpeg"), "image/jpeg", ("image/pjpeg",)),
        Kind("webp", (".webp",), "image/webp"),
        Kind("tiff", (".tif", ".tiff"), "image/tiff"),
        Kind("avif", (".avif",), "image/avif"),
        Kind("step", (".step", ".stp", ".p21"), "model/step", ("application/step", "application/x-step")),
        Kind("iges", (".iges", ".igs"), "model/iges", ("application/iges",)),
        Kind("stl", (".stl",), "model/stl", ("application/sla", "application/vnd.ms-pki.stl", "model/x.stl-binary")),
        Kind("3mf", (".3mf",), "model/3mf", ("application/vnd.ms-package.3dmanufacturing-3dmodel+xml",)),
        Kind("dxf", (".dxf",), "image/vnd.dxf", ("application/dxf", "image/x-dxf")),
        Kind(
            "xlsx",
            (".xlsx",),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        Kind("zip", (".zip",), "application/zip", ("application/x-zip-compressed",)),
        Kind("csv", (".csv",), "text/csv", ("application/csv", "application/vnd.ms-excel", "text/plain")),
        Kind("txt", (".txt",), "text/plain"),
        Kind("xml", (".xml",), "application/xml", ("text/xml",)),
    )
}
_BY_EXTENSION = {extension: kind for kind in KINDS.values() for extension in kind.extensions}
_KNOWN_TYPES = {name for kind in KINDS.values() for name in (kind.media_type, *kind.aliases)} | {
    "text/html", "image/svg+xml", "application/javascript", "text/javascript", "application/x-msdownload",
    "application/xml", "text/xml", "image/gif", "application/json",
}  # fmt: skip
_ZIPPED = frozenset({"3mf", "xlsx", "zip"})
PICTURES = frozenset({"png", "jpeg", "webp", "tiff", "avif"})
"""Kinds of which everybody but the owner sees renditions alone."""
MEDIA = PICTURES | {"pdf", "step", "iges", "stl", "3mf", "dxf"}
"""Kinds that can be shown with a listing."""


def accepted_extensions() -> tuple[str, ...]:
    """For messages: every extension that is accepted."""
    return tuple(sorted(_BY_EXTENSION))


def safe_name(given: str) -> str:
    """A name to show and to save under: no folder, no control or direction character, at most 200 characters.

    Kept as the uploader wrote it otherwise, in his own script.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", given))[-1]
    name = _CONTROL.sub("", last).strip(" .")
    stem, dot, extension = name.rpartition(".")
    if not dot:
        stem, extension = name, ""
    name = f"{stem[: 199 - len(extension)]}.{extension}" if dot and stem and len(extension) <= 10 else name[:200]
    if not name or name == ".":
        return "file"
    return f"_{name}" if _RESERVED.match(name) else name


def content_disposition(filename: str) -> str:
    """Always an attachment: an ASCII name for old readers and the true one by RFC 6266 and RFC 8187."""
    plain = unicodedata.normalize("NFKD", filename).encode("ascii", "ignore").decode()
    plain = _ASCII_UNSAFE.sub("_", plain).strip(" .") or "file"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


def claimed_kind(filename: str) -> Kind | None:
    """The kind that a name claims, or None for one that is not accepted."""
    return _BY_EXTENSION.get(PurePosixPath(filename.lower()).suffix)


def is_svg(filename: str, declared: str | None) -> bool:
    """Whether it calls itself an SVG picture: a page in disguise, which may hold scripts."""
    name = (declared or "").partition(";")[0].strip().lower()
    return name == "image/svg+xml" or filename.lower().endswith((".svg", ".svgz"))


def typed_kind(declared: str | None) -> Kind | None:
    """The kind that a media type names, or None for one that names none of ours."""
    name = (declared or "").partition(";")[0].strip().lower()
    return next((kind for kind in KINDS.values() if name in (kind.media_type, *kind.aliases)), None)


def type_agrees(kind: Kind, declared: str | None) -> bool:
    """Whether the declared media type does not contradict the kind. Browsers know few trade formats, so unknown ones pass."""
    name = (declared or "").partition(";")[0].strip().lower()
    return name in (kind.media_type, *kind.aliases) or name not in _KNOWN_TYPES


def content_agrees(kind: Kind, head: bytes) -> bool:
    """Whether the first bytes of a content are those of the kind."""
    if kind.code == "pdf" or kind.code in PICTURES or kind.code in _ZIPPED:
        return kind.code in _binary_kinds(head)
    if kind.code == "stl" and not _is_text(head):
        return len(head) >= 84 and not _binary_kinds(head)
    if kind.code == "dxf" and head.startswith(b"AutoCAD Binary DXF\r\n\x1a\x00"):
        return True
    if not _is_text(head) or _binary_kinds(head):
        return False
    text = head.decode("latin-1").lstrip("\ufeff\u00ef\u00bb\u00bf \r\n\t")
    if kind.code == "step":
        return text.startswith("ISO-10303-21;")
    if kind.code == "iges":
        line = text.splitlines()[0] if text else ""
        return len(line) >= 73 and line[72] in "SC"
    if kind.code == "stl":
        return text.lower().startswith("solid")
    if kind.code == "dxf":
        return re.match(r"(999\s*\n[^\n]*\n\s*)*0\s*\r?\n\s*SECTION", text) is not None
    if kind.code == "xml":
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            text = head.decode("utf-16", "ignore").lstrip()
        return re.match(r"<(\?xml|bmecat)\b", text, re.IGNORECASE) is not None
    # Plain text that a browser might take for a page is not plain text.
    return re.match(r"<(!doctype|html|script|svg|\?xml|body|head|iframe)", text, re.IGNORECASE) is None


def _binary_kinds(head: bytes) -> set[str]:
    """The accepted kinds whose signature stands at the very beginning, by puremagic's table."""
    if head.startswith(b"PK\x03\x04"):
        return set(_ZIPPED)
    if head.startswith(b"%PDF-"):
        return {"pdf"}
    if _is_program(head):
        return {"other"}
    if head.startswith((b"II*\x00", b"MM\x00*")):
        return {"tiff"}
    if head[4:8] == b"ftyp":
        brands = head[8 : int.from_bytes(head[:4])]
        return {"avif"} if b"avif" in (brands[at : at + 4] for at in range(0, len(brands), 4)) else {"other"}
    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return set()
    names = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".jfif": "jpeg", ".webp": "webp"}
    kinds = {names[item.extension] for item in found if item.extension in names}
    starts = {"png": head[:8] == b"\x89PNG\r\n\x1a\n", "jpeg": head[:3] == b"\xff\xd8\xff",
              "webp": head[:4] == b"RIFF" and head[8:12] == b"WEBP"}  # fmt: skip
    return {kind for kind in kinds if starts[kind]}


def _is_program(head: bytes) -> bool:
    return head.startswith((b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"#!", b"\xd0\xcf\x11\xe0", b"Rar!", b"7z\xbc\xaf"))


def _is_text(head: bytes) -> bool:
    """UTF-8 (a cut character at the end is no fault), UTF-16 with a mark, or a legacy 8-bit text without control codes."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    if b"\x00" in head:
        return False
    controls = sum(byte < 32 and byte not in (9, 10, 12, 13) for byte in head)
    return controls == 0
