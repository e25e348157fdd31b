"""Money conversion, Incoterm advice, finishes, steels and registration numbers."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.locales import translate
from app.reference import facade
from app.reference.registrations import EU_VAT_COUNTRIES, KINDS

AMOUNTS = st.integers(min_value=-(10**15), max_value=10**15)
CODES = st.sampled_from(sorted(facade.currencies()))


@pytest.mark.parametrize(
    ("amount", "source", "target", "rate", "expected"),
    [
        (10_000, "EUR", "JPY", "160.5", 16_050),
        (16_050, "JPY", "EUR", "0.0062305296", 10_000),
        (1_000, "USD", "KWD", "0.307", 3_070),
        (1_000, "KWD", "JPY", "500", 500),
        (5, "EUR", "USD", "0.5", 2),
        (15, "EUR", "USD", "0.5", 8),
        (-5, "EUR", "USD", "0.5", -2),
        (150, "EUR", "JPY", "1", 2),
        (250, "EUR", "JPY", "1", 2),
        (0, "EUR", "JPY", "160.5", 0),
    ],
)
def test_conversion_respects_exponents_and_rounds_half_even(
    amount: int, source: str, target: str, rate: str, expected: int
) -> None:
    assert facade.convert_minor(amount, source, target, Decimal(rate)) == expected


@given(AMOUNTS, CODES, CODES, st.decimals(min_value="0.0001", max_value="20000", places=6))
def test_conversion_is_symmetric_about_zero_and_off_by_half_a_unit_at_most(
    amount: int, source: str, target: str, rate: Decimal
) -> None:
    result = facade.convert_minor(amount, source, target, rate)
    assert facade.convert_minor(-amount, source, target, rate) == -result
    if source != target:
        shift = facade.currency(target).exponent - facade.currency(source).exponent
        assert abs(result - amount * rate.scaleb(shift)) <= Decimal("0.5")
    else:
        assert result == amount


@pytest.mark.parametrize("rate", ["0", "-1", "NaN", "Infinity"])
def test_a_rate_must_be_positive(rate: str) -> None:
    with pytest.raises(ValueError, match="positive"):
        facade.convert_minor(1, "EUR", "USD", Decimal(rate))


def _codes(*args: object, **kwargs: object) -> list[str]:
    return [advice.code for advice in facade.check_incoterm(*args, **kwargs)]  # type: ignore[arg-type]


def test_fob_for_containers_is_advised_against() -> None:
    (advice,) = facade.check_incoterm("FOB", "Ningbo", "sea", True)
    assert (advice.code, advice.severity) == ("incoterm-sea-term-for-containers", "warning")
    assert advice.params["suggestions"] == ["FCA", "CPT", "CIP"]
    assert facade.check_incoterm("CIF", "Hamburg", "sea", True)[0].params["suggestions"][0] == "CIP"
    assert facade.check_incoterm("CFR", "Hamburg", "sea", True)[0].params["suggestions"][0] == "CPT"
    assert "FOB" in translate(advice.message, "en", **advice.params)


def test_sea_terms_are_refused_for_other_transport() -> None:
    for mode in ("air", "road", "rail", "courier", "multimodal"):
        (advice,) = facade.check_incoterm("FOB", "Ningbo", mode, None)  # type: ignore[arg-type]
        assert (advice.code, advice.severity) == ("incoterm-mode-not-allowed", "error")
        assert _codes("FCA", "Ningbo", mode, True) == []
    assert _codes("FOB", "Ningbo", "sea", False) == []
    assert _codes("FOB", "Duisburg", "inland_waterway") == []


def test_places() -> None:
    assert _codes("FCA", "") == ["incoterm-place-missing"]
    assert _codes("DAP", None) == ["incoterm-place-missing"]
    assert _codes("FOB", "DEMUC") == ["incoterm-place-not-a-port"]
    assert _codes("FCA", "DEMUC") == []
    assert _codes("FOB", "a quay of our own") == []
    assert _codes("XYZ", "Hamburg") == ["unknown-incoterm"]


def test_customs_formalities_across_a_border() -> None:
    assert _codes("EXW", "Dongguan", seller_country="CN", buyer_country="DE") == ["incoterm-buyer-clears-export"]
    assert _codes("DDP", "Lüdenscheid", seller_country="CN", buyer_country="DE") == ["incoterm-seller-clears-import"]
    assert _codes("EXW", "Lüdenscheid", seller_country="DE", buyer_country="DE") == []


def test_finishes_overlap_across_the_scales_and_both_ways() -> None:
    for code in facade.finishes():
        for other in facade.finish_overlaps(code):
            assert other.code.split()[0] != code.split()[0]
            assert code in [back.code for back in facade.finish_overlaps(other.code)]
            assert other.ra_min_um < other.ra_max_um
    assert {item.code for item in facade.finish_overlaps("VDI 27")} == {"SPI D-2"}
    assert {item.code for item in facade.finish_overlaps("VDI 12")} == {"SPI C-1", "SPI C-2"}
    assert facade.finish_overlaps("SPI A-1") == ()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1.2738", "1.2738"),
        ("W.-Nr. 1.2344", "1.2344"),
        ("DIN 1.2083", "1.2083"),
        ("aisi h13", "H13"),
        ("JIS SKD 61", "SKD61"),
        ("ASSAB 718", "718"),
        ("s-136", "S136"),
        ("STAVAX ESR", "Stavax"),
        ("x40crmov5-1", "X40CrMoV5-1"),
        ("GB 45", "45"),
    ],
)
def test_steels_are_found_as_people_write_them(text: str, code: str) -> None:
    assert facade.steel(text).code == code


def test_steel_ties_are_typed_and_as_weak_as_their_weaker_half() -> None:
    ties = {tie.code: tie for tie in facade.equivalents("1.2379")}
    assert (ties["SKD11"].relation, ties["SKD11"].confidence, ties["SKD11"].via) == ("nominal", "sourced", "D2")
    assert (ties["DC53"].relation, ties["DC53"].confidence) == ("near", "typical")
    assert (ties["D2"].relation, ties["D2"].via) == ("nominal", None)
    assert [tie.relation for tie in facade.equivalents("S136")] == ["brand"] * 6
    assert "718H" in {tie.code for tie in facade.equivalents("P20+Ni")}
    assert (facade.steel("718H").hardness_min, facade.steel("718H").confidence) == (33, "typical")


def test_ties_are_the_same_from_both_sides() -> None:
    for asked in facade.steels():
        for tie in facade.equivalents(asked):
            back = {other.code: other.relation for other in facade.equivalents(tie.code)}
            assert back[asked] == tie.relation
    assert facade.steel("AISI H13").code == "H13"
    assert "S136" not in {tie.code for tie in facade.equivalents("1.2738")}
    assert set(facade.RELATION_LABELS) == {"nominal", "near", "brand"}


@pytest.mark.parametrize(
    ("kind", "number", "country", "normalized"),
    [
        ("uscc", "91110000600037341L", "CN", "91110000600037341L"),
        ("lei", "213800KUD8LAJWSQ9D15", "GB", "213800KUD8LAJWSQ9D15"),
        ("vat", "DE 136 695 976", "DE", "DE136695976"),
        ("vat", "136695976", "DE", "DE136695976"),
        ("vat", "ESB58378431", "ES", "ESB58378431"),
        ("gb_vat", "GB 980 7806 84", "GB", "980780684"),
        ("cnpj", "16.727.230/0001-97", "BR", "16727230000197"),
        ("jp_cn", "5-8356-7825-6246", "JP", "5835678256246"),
        ("tw_ubn", "00501503", "TW", "00501503"),
        ("ein", "91-1144442", "US", "911144442"),
        ("us_ein", "911144442", None, "911144442"),
        ("iban", "GR16 0110 1050 0000 1054 7023 795", "GR", "GR1601101050000010547023795"),
    ],
)
def test_real_numbers_pass(kind: str, number: str, country: str | None, normalized: str) -> None:
    assert facade.check_registration_number(kind, number, country) == facade.Checked(True, normalized)


@pytest.mark.parametrize(
    ("kind", "number", "country", "problem"),
    [
        ("uscc", "91110000600037342L", "CN", "registration-wrong-check-digit"),
        ("uscc", "9111000060003734", "CN", "registration-wrong-length"),
        ("uscc", "91110000600037341L", "DE", "registration-wrong-country"),
        ("vat", "DE136695978", "DE", "registration-wrong-check-digit"),
        ("vat", "FR40303265045", "DE", "registration-wrong-country"),
        ("vat", "GB980780684", "GB", "registration-wrong-country"),
        ("duns", "150483782", "US", "unknown-registration-kind"),
        ("lei", "213800KUD8LAJWSQ9D16", None, "registration-wrong-check-digit"),
    ],
)
def test_false_numbers_are_told_why(kind: str, number: str, country: str | None, problem: str) -> None:
    checked = facade.check_registration_number(kind, number, country)
    assert (checked.ok, checked.problem_code) == (False, problem)
    assert problem in facade.REGISTRATION_PROBLEM_TEXTS


@given(st.sampled_from(sorted(KINDS)), st.text(max_size=40), st.sampled_from([None, "DE", "GR", "CN", "GB"]))
def test_any_text_gets_an_answer(kind: str, number: str, country: str | None) -> None:
    checked = facade.check_registration_number(kind, number, country)
    assert checked.ok or checked.problem_code in facade.REGISTRATION_PROBLEM_TEXTS


def test_kinds_by_country() -> None:
    assert {kind.code for kind in facade.registration_kinds("CN")} == {"uscc", "lei", "iban"}
    assert "vat" in {kind.code for kind in facade.registration_kinds("GR")}
    assert len(EU_VAT_COUNTRIES) == 27
    assert all(facade.is_country(code) for code in EU_VAT_COUNTRIES)
