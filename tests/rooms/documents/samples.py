"""Small true files of every accepted kind, and some that only pretend."""

import io
import struct
import zipfile
import zlib


def pdf(extra: bytes = b"", *, body: bytes = b"") -> bytes:
    """A one-page PDF; `extra` goes into the catalogue, `body` stands as further objects."""
    return (
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R " + extra + b" >>\nendobj\n"
        b"2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n"
        b"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>\nendobj\n" + body + b"\n"
        b"trailer\n<< /Root 1 0 R /Size 4 >>\nstartxref\n0\n%%EOF\n"
    )


def object_stream(plain: bytes) -> bytes:
    """A compressed object stream that holds these objects."""
    packed = zlib.compress(plain)
    head = b"<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>" % len(packed)
    return b"9 0 obj\n" + head + b"\nstream\n" + packed + b"\nendstream\nendobj\n"


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int = 2, height: int = 2) -> bytes:
    """A black picture; a huge one has only the header of one."""
    rows = b"".join(b"\x00" + b"\x00" * width for _ in range(height)) if width < 100 else b"\x00"
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def jpeg(width: int = 8, height: int = 8) -> bytes:
    """Headers of a JPEG."""
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    app0 = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    return b"\xff\xd8" + app0 + b"\xff\xc0" + struct.pack(">H", 2 + len(frame)) + frame + b"\xff\xd9"


def webp(width: int = 8, height: int = 8) -> bytes:
    """Headers of a lossless WebP."""
    bits = (width - 1) | (height - 1) << 14
    data = b"WEBPVP8L" + struct.pack("<I", 5) + b"\x2f" + bits.to_bytes(4, "little") + b"\x00"
    return b"RIFF" + struct.pack("<I", len(data)) + data


def tiff(width: int = 8, height: int = 8) -> bytes:
    """The first directory of a big-endian TIFF, and nothing else."""
    entries = struct.pack(">HHIHH", 256, 3, 1, width, 0) + struct.pack(">HHII", 257, 4, 1, height)
    return b"MM\x00*" + struct.pack(">IH", 8, 2) + entries + bytes(4)


def avif(width: int = 8, height: int = 8) -> bytes:
    """The boxes of an AVIF without its pixels."""
    size = struct.pack(">I4sIII", 20, b"ispe", 0, width, height)
    return (
        struct.pack(">I4s4sI4s", 20, b"ftyp", b"avif", 0, b"mif1")
        + struct.pack(">I4sI", 12 + len(size), b"meta", 0)
        + size
        + struct.pack(">I4s", 8, b"mdat")
    )


def step(data: bytes = b"#1=CARTESIAN_POINT('',(0.,0.,0.));") -> bytes:
    """A STEP file with one point."""
    return (
        b"ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\n"
        b"FILE_NAME('core','2027-01-01',(''),(''),'','','');\nFILE_SCHEMA(('AP242'));\nENDSEC;\n"
        b"DATA;\n" + data + b"\nENDSEC;\nEND-ISO-10303-21;\n"
    )


def iges() -> bytes:
    """A start line and a terminate line of 80 columns."""
    return b"\n".join(
        [b"core".ljust(72) + b"S      1", b"S      1G      0D      0P      0".ljust(72) + b"T      1", b""]
    )


def stl_text() -> bytes:
    """One triangle in ASCII."""
    return (
        b"solid core\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\nendloop\nendfacet\n"
        b"endsolid core\n"
    )


def stl_binary(triangles: int = 2) -> bytes:
    """Triangles in binary."""
    return b"solid but binary".ljust(80, b"\x00") + struct.pack("<I", triangles) + bytes(50 * triangles)


def dxf() -> bytes:
    """An empty entities section."""
    return b"0\nSECTION\n2\nENTITIES\n0\nENDSEC\n0\nEOF\n"


def zipped(entries: dict[str, bytes]) -> bytes:
    """An archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return out.getvalue()


def xlsx(**more: bytes) -> bytes:
    """The bones of a workbook."""
    return zipped({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>", **more})


def threemf() -> bytes:
    """The bones of a 3MF package."""
    return zipped({"[Content_Types].xml": b"<Types/>", "3D/3dmodel.model": b"<model/>"})


GOOD: dict[str, bytes] = {
    "drawing.pdf": pdf(),
    "part.png": png(),
    "part.jpg": jpeg(),
    "part.webp": webp(),
    "part.tif": tiff(),
    "part.avif": avif(),
    "core.step": step(),
    "core.stp": step(),
    "core.igs": iges(),
    "core.stl": stl_text(),
    "cavity.stl": stl_binary(),
    "core.3mf": threemf(),
    "plate.dxf": dxf(),
    "parts.csv": "Pos;Werkstoff\n1;1.2343 gehärtet\n".encode(),
    "parts.xlsx": xlsx(),
    "all.zip": zipped({"core.step": step()}),
    "注意.txt": "镶件淬火".encode(),
    "catalogue.xml": b'<?xml version="1.0" encoding="UTF-8"?>\n<BMECAT version="2005"><HEADER/></BMECAT>\n',
}
