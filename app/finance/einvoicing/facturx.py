"""A Factur-X: a PDF/A-3 for people, with the same invoice as CII inside for programs."""

import io
import re
from typing import Any

from app.finance.einvoicing.document import Document
from app.finance.einvoicing.findings import Finding, Layer, Severity

FILE_NAME = "factur-x.xml"
_PROFILE = "EN 16931"


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
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        for attached in PdfReader(io.BytesIO(pdf)).attachment_list:
            if attached.name.lower() == FILE_NAME:
                content: bytes = attached.content
                return content
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return None


def look_at_pdf(pdf: bytes) -> tuple[Finding, ...]:
    """What can be told of a Factur-X's PDF without a validator of PDF/A: what it says of itself, and how the XML is attached.

    Fonts, colours and transparency are not looked at: for that, run veraPDF.
    """
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    if taken_out(pdf) is None:
        return (_finding("PL-20", f"There is no {FILE_NAME} attached."),)
    try:
        root: Any = PdfReader(io.BytesIO(pdf)).trailer["/Root"]
        metadata = root.get("/Metadata")
        xmp = metadata.get_object().get_data().decode("utf-8", "replace") if metadata else ""
        attached = [one.get_object() for one in (root.get("/AF") or ())]
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError) as error:
        return (_finding("PL-21", f"The PDF cannot be read: {error}"),)
    wanted = {
        "It does not say that it is PDF/A-3.": re.search(r"pdfaid:part(>|=[\"'])\s*3", xmp),
        f"It does not say that the profile is {_PROFILE}.": re.search(rf"ConformanceLevel(>|=[\"'])\s*{_PROFILE}", xmp),
        f"It does not say that the invoice is in {FILE_NAME}.": re.search(
            rf"DocumentFileName(>|=[\"'])\s*{FILE_NAME}", xmp
        ),
        "It has no output intent.": "/OutputIntents" in root,
        "The XML is no associated file with a relationship.": any("/AFRelationship" in one for one in attached),
    }
    return tuple(_finding("PL-21", said) for said, there in wanted.items() if not there)


def _finding(rule: str, said: str) -> Finding:
    return Finding(Layer.PDF, rule, Severity.ERROR, "/", said)
