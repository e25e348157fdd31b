"""The demand side of the demo market: valid, complete, in its buyers' languages, with files that open."""

import importlib
import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from app.demo.inquiries import (
    attachment_path,
    load_buyers,
    load_inquiries,
    load_operator,
    load_partners,
    load_shops,
    load_tour_inquiry,
    quote_note,
)
from app.demo.inquiries.loader import DATA, FILES, part_measures, quote_note_locales
from app.demo.inquiries.seeds import InquirySeed, OrganizationSeed
from app.demo.market import load_products, load_suppliers
from app.kit.locales import LOCALES
from app.parties.states import MemberRole, OrganizationRole, UnitSystem
from app.procurement.mould_dictionary import milestone_catalogue, mould_dictionary
from app.procurement.mould_spec import advise_mould_spec, parse_cavities, validate_mould_spec
from app.procurement.states import InquiryState

ORGANIZATIONS = (*load_buyers(), *load_shops(), *load_partners(), load_operator())
INQUIRIES = (*load_inquiries(), load_tour_inquiry())
REPOSITORY = Path(__file__).resolve().parents[2]

STEP_LIMIT = 150_000
PDF_LIMIT = 120_000
TOTAL_LIMIT = 3_000_000

# One letter of each script or accent that a text in the language cannot do without.
SCRIPTS = {
    "zh-Hans": "[\u4e00-\u9fff]", "zh-Hant": "[\u4e00-\u9fff]", "ja": "[\u3040-\u30ff]", "ar": "[\u0600-\u06ff]",
    "de": "[äöüß]", "fr": "[éèàù]", "es": "[áéíóúñ]", "pt-BR": "[ãçõ]", "en": "(?i)\\bthe\\b",
}  # fmt: skip


def test_how_many_there_are() -> None:
    assert (len(load_buyers()), len(load_partners()), load_operator().code) == (12, 6, "partingline")
    assert (len(load_shops()), len({shop.address.country for shop in load_shops()})) == (14, 6)
    assert len({shop.locale for shop in load_shops()}) == 6
    states = [inquiry.state for inquiry in load_inquiries()]
    wanted = {"draft": 4, "published": 8, "closed": 4, "awarded": 10, "cancelled": 4}
    assert {state: states.count(state) for state in InquiryState} == wanted
    assert len({inquiry.code for inquiry in INQUIRIES}) == 31
    assert len({buyer.address.country for buyer in load_buyers()}) >= 9
    assert {buyer.locale for buyer in load_buyers()} == set(LOCALES)
    assert {inquiry.buyer_code for inquiry in load_inquiries()} == {buyer.code for buyer in load_buyers()}


def test_loading_is_deterministic() -> None:
    before = load_inquiries()
    for loader in (load_inquiries, load_buyers):
        loader.cache_clear()
    assert load_inquiries() == before


@pytest.mark.parametrize("organization", ORGANIZATIONS, ids=lambda organization: organization.code)
def test_organizations(organization: OrganizationSeed) -> None:
    assert set(organization.roles) <= set(OrganizationRole)
    assert organization.locale in LOCALES
    assert organization.unit_system in set(UnitSystem)
    assert organization.legal_name_latin.isascii() or organization.locale == "de"
    assert organization.registration_numbers
    for number in organization.registration_numbers:
        module = importlib.import_module(f"stdnum.{number.scheme}")
        assert module.is_valid(number.number), number
    assert 2 <= len(organization.people) <= 4
    assert any("owner" in person.roles for person in organization.people)
    for person in organization.people:
        assert set(person.roles) <= set(MemberRole)
        assert person.locale in LOCALES
        assert person.email.endswith(f"@{organization.code}.example")


def test_nobody_is_there_twice() -> None:
    codes = [organization.code for organization in ORGANIZATIONS] + [supplier.code for supplier in load_suppliers()]
    assert len(codes) == len(set(codes))
    emails = [person.email for organization in ORGANIZATIONS for person in organization.people]
    assert len(emails) == len(set(emails))
    numbers = [number.number for organization in ORGANIZATIONS for number in organization.registration_numbers]
    assert len(numbers) == len(set(numbers))


def test_every_buyer_can_buy_and_approve() -> None:
    for buyer in (*load_buyers(), *load_shops()):
        purchasers = {person.email for person in buyer.people if "purchaser" in person.roles}
        approvers = {person.email for person in buyer.people if "approver" in person.roles}
        assert purchasers, buyer.code
        assert approvers - purchasers, buyer.code


@pytest.mark.parametrize("inquiry", INQUIRIES, ids=lambda inquiry: inquiry.code)
def test_inquiries(inquiry: InquirySeed) -> None:
    buyer = next(buyer for buyer in load_buyers() if buyer.code == inquiry.buyer_code)
    author = next(person for person in buyer.people if person.email == inquiry.author_email)
    assert "purchaser" in author.roles
    assert inquiry.locale == buyer.locale
    assert re.search(SCRIPTS[inquiry.locale], inquiry.notes)
    assert inquiry.notes.count("\n\n") >= 1
    assert len(inquiry.notes) > 120
    assert len(inquiry.title) <= 200
    assert re.fullmatch("[A-Z]{3}", inquiry.incoterm)
    assert inquiry.milestone_template is None or inquiry.milestone_template in milestone_catalogue().templates
    assert inquiry.supplier_count >= max(3, len(inquiry.quotes))
    known = {supplier.address.country for supplier in load_suppliers()}
    assert set(inquiry.preferred_countries) <= known
    for name in inquiry.attachments:
        assert attachment_path(name).is_file(), name


@pytest.mark.parametrize("inquiry", INQUIRIES, ids=lambda inquiry: inquiry.code)
def test_lines(inquiry: InquirySeed) -> None:
    labels: dict[str, set[str]] = {}
    for product in load_products():
        if product.state == "published":
            labels.setdefault(product.category_code, set()).update(variant.label for variant in product.variants)
    assert inquiry.lines
    for line in inquiry.lines:
        assert line.quantity > 0
        assert line.target_price_minor > 0
        assert (line.spec is None) != (line.category_code is None)
        if line.category_code is not None:
            assert line.keyword in labels[line.category_code], line.description
        if line.spec is not None:
            assert validate_mould_spec(line.spec) == []
            assert advise_mould_spec(line.spec) == []


@pytest.mark.parametrize("inquiry", load_inquiries(), ids=lambda inquiry: inquiry.code)
def test_states_have_what_they_need(inquiry: InquirySeed) -> None:
    decided = inquiry.state in {"closed", "awarded"}
    assert bool(inquiry.quotes) == decided
    assert (inquiry.awarded_quote is not None) == (inquiry.state == "awarded")
    assert (inquiry.cancel_reason is not None) == (inquiry.state == "cancelled")
    assert (inquiry.published_days_ago is None) == (inquiry.state == "draft")
    if inquiry.awarded_quote is not None:
        assert 0 <= inquiry.awarded_quote < len(inquiry.quotes)
    if inquiry.published_days_ago is not None:
        assert -inquiry.published_days_ago < inquiry.closes_in_days
    if inquiry.state in {"draft", "published"}:
        assert 0 < inquiry.closes_in_days < inquiry.required_in_days
    if decided:
        assert inquiry.closes_in_days < 0


def test_quotes_and_their_notes() -> None:
    keys = yaml.safe_load((DATA / "quote_notes.yaml").read_text(encoding="utf-8"))
    used = {quote.note_key for inquiry in load_inquiries() for quote in inquiry.quotes}
    assert used == set(keys)
    for key in keys:
        assert set(quote_note_locales(key)) == set(LOCALES) - {"ar"}
        for locale in quote_note_locales(key):
            text, written_in = quote_note(key, locale, lead_time_days=70)
            assert written_in == locale
            assert "10" in text
            assert "{" not in text
    assert quote_note("tight_schedule", "ar", lead_time_days=70)[1] == "en"
    for inquiry in load_inquiries():
        for quote in inquiry.quotes:
            assert Decimal("0.7") < quote.price_factor < Decimal("1.3")
            assert 0 < quote.lead_time_days <= 120


def test_the_tours_inquiry_is_the_one_the_story_tells() -> None:
    tour = load_tour_inquiry()
    assert tour.locale == "de"
    (line,) = tour.lines
    assert line.spec is not None
    assert parse_cavities(line.spec["cavities"]).total == 2
    steels = mould_dictionary().fields["steel_cavity"].values
    assert "1.2738" in steels[line.spec["steel_base"]].names["de"]
    assert "S136" in steels[line.spec["steel_cavity"]].names["de"]
    assert line.spec["resin"] == "pc_abs"
    assert {Path(name).suffix for name in tour.attachments} == {".step", ".pdf"}


@pytest.mark.parametrize("path", sorted(FILES.glob("*.step")), ids=lambda path: path.name)
def test_step_files(path: Path) -> None:
    text = path.read_text(encoding="ascii")
    assert path.stat().st_size < STEP_LIMIT
    assert text.startswith("ISO-10303-21;\nHEADER;\n")
    assert text.rstrip().endswith("END-ISO-10303-21;")
    schema = re.search(r"FILE_SCHEMA\(\(\s*'([A-Z0-9_]+)", text)
    assert schema
    assert schema[1] in {"AUTOMOTIVE_DESIGN", "AP242_MANAGED_MODEL_BASED_3D_ENGINEERING_MIM_LF"}
    assert f"FILE_NAME('{path.name}','2026-11-02T08:00:00'" in text
    assert text.count("MANIFOLD_SOLID_BREP(") == 1
    defined = {int(number) for number in re.findall(r"^#(\d+)=", text, re.MULTILINE)}
    assert len(defined) > 40
    assert {int(number) for number in re.findall(r"#(\d+)", text)} == defined


@pytest.mark.parametrize("path", sorted(FILES.glob("*.pdf")), ids=lambda path: path.name)
def test_pdf_files(path: Path) -> None:
    content = path.read_bytes()
    assert content.startswith(b"%PDF-1.")
    assert content.rstrip().endswith(b"%%EOF")
    assert len(content) < PDF_LIMIT
    offset = int(re.findall(rb"startxref\s+(\d+)", content)[-1])
    assert 0 < offset < len(content)


def test_the_table_of_parts_names_every_file() -> None:
    parts = part_measures()
    assert 10 <= len(parts) <= 12
    named = {"parts.json"}
    for slug, part in parts.items():
        named |= {part["step"], *part["drawings"].values()}
        length, width, height = (part["size_mm"][edge] for edge in ("length", "width", "height"))
        assert 0 < part["volume_cm3"] * 1000 <= length * width * height, slug
        assert 0 < part["projected_area_cm2"] * 100 <= length * width * 1.001, slug
        assert part["mass_g"] == pytest.approx(part["volume_cm3"] * part["density_g_cm3"], abs=0.02)
    assert {path.name for path in FILES.iterdir()} == named
    assert sum(path.stat().st_size for path in FILES.iterdir()) < TOTAL_LIMIT
    assert json.loads((FILES / "parts.json").read_text(encoding="utf-8")) == parts


def test_drawings_are_in_the_language_of_the_inquiry() -> None:
    for inquiry in INQUIRIES:
        for name in inquiry.attachments:
            assert name.endswith((".step", f"-{inquiry.locale}.pdf")), inquiry.code


def test_units_of_the_dictionary_are_known_to_the_reference_room() -> None:
    rows = (REPOSITORY / "app/reference/data/units.csv").read_text(encoding="utf-8").splitlines()
    known = {row.split(",")[0] for row in rows}
    used = {field.unit for field in mould_dictionary().fields.values() if field.unit}
    assert used
    assert used | {line.unit for inquiry in INQUIRIES for line in inquiry.lines} <= known
