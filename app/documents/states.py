"""Words of the documents room."""

from enum import StrEnum

from app.kit.locales import NP_


class ScanState(StrEnum):
    """Whether a file's structure was looked into. Only clean files are ever handed out."""

    PENDING = "pending"
    CLEAN = "clean"
    REFUSED = "refused"


class ScanReason(StrEnum):
    """Why a file was refused."""

    STRUCTURE = "structure"
    ACTIVE_CONTENT = "active-content"
    ENCRYPTED = "encrypted"
    TOO_COMPLEX = "too-complex"
    TEST_VIRUS = "test-virus"
    UNSAFE_PATH = "unsafe-path"
    MISSING = "missing"


class Outcome(StrEnum):
    """What came of somebody's asking for a file."""

    SERVED = "served"
    REFUSED = "refused"


SCAN_STATE_LABELS = {
    ScanState.PENDING: NP_("scan state", "Being checked"),
    ScanState.CLEAN: NP_("scan state", "Checked"),
    ScanState.REFUSED: NP_("scan state", "Refused"),
}

SCAN_REASON_LABELS = {
    ScanReason.STRUCTURE: NP_("scan reason", "The file is damaged or is not of the kind it claims to be."),
    ScanReason.ACTIVE_CONTENT: NP_("scan reason", "The file holds scripts, program starts or embedded files."),
    ScanReason.ENCRYPTED: NP_("scan reason", "The file is encrypted, so it cannot be checked."),
    ScanReason.TOO_COMPLEX: NP_("scan reason", "The file would grow beyond every reasonable size when opened."),
    ScanReason.TEST_VIRUS: NP_("scan reason", "The file holds a known malicious pattern."),
    ScanReason.UNSAFE_PATH: NP_("scan reason", "The archive holds entries that would be written outside its folder."),
    ScanReason.MISSING: NP_("scan reason", "The stored file was lost. Upload it again."),
}
