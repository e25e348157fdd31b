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


class PictureState(StrEnum):
    """Whether a picture's renditions are made."""

    WAITING = "waiting"
    READY = "ready"
    REFUSED = "refused"


class PictureReason(StrEnum):
    """Why no renditions can be made of a picture."""

    DAMAGED = "damaged"
    TOO_LARGE = "too-large"
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

PICTURE_STATE_LABELS = {
    PictureState.WAITING: NP_("picture state", "Being prepared"),
    PictureState.READY: NP_("picture state", "Ready"),
    PictureState.REFUSED: NP_("picture state", "Refused"),
}

PICTURE_REASON_LABELS = {
    PictureReason.DAMAGED: NP_("picture reason", "The picture is damaged or is not of the kind it claims to be."),
    PictureReason.TOO_LARGE: NP_(
        "picture reason", "The picture is too large. Give one of at most 64 megapixels and 40 megabytes."
    ),
    PictureReason.MISSING: NP_("picture reason", "The stored file was lost. Upload it again."),
}
