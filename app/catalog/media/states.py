"""Words of a listing's pictures and drawings."""

from enum import StrEnum

from app.kit.locales import NP_


class FetchState(StrEnum):
    """What became of a web address that a supplier named for a picture or drawing."""

    WAITING = "waiting"
    FETCHED = "fetched"
    REFUSED = "refused"


class FetchReason(StrEnum):
    """Why nothing was fetched; of an address that waits, why the last try failed."""

    URL_INVALID = "url-invalid"
    ADDRESS_FORBIDDEN = "address-forbidden"
    HOST_UNKNOWN = "host-unknown"
    UNREACHABLE = "unreachable"
    TLS_FAILED = "tls-failed"
    TIMED_OUT = "timed-out"
    REDIRECTED = "redirected"
    SERVER_REFUSED = "server-refused"
    TOO_LARGE = "too-large"
    EMPTY = "empty"
    SVG = "svg"
    WRONG_TYPE = "wrong-type"
    STORAGE_FULL = "storage-full"
    TOO_MANY_MEDIA = "too-many-media"
    LISTING_ARCHIVED = "listing-archived"


FETCH_STATE_LABELS = {
    FetchState.WAITING: NP_("fetch state", "Waiting"),
    FetchState.FETCHED: NP_("fetch state", "Fetched"),
    FetchState.REFUSED: NP_("fetch state", "Refused"),
}

FETCH_REASON_LABELS = {
    FetchReason.URL_INVALID: NP_(
        "fetch reason", "The address, or one that it leads on to, is not a plain https address."
    ),
    FetchReason.ADDRESS_FORBIDDEN: NP_("fetch reason", "The address lies in a private or reserved network."),
    FetchReason.HOST_UNKNOWN: NP_("fetch reason", "The host name has no address."),
    FetchReason.UNREACHABLE: NP_("fetch reason", "The server cannot be reached."),
    FetchReason.TLS_FAILED: NP_("fetch reason", "The server's certificate is not valid."),
    FetchReason.TIMED_OUT: NP_("fetch reason", "The server took too long."),
    FetchReason.REDIRECTED: NP_("fetch reason", "The address leads on too often, or nowhere."),
    FetchReason.SERVER_REFUSED: NP_("fetch reason", "The server does not give the file out."),
    FetchReason.TOO_LARGE: NP_("fetch reason", "The file is too large."),
    FetchReason.EMPTY: NP_("fetch reason", "The file is empty."),
    FetchReason.SVG: NP_("fetch reason", "SVG pictures can carry scripts. Give a PNG, WebP, PDF or DXF file."),
    FetchReason.WRONG_TYPE: NP_("fetch reason", "The file is no picture or drawing, or not what the server calls it."),
    FetchReason.STORAGE_FULL: NP_("fetch reason", "Your organization's storage is full."),
    FetchReason.TOO_MANY_MEDIA: NP_("fetch reason", "The listing has as many pictures and drawings as it can show."),
    FetchReason.LISTING_ARCHIVED: NP_("fetch reason", "The listing was put away meanwhile."),
}
