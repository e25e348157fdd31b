"""Registration numbers of organizations, checked by python-stdnum: form and check digits, no register is asked."""

from collections.abc import Callable
from dataclasses import dataclass

import stdnum.br.cnpj
import stdnum.ch.uid
import stdnum.cn.uscc
import stdnum.eu.vat
import stdnum.gb.vat
import stdnum.iban
import stdnum.in_.gstin
import stdnum.jp.cn
import stdnum.kr.brn
import stdnum.lei
import stdnum.mx.rfc
import stdnum.tr.vkn
import stdnum.tw.ubn
import stdnum.us.ein
from stdnum.exceptions import InvalidChecksum, InvalidComponent, InvalidFormat, InvalidLength, ValidationError

from app.kit.locales import N_, NP_


@dataclass(frozen=True, slots=True)
class Checked:
    """The result. `normalized` is how to store the number; `problem_code` says what is wrong when `ok` is False."""

    ok: bool
    normalized: str
    problem_code: str | None = None


@dataclass(frozen=True, slots=True)
class RegistrationKind:
    """One kind of number; `countries` is None when any country may have one."""

    code: str
    label: tuple[str, str]
    countries: frozenset[str] | None
    validate: Callable[[str], str]


EU_VAT_COUNTRIES = frozenset(code.upper() for code in stdnum.eu.vat.MEMBER_STATES) - {"EL", "XI"} | {"GR"}

PROBLEM_TEXTS: dict[str, str] = {
    "unknown-registration-kind": N_("This kind of registration number is not known here."),
    "registration-wrong-country": N_("This kind of registration number is not issued in the country given."),
    "registration-wrong-length": N_("The registration number has too few or too many characters."),
    "registration-wrong-format": N_("The registration number has characters in places where none or others belong."),
    "registration-wrong-check-digit": N_("The check digit does not fit: at least one character is mistyped."),
    "registration-invalid": N_("The registration number cannot be a real one."),
}


def _kind(code: str, label: tuple[str, str], countries: str | None, validate: Callable[[str], str]) -> RegistrationKind:
    return RegistrationKind(code, label, frozenset(countries.split()) if countries else None, validate)


KINDS: dict[str, RegistrationKind] = {
    kind.code: kind
    for kind in (
        RegistrationKind("vat", NP_("registration number", "EU VAT number"), EU_VAT_COUNTRIES, stdnum.eu.vat.validate),
        _kind("gb_vat", NP_("registration number", "UK VAT number"), "GB", stdnum.gb.vat.validate),
        _kind("uscc", NP_("registration number", "Unified Social Credit Code (China)"), "CN", stdnum.cn.uscc.validate),
        _kind("tw_ubn", NP_("registration number", "Unified Business Number (Taiwan)"), "TW", stdnum.tw.ubn.validate),
        _kind("jp_cn", NP_("registration number", "Corporate Number (Japan)"), "JP", stdnum.jp.cn.validate),
        _kind(
            "kr_brn", NP_("registration number", "Business Registration Number (Korea)"), "KR", stdnum.kr.brn.validate
        ),
        _kind("in_gstin", NP_("registration number", "GSTIN (India)"), "IN", stdnum.in_.gstin.validate),
        _kind("tr_vkn", NP_("registration number", "Tax number (Türkiye)"), "TR", stdnum.tr.vkn.validate),
        _kind("ch_uid", NP_("registration number", "UID (Switzerland)"), "CH LI", stdnum.ch.uid.validate),
        _kind(
            "us_ein", NP_("registration number", "Employer Identification Number (USA)"), "US", stdnum.us.ein.validate
        ),
        _kind("cnpj", NP_("registration number", "CNPJ (Brazil)"), "BR", stdnum.br.cnpj.validate),
        _kind("mx_rfc", NP_("registration number", "RFC (Mexico)"), "MX", stdnum.mx.rfc.validate),
        _kind("lei", NP_("registration number", "Legal Entity Identifier"), None, stdnum.lei.validate),
        _kind("iban", NP_("registration number", "IBAN"), None, stdnum.iban.validate),
    )
}
_ALIASES = {"ein": "us_ein"}


def registration_kinds(country: str | None = None) -> tuple[RegistrationKind, ...]:
    """The kinds of number that an organization of this country may have (all kinds when None)."""
    return tuple(
        kind for kind in KINDS.values() if country is None or kind.countries is None or country in kind.countries
    )


def check_registration_number(kind: str, number: str, country: str | None = None) -> Checked:
    """Check a number's form and check digits. A VAT number may come with or without its country prefix."""
    found = KINDS.get(_ALIASES.get(kind, kind))
    text = number.strip()
    if found is None:
        return Checked(False, text, "unknown-registration-kind")
    if found.countries is not None and country is not None and country not in found.countries:
        return Checked(False, text, "registration-wrong-country")
    if found.code == "vat" and country is not None:
        text = _with_vat_prefix(text, country)
        if text[:2].upper() != _vat_prefix(country):
            return Checked(False, text, "registration-wrong-country")
    try:
        return Checked(True, found.validate(text))
    except ValidationError as error:
        return Checked(False, text, _problem_code(error))


def _vat_prefix(country: str) -> str:
    return "EL" if country == "GR" else country


def _with_vat_prefix(text: str, country: str) -> str:
    prefix = text[:2].upper()
    if prefix == "GR":
        return "EL" + text[2:]
    known = {_vat_prefix(code) for code in EU_VAT_COUNTRIES}
    return text if prefix in known and len(text) > 4 else _vat_prefix(country) + text


def _problem_code(error: ValidationError) -> str:
    if isinstance(error, InvalidLength):
        return "registration-wrong-length"
    if isinstance(error, InvalidChecksum):
        return "registration-wrong-check-digit"
    if isinstance(error, InvalidComponent):
        return "registration-invalid"
    if isinstance(error, InvalidFormat):
        return "registration-wrong-format"
    return "registration-invalid"
