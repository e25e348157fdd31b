"""Public vectors, and that a single mistyped digit is noticed wherever the scheme promises it."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.reference.cargo_numbers import KINDS, s10_check_digit
from app.reference.facade import CARGO_PROBLEM_TEXTS, cargo_number_kinds, check_cargo_number, make_sscc

GOOD = [
    ("container", "CSQU3054383", "CSQU3054383"),
    ("container", "csqu 305438-3", "CSQU3054383"),
    ("container", "TASU 117000 0", "TASU1170000"),  # the example of ISO 6346 users: a remainder of 10 is written 0
    ("container", "MSKU9070323", "MSKU9070323"),
    ("parcel", "RR473124829GB", "RR473124829GB"),
    ("parcel", "rr 47312482 9 de", "RR473124829DE"),
    ("air_waybill", "020-1234567 5", "02012345675"),
    ("air_waybill", "176-1234 5675", "17612345675"),
    ("sscc", "106141412345678908", "106141412345678908"),  # GS1 EPC Tag Data Standard
    ("gtin", "4006381333931", "4006381333931"),
    ("gtin", "73513537", "73513537"),
    ("gtin", "036000291452", "036000291452"),
    ("gtin", "98412345678908", "98412345678908"),
    ("giai", "0614141ABC-12/34", "0614141ABC-12/34"),
]
BAD = [
    ("container", "CSQU3054384", "cargo-number-wrong-check-digit"),
    ("container", "CSQA3054383", "cargo-number-wrong-form"),
    ("container", "1SQU3054383", "cargo-number-wrong-form"),
    ("container", "CSQU305438", "cargo-number-wrong-form"),
    ("container", "CSQU305438٣", "cargo-number-wrong-form"),
    ("parcel", "RR473124828GB", "cargo-number-wrong-check-digit"),
    ("parcel", "RR473124829QQ", "cargo-number-wrong-form"),
    ("parcel", "RR473124829", "cargo-number-wrong-form"),
    ("air_waybill", "02012345674", "cargo-number-wrong-check-digit"),
    ("air_waybill", "0201234567", "cargo-number-wrong-form"),
    ("sscc", "106141412345678907", "cargo-number-wrong-check-digit"),
    ("sscc", "10614141234567890", "cargo-number-wrong-form"),
    ("gtin", "4006381333932", "cargo-number-wrong-check-digit"),
    ("gtin", "400638133393", "cargo-number-wrong-check-digit"),
    ("gtin", "4006381", "cargo-number-wrong-form"),
    ("giai", "A614141", "cargo-number-wrong-form"),
    ("giai", "0614141" + "X" * 24, "cargo-number-wrong-form"),
    ("giai", "0614141ä", "cargo-number-wrong-form"),
    ("bicycle", "1", "unknown-cargo-number-kind"),
]


@pytest.mark.parametrize(("kind", "given_as", "stored_as"), GOOD)
def test_good_numbers(kind: str, given_as: str, stored_as: str) -> None:
    found = check_cargo_number(kind, given_as)
    assert (found.ok, found.normalized, found.problem_code) == (True, stored_as, None)


@pytest.mark.parametrize(("kind", "number", "problem"), BAD)
def test_bad_numbers(kind: str, number: str, problem: str) -> None:
    found = check_cargo_number(kind, number)
    assert (found.ok, found.problem_code) == (False, problem)
    assert problem in CARGO_PROBLEM_TEXTS


def test_every_kind_is_listed() -> None:
    assert [kind.code for kind in cargo_number_kinds()] == list(KINDS)


def altered(number: str, at: int, by: int) -> str:
    """The number with one digit changed."""
    return number[:at] + str((int(number[at]) + by) % 10) + number[at + 1 :]


serials = st.integers(0, 9_999_999)


@given(st.from_regex("[A-Z]{3}[UJZ]", fullmatch=True), serials, st.integers(4, 10), st.integers(1, 9))
def test_one_wrong_digit_of_a_container(owner: str, serial: int, at: int, by: int) -> None:
    body = f"{owner}{serial:07d}"
    good = next(text for text in (body[:-1] + d for d in "0123456789") if check_cargo_number("container", text).ok)
    wrong = altered(good, at, by)
    # The scheme writes a remainder of 10 as 0 and cannot tell the two: ISO 6346 advises against such numbers.
    assume(good[-1] != "0")
    assert not check_cargo_number("container", wrong).ok


@given(st.integers(0, 99_999_999), st.integers(2, 10), st.integers(1, 9))
def test_one_wrong_digit_of_a_parcel(serial: int, at: int, by: int) -> None:
    digits = f"{serial:08d}"
    check = s10_check_digit(digits)
    # Two remainders (0 and 6) are both written 5.
    assume(check != "5" or at == 10)
    assert not check_cargo_number("parcel", altered(f"RR{digits}{check}GB", at, by)).ok


@given(serials, st.integers(3, 10), st.integers(1, 9))
def test_one_wrong_digit_of_an_air_waybill(serial: int, at: int, by: int) -> None:
    good = f"020{serial:07d}{serial % 7}"
    wrong = altered(good, at, by)
    # Modulus 7 does not see a digit that moved by exactly 7.
    assume(at == 10 or abs(int(wrong[at]) - int(good[at])) != 7)
    assert check_cargo_number("air_waybill", good).ok
    assert not check_cargo_number("air_waybill", wrong).ok


@given(
    st.integers(0, 9),
    st.from_regex("[0-9]{6,12}", fullmatch=True),
    st.integers(0, 9999),
    st.integers(0, 17),
    st.integers(1, 9),
)
def test_one_wrong_digit_of_an_sscc(extension: int, prefix: str, serial: int, at: int, by: int) -> None:
    good = make_sscc(extension, prefix, serial)
    assert len(good) == 18 and good.startswith(f"{extension}{prefix}")
    assert check_cargo_number("sscc", good).ok
    assert not check_cargo_number("sscc", altered(good, at, by)).ok


def test_an_sscc_is_made() -> None:
    assert make_sscc(1, "0614141", 234567890) == "106141412345678908"


@pytest.mark.parametrize(
    ("extension", "prefix", "serial"),
    [(10, "0614141", 1), (0, "06A4141", 1), (0, "0614141", 10**9), (0, "0614141", -1)],
)
def test_an_sscc_of_wrong_parts_is_refused(extension: int, prefix: str, serial: int) -> None:
    with pytest.raises(ValueError, match=r"an SSCC has|at most"):
        make_sscc(extension, prefix, serial)
