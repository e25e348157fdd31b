"""Identifiers as EPCIS wants them: canonical GS1 Digital Link URIs, and the EPC URI of containers, which have no such link."""

from urllib.parse import quote

from app.reference.facade import check_cargo_number

_RESOLVER = "https://id.gs1.org"
_UN_LOCODE = "https://service.unece.org/trade/uncefact/vocabulary/unlocode/#"


def sscc_uri(sscc: str) -> str:
    """A logistic unit. Raises ValueError for what is no SSCC."""
    return f"{_RESOLVER}/00/{_checked('sscc', sscc)}"


def giai_uri(giai: str) -> str:
    """An asset, such as a mould. Raises ValueError for what is no GIAI."""
    return f"{_RESOLVER}/8004/{quote(_checked('giai', giai), safe='')}"


def sgtin_uri(gtin: str, serial: str) -> str:
    """One serialized article. Raises ValueError for what is no GTIN."""
    return f"{_RESOLVER}/01/{_checked('gtin', gtin).zfill(14)}/21/{quote(serial, safe='')}"


def container_uri(number: str) -> str:
    """A container by its ISO 6346 number (GS1 EPC Tag Data Standard, scheme `bic`). Raises ValueError for what is none."""
    return f"urn:epc:id:bic:{_checked('container', number)}"


def place_uri(unlocode: str) -> str:
    """A place by its UN/LOCODE, in the vocabulary of UN/CEFACT; where a GLN is known, that is the better name."""
    return _UN_LOCODE + unlocode


def _checked(kind: str, number: str) -> str:
    checked = check_cargo_number(kind, number)
    if not checked.ok:
        raise ValueError(f"{number} is no number of the kind {kind}: {checked.problem_code}")
    return checked.normalized
