"""What a reader sees: samples in nine languages, and nothing that a language lacks."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app.kit.locales import LOCALES
from app.reference import facade

DEADLINE = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def _plain(text: str) -> str:
    return re.sub(r"[\u00a0\u202f]", " ", re.sub(r"[\u200e\u200f\u2066-\u2069]", "", text))


def _metric(value: str, unit: str, locale: str) -> str:
    return _plain(facade.display_quantity(Decimal(value), unit, locale, "metric").text)


@pytest.mark.parametrize(
    ("locale", "length", "force", "pieces", "lead_time"),
    [
        ("en", "1,250.5 mm", "3,500 kN", "3 pcs", "12 days"),
        ("zh-Hans", "1,250.5毫米", "3,500 kN", "3 件", "12天"),
        ("zh-Hant", "1,250.5 公釐", "3,500 kN", "3 件", "12 天"),
        ("de", "1.250,5 mm", "3.500 kN", "3 Stk.", "12 Tage"),
        ("es", "1.250,5 mm", "3.500 kN", "3 uds.", "12 días"),
        ("fr", "1 250,5 mm", "3 500 kN", "3 pcs", "12 jours"),
        ("ja", "1,250.5 mm", "3,500 kN", "3 個", "12 日"),
        ("pt-BR", "1.250,5 mm", "3.500 kN", "3 pçs", "12 dias"),
        ("ar", "1,250.5 مم", "3,500 كيلونيوتن", "3 قطع", "12 يومًا"),
    ],
)
def test_quantities(locale: str, length: str, force: str, pieces: str, lead_time: str) -> None:
    assert _metric("1250.5", "MMT", locale) == length
    assert _metric("3500", "B47", locale) == force
    assert _metric("3", "H87", locale) == pieces
    assert _metric("12", "DAY", locale) == lead_time


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        ("300", "MMT", "11.81 in"),
        ("300.0000", "MMT", "11.81 in"),
        ("0.02", "MMT", "0.0008 in"),
        ("538", "KGM", "1,186 lb"),
        ("60", "CEL", "140°F"),
        ("100", "MPA", "14,504 psi"),
        ("0.4", "4H", "16 µin"),
        ("3500", "B47", "3,500 kN"),
        ("48", "HRC", "48 HRC"),
    ],
)
def test_inch_readers_get_no_feigned_digits(value: str, unit: str, text: str) -> None:
    shown = facade.display_quantity(Decimal(value), unit, "en", "inch")
    assert shown.text == text
    assert (shown.value, shown.unit) == (Decimal(value), unit)


def test_a_value_in_the_readers_own_system_stays_as_it_was_given() -> None:
    assert facade.display_quantity(Decimal("1200"), "CMT", "en", "metric").text == "1,200 cm"
    assert facade.display_quantity(Decimal("12.0"), "INH", "en", "inch").shown_unit == "INH"
    assert facade.display_quantity(Decimal("2"), "INH", "en", "metric").text == "50.8 mm"


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("system", ["metric", "inch"])
def test_no_unit_shows_its_identifier(locale: str, system: facade.System) -> None:
    for code, unit in facade.units().items():
        for value in ("0", "1", "2", "3", "11", "2.5"):
            text = facade.display_quantity(Decimal(value), code, locale, system).text
            assert not re.search(r"[a-z]+-(?:[a-z]+-)*(?:meter|inch|day|degree|percent)|\{", text), text
            assert text
        name = facade.unit_name(code, locale)
        assert name, (code, locale)
        assert unit.cldr is None or unit.cldr not in name


@pytest.mark.parametrize(
    ("locale", "euro", "yen", "dinar"),
    [
        ("en", "€12,345.67", "¥1,234,567", "KWD 1,234.567"),
        ("zh-Hans", "€12,345.67", "JP¥1,234,567", "KWD 1,234.567"),
        ("zh-Hant", "€12,345.67", "¥1,234,567", "KWD 1,234.567"),
        ("de", "12.345,67 €", "1.234.567 ¥", "1.234,567 KWD"),
        ("es", "12.345,67 €", "1.234.567 JPY", "1.234,567 KWD"),
        ("fr", "12 345,67 €", "1 234 567 JPY", "1 234,567 KWD"),
        ("ja", "€12,345.67", "￥1,234,567", "KWD 1,234.567"),
        ("pt-BR", "€ 12.345,67", "JP¥ 1.234.567", "KWD 1.234,567"),
        ("ar", "12,345.67 €", "1,234,567 JP¥", "1,234.567 د.ك."),
    ],
)
def test_money(locale: str, euro: str, yen: str, dinar: str) -> None:
    assert _plain(facade.display_money(1234567, "EUR", locale)) == euro
    assert _plain(facade.display_money(1234567, "JPY", locale)) == yen
    assert _plain(facade.display_money(1234567, "KWD", locale)) == dinar


@pytest.mark.parametrize("locale", LOCALES)
def test_no_two_currencies_look_alike_to_one_reader(locale: str) -> None:
    marks = [re.sub(r"[\d.,\s\u200f]", "", facade.display_money(100_000, code, locale)) for code in facade.currencies()]
    assert len(set(marks)) == len(marks) == len(facade.currencies())
    assert all(facade.currency_name(code, locale) != code for code in facade.currencies())


@pytest.mark.parametrize("locale", LOCALES)
def test_deadlines_carry_their_offset(locale: str) -> None:
    text = _plain(facade.display_datetime(DEADLINE, locale, "Asia/Shanghai"))
    assert text.endswith("UTC+08:00")
    assert "8:00" in text or "20:00" in text
    assert "2026" in facade.display_date(date(2026, 3, 4), locale)


def test_a_deadline_in_the_readers_own_zone() -> None:
    assert facade.display_datetime(DEADLINE, "de", "Europe/Berlin") == "04.03.2026, 13:00:00 UTC+01:00"
    with pytest.raises(ValueError, match="time zone"):
        facade.display_datetime(datetime(2026, 3, 4), "de", "Europe/Berlin")  # noqa: DTZ001


def test_ranges_and_numbers() -> None:
    low, high = Decimal(50), Decimal(80)
    assert _plain(facade.display_range(low, high, "CEL", "de", "metric")) == "50–80 °C"
    assert facade.display_range(low, high, "CEL", "en", "inch") == "122–176°F"
    assert facade.display_range(low, low, "CEL", "en", "metric") == "50°C"
    assert _plain(facade.display_range(low, high, "CEL", "ar", "metric")) == "50–80°م"
    assert facade.display_number(Decimal("1234567.891"), "pt-BR") == "1.234.567,891"
    assert facade.display_number(Decimal("0.123456789"), "en") == "0.123457"
