"""A Factur-X: a PDF/A-3 for people, with the same invoice as CII inside for programs."""

import io
import re
from typing import Any

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from app.finance.einvoicing.document import Document
from app.finance.einvoicing.findings import Finding, Layer, Severity

FILE_NAME = "factur-x.xml"
_PROFILE = "EN 16931"
_UNREADABLE = (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError)


def put_into(pdf: bytes, xml: bytes, document: Document, *, title: str) -> bytes:
    """The PDF with this XML in it, and with what the standard wants said of both in its metadata.

    The PDF must be PDF/A-3 already: nothing of its pages is changed. The library writes today's date into the metadata.
    """
    import facturx

    told = {
        "author": document.seller.name,
        "keywords": f"{document.number}, Factur-X",
        "title": f"{document.seller.name}: {title} {document.number}",
        "subject": f"{title} {document.number}, {document.issued_on.isoformat()}",
    }
    made: bytes = facturx.generate_from_binary(
        pdf,
        xml,
        flavor="factur-x",
        level="en16931",
        check_xsd=False,
        check_schematron=False,
        pdf_metadata=told,
        lang=document.locale,
        afrelationship="alternative",
    )
    return made


def taken_out(pdf: bytes) -> bytes | None:
    """The XML inside a Factur-X, or none if there is none; of a file that is no PDF too."""
    try:
        for attached in PdfReader(io.BytesIO(pdf)).attachment_list:
            if attached.name.lower() == FILE_NAME:
                content: bytes = attached.content
                return content
    except _UNREADABLE:
        return None
    return None


def look_at_page(pdf: bytes) -> tuple[Finding, ...]:
    """Whether a PDF that is to carry an invoice says of itself that it is PDF/A-3: once the invoice is in, every one says so."""
    try:
        _, xmp = _metadata(pdf)
    except _UNREADABLE as error:
        return (_finding("PL-21", f"The PDF cannot be read: {error}"),)
    return () if _says(xmp, "pdfaid:part", "3") else (_finding("PL-21", "The PDF for people is no PDF/A-3."),)


def look_at_pdf(pdf: bytes) -> tuple[Finding, ...]:
    """What can be told of a Factur-X's PDF without a validator of PDF/A: what it says of itself, and how the XML is attached.

    Fonts, colours and transparency are not looked at: for that, run veraPDF.
    """
    if taken_out(pdf) is None:
        return (_finding("PL-20", f"There is no {FILE_NAME} attached."),)
    try:
        root, xmp = _metadata(pdf)
        attached = [one.get_object() for one in (root.get("/AF") or ())]
    except _UNREADABLE as error:
        return (_finding("PL-21", f"The PDF cannot be read: {error}"),)
    wanted = {
        "It does not say that it is PDF/A-3.": _says(xmp, "pdfaid:part", "3"),
        f"It does not say that the profile is {_PROFILE}.": _says(xmp, "ConformanceLevel", _PROFILE),
        f"It does not say that the invoice is in {FILE_NAME}.": _says(xmp, "DocumentFileName", FILE_NAME),
        "It has no output intent.": "/OutputIntents" in root,
        "The XML is no associated file with a relationship.": any("/AFRelationship" in one for one in attached),
    }
    return tuple(_finding("PL-21", said) for said, there in wanted.items() if not there)


def _metadata(pdf: bytes) -> tuple[Any, str]:
    """The catalogue of a PDF, and what it says of itself in XMP. Raises one of the exceptions of unreadable files."""
    root: Any = PdfReader(io.BytesIO(pdf)).trailer["/Root"]
    metadata = root.get("/Metadata")
    return root, metadata.get_object().get_data().decode("utf-8", "replace") if metadata else ""


def _says(xmp: str, name: str, value: str) -> bool:
    """Whether XMP has this property, as an element or as an attribute."""
    return re.search(rf"{name}(>|=[\"'])\s*{re.escape(value)}\s*[<\"']", xmp) is not None


def _finding(rule: str, said: str) -> Finding:
    return Finding(Layer.PDF, rule, Severity.ERROR, "/", said)
