"""The data files: provenance, completeness in nine languages, and the checks that the trade's own figures allow."""

from collections.abc import Callable
from typing import Any

import pytest
from babel.numbers import get_currency_precision

from app.kit.locales import LOCALES, cldr
from app.reference import facade
from app.reference.loading import DATA, csv_rows, yaml_rows
from app.reference.units import unit_texts

FILES = sorted(path.name for path in DATA.iterdir())


@pytest.mark.parametrize("name", FILES)
def test_every_row_names_its_source_and_edition(name: str) -> None:
    rows: list[Any] = csv_rows(name) if name.endswith(".csv") else yaml_rows(name)
    assert rows
    assert all(row["source"] and row["edition"] for row in rows)
    codes = [row.get("code") or row["family"] for row in rows]
    assert len(codes) == len(set(codes))


def test_a_row_without_an_edition_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    (tmp_path / "x.csv").write_text("code,source,edition\nA,somewhere,\n", encoding="utf-8")
    monkeypatch.setattr("app.reference.loading.DATA", tmp_path)
    with pytest.raises(ValueError, match=r"row 1 of x\.csv"):
        csv_rows("x.csv")


@pytest.mark.parametrize(
    "table",
    [facade.incoterms, facade.hs_headings, facade.plastics, facade.package_types],
)
def test_names_are_complete_in_nine_languages(table: Callable[[], dict[str, Any]]) -> None:
    assert table()
    for row in table().values():
        assert set(row.names) == set(LOCALES), row.code
        assert all(text.strip() == text and text for text in row.names.values())


def test_unit_texts_cover_every_unit_without_a_cldr_id_and_only_real_plural_forms() -> None:
    assert set(unit_texts()) == {code for code, unit in facade.units().items() if unit.cldr is None}
    for texts in unit_texts().values():
        for locale in LOCALES:
            forms = texts.patterns[locale]
            assert "other" in forms
            assert set(forms) <= cldr(locale).plural_form.tags | {"other"}
            assert all(pattern.count("{0}") == 1 for pattern in forms.values())


def test_exponents_agree_with_cldr() -> None:
    assert {code: currency.exponent for code, currency in facade.currencies().items()} == {
        code: get_currency_precision(code) for code in facade.currencies()
    }
    assert [facade.currency(code).exponent for code in ("JPY", "EUR", "KWD")] == [0, 2, 3]


def test_incoterms_are_the_eleven_rules_with_their_facts() -> None:
    rules = facade.incoterms().values()

    def by(test: Callable[[facade.Incoterm], bool]) -> set[str]:
        return {rule.code for rule in rules if test(rule)}

    assert by(lambda r: r.mode == "any") == {"EXW", "FCA", "CPT", "CIP", "DAP", "DPU", "DDP"}
    assert by(lambda r: r.mode == "sea") == {"FAS", "FOB", "CFR", "CIF"}
    assert by(lambda r: r.named_place == "port_of_shipment") == {"FAS", "FOB"}
    assert by(lambda r: r.named_place == "port_of_destination") == {"CFR", "CIF"}
    assert by(lambda r: r.insured_by == "seller") == {"CIF", "CIP"}
    assert (facade.incoterm("CIF").insurance_clauses, facade.incoterm("CIP").insurance_clauses) == ("C", "A")
    assert {facade.incoterm(code).insured_value_pct for code in ("CIF", "CIP")} == {110}
    assert by(lambda r: r.export_clearance == "buyer") == {"EXW"}
    assert by(lambda r: r.import_clearance == "seller") == {"DDP"}
    assert by(lambda r: r.unloaded_by == "seller") == {"DPU"}
    assert by(lambda r: r.risk_passes_before_costs) == {"CPT", "CIP", "CFR", "CIF"}
    assert all(rule.container_alternative in facade.incoterms() for rule in rules if rule.mode == "sea")


@pytest.mark.parametrize(
    "code",
    ["848010", "848020", "848030", "848041", "848049", "848050", "848060", "848071", "848079",
     "847710", "847730", "820720", "820730"],
)  # fmt: skip
def test_the_trades_headings_are_known(code: str) -> None:
    assert facade.hs_headings()[code].confidence == "verified"


def test_vdi_formula_agrees_with_the_table_within_1_8_percent() -> None:
    grades = [finish for finish in facade.finishes().values() if finish.scale == "VDI"]
    assert len(grades) == 12
    # VDI 3400: Ra in µm is 0.1 · 10^(grade / 20).
    worst = max(abs(0.1 * 10 ** (int(found.grade) / 20) / float(found.ra_max_um) - 1) for found in grades)
    assert 0.001 < worst < 0.018


def test_ranges_run_upwards() -> None:
    for plastic in facade.plastics().values():
        assert plastic.shrinkage_min_pct < plastic.shrinkage_max_pct
        assert plastic.mould_min_c < plastic.mould_max_c
        assert plastic.injection_min_mpa < plastic.injection_max_mpa
        cooling = (plastic.diffusivity_mm2_s, plastic.melt_c, plastic.cooling_mould_c, plastic.ejection_c)
        assert (plastic.cooling_confidence == "typical") == all(value is not None for value in cooling)
        assert all(value is None for value in cooling) or all(value is not None for value in cooling)
    for finish in facade.finishes().values():
        assert finish.ra_min_um < finish.ra_max_um or finish.scale == "VDI"


def test_places_stand_in_known_countries_and_ports_of_the_trade_are_there() -> None:
    for place in facade.places().values():
        assert facade.is_country(place.country)
        assert place.code.startswith(place.country)
        assert len(place.code) == 5
    for code in ("CNNGB", "CNYTN", "CNSHA", "DEHAM", "DEBRV", "ESBCN", "PTLEI", "JPTYO", "BRSSZ", "TWKEL"):
        found = facade.find_place(code)
        assert found is not None
        assert found.port
    assert facade.find_place("de ham") == facade.find_place("DEHAM")
    assert facade.find_place("XXXXX") is None


@pytest.mark.parametrize("locale", LOCALES)
def test_every_country_has_a_name_in_every_language(locale: str) -> None:
    names = [facade.country_name(code, locale) for code in facade.country_codes()]
    assert len(names) == len(set(names)) >= 249


def test_unknown_codes_are_refused_by_name() -> None:
    lookups: list[tuple[str, Callable[[str], object]]] = [
        ("units", facade.unit), ("currencies", facade.currency), ("incoterms", facade.incoterm),
        ("steels", facade.steel), ("plastics", facade.plastic), ("finishes", facade.finish),
    ]  # fmt: skip
    for table, lookup in lookups:
        with pytest.raises(facade.UnknownCode) as refusal:
            lookup("nonsense")
        assert refusal.value.params == {"table": table, "value": "nonsense"}
