"""Numbers on goods and what carries them: containers, parcels, air waybills, GS1 keys. Form and check digits; nobody is asked."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import stdnum.ean
import stdnum.iso6346

from app.kit.locales import N_, NP_
from app.reference.places import is_country
from app.reference.registrations import Checked

WRONG_FORM = "cargo-number-wrong-form"
WRONG_CHECK_DIGIT = "cargo-number-wrong-check-digit"
UNKNOWN_KIND = "unknown-cargo-number-kind"

PROBLEM_TEXTS: dict[str, str] = {
    UNKNOWN_KIND: N_("This kind of number is not known here."),
    WRONG_FORM: N_("The number does not have the form that such numbers have."),
    WRONG_CHECK_DIGIT: N_("The check digit does not fit: at least one character of the number is mistyped."),
}

_CONTAINER = re.compile(r"[A-Z]{3}[UJZR][0-9]{7}")
_PARCEL = re.compile(r"[A-Z]{2}[0-9]{9}[A-Z]{2}")
_AIR_WAYBILL = re.compile(r"([0-9]{3})([0-9]{7})([0-9])")
_SSCC = re.compile(r"[0-9]{18}")
_GTIN = re.compile(r"[0-9]{8}|[0-9]{12,14}")
# GS1 General Specifications 24, figure 7.11-1: the 82 characters; a company prefix of at least four digits comes first.
_GIAI = re.compile(r"[0-9]{4}[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,26}")
_S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


@dataclass(frozen=True, slots=True)
class CargoNumberKind:
    """One kind of number. `check` returns a problem's code for a normalized number, or None when all is well."""

    code: str
    label: tuple[str, str]
    normalize: Callable[[str], str]
    check: Callable[[str], str | None]


def check_cargo_number(kind: str, number: str) -> Checked:
    """Check a number's form and check digit; `normalized` is how to store it."""
    found = KINDS.get(kind)
    if found is None:
        return Checked(False, number.strip(), UNKNOWN_KIND)
    text = found.normalize(number)
    problem = found.check(text)
    return Checked(problem is None, text, problem)


def cargo_number_kinds() -> tuple[CargoNumberKind, ...]:
    """The kinds of number that are known here."""
    return tuple(KINDS.values())


def make_sscc(extension_digit: int, company_prefix: str, serial_reference: int) -> str:
    """The SSCC of a logistic unit: extension digit, GS1 company prefix, serial reference filled up to 17 digits, check digit.

    GS1 General Specifications, section 3.2. Raises ValueError for a part that is no such number or a serial that does not fit.
    """
    room = 16 - len(company_prefix)
    if not (0 <= extension_digit <= 9 and re.fullmatch("[0-9]{4,12}", company_prefix)):
        raise ValueError("an SSCC has an extension digit of 0 to 9 and a company prefix of 4 to 12 digits")
    if not 0 <= serial_reference < 10**room:
        raise ValueError(f"a serial reference behind this company prefix has at most {room} digits")
    body = f"{extension_digit}{company_prefix}{serial_reference:0{room}d}"
    return body + stdnum.ean.calc_check_digit(body)


def _without(characters: str) -> Callable[[str], str]:
    drop = str.maketrans("", "", characters)
    return lambda number: number.strip().upper().translate(drop)


def _check_container(number: str) -> str | None:
    """ISO 6346. A remainder of 10 is written 0, so that of all single errors only a change between these two passes."""
    if not _CONTAINER.fullmatch(number):
        return WRONG_FORM
    return None if stdnum.iso6346.calc_check_digit(number[:-1]) == number[-1] else WRONG_CHECK_DIGIT


def s10_check_digit(serial: str) -> str:
    """The check digit of the eight digits of a parcel's number (UPU standard S10): weighted sum, modulus 11; 10 → 0, 11 → 5."""
    rest = 11 - sum(weight * int(digit) for weight, digit in zip(_S10_WEIGHTS, serial, strict=True)) % 11
    return {10: "0", 11: "5"}.get(rest, str(rest))


def _check_parcel(number: str) -> str | None:
    if not _PARCEL.fullmatch(number) or not is_country(number[-2:]):
        return WRONG_FORM
    return None if s10_check_digit(number[2:10]) == number[10] else WRONG_CHECK_DIGIT


def _check_air_waybill(number: str) -> str | None:
    """IATA Resolution 600a: the seven digits of the serial number modulo 7; the airline's prefix is not covered."""
    found = _AIR_WAYBILL.fullmatch(number)
    if found is None:
        return WRONG_FORM
    return None if int(found[2]) % 7 == int(found[3]) else WRONG_CHECK_DIGIT


def _check_gs1(form: re.Pattern[str]) -> Callable[[str], str | None]:
    def check(number: str) -> str | None:
        if not form.fullmatch(number):
            return WRONG_FORM
        return None if stdnum.ean.calc_check_digit(number[:-1]) == number[-1] else WRONG_CHECK_DIGIT

    return check


def _check_giai(number: str) -> str | None:
    """A GIAI has no check digit."""
    return None if _GIAI.fullmatch(number) else WRONG_FORM


KINDS: dict[str, CargoNumberKind] = {
    kind.code: kind
    for kind in (
        CargoNumberKind(
            "container", NP_("cargo number", "Container number (ISO 6346)"), _without(" -/"), _check_container
        ),
        CargoNumberKind("parcel", NP_("cargo number", "Parcel number (UPU S10)"), _without(" -"), _check_parcel),
        CargoNumberKind("air_waybill", NP_("cargo number", "Air waybill number"), _without(" -"), _check_air_waybill),
        CargoNumberKind("sscc", NP_("cargo number", "SSCC (logistic unit)"), _without(" -"), _check_gs1(_SSCC)),
        CargoNumberKind("gtin", NP_("cargo number", "GTIN (article)"), _without(" -"), _check_gs1(_GTIN)),
        CargoNumberKind("giai", NP_("cargo number", "GIAI (asset)"), str.strip, _check_giai),
    )
}
