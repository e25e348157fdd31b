"""The few words of PDF (ISO 32000-1) that a page of ASCII text and bars needs. Pure. Places are mm from the lower left."""

MM = 72 / 25.4
"""Points of a millimetre."""


def text(x_mm: float, y_mm: float, size: int, words: str) -> str:
    """ASCII words at a place, in points of size."""
    escaped = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"BT /F1 {size} Tf {x_mm * MM:.3f} {y_mm * MM:.3f} Td ({escaped}) Tj ET"


def page(content: str, width_mm: float, height_mm: float) -> bytes:
    """A document of one page with Helvetica, which every reader of PDF has."""
    stream = content.encode("ascii")
    box = f"[0 0 {width_mm * MM:.3f} {height_mm * MM:.3f}]"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox {box} /Contents 4 0 R "
        f"/Resources << /Font << /F1 5 0 R >> >> >>".encode("ascii"),
        f"<< /Length {len(stream)} >>\nstream\n".encode("ascii") + stream + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    )
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, content_of in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode("ascii") + content_of + b"\nendobj\n"
    table = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode("ascii")
    out += b"".join(f"{place:010d} 00000 n \n".encode("ascii") for place in places)
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n".encode("ascii")
    return bytes(out)
