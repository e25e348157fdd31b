"""How complete a listing is, what is told to do about it, and which listings of a supplier are the same."""

from decimal import Decimal
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.definitions import categories
from app.catalog.jobs import rate_listings
from app.catalog.quality import EDITION, FLAW_LABELS, WEIGHTS, Flaw, assess, letters
from app.kit.jobs import Runtime
from app.kit.locales import LOCALES
from tests.market import Market, Member
from tests.rooms.catalog.test_listings import LEAF, VARIANT, listing, published, valid_attributes
from tests.rooms.documents import samples
from tests.rooms.documents.uploads import ready
from tests.statements import count_statements

Connection = psycopg.Connection[Any]
SERVICE = next(code for code, one in categories().items() if one.is_leaf and "services" in one.path)
FULL_VARIANT = {
    "mass_kg": "1", "length_mm": "1", "width_mm": None, "height_mm": None, "hs_code": "848079", "made_to_order": False,
    "lead_time_days": 5, "prices": [{"currency": "EUR"}, {"currency": "EUR"}],
}  # fmt: skip


def document(category: str = LEAF, **changes: Any) -> dict[str, Any]:
    """A document that lacks nothing."""
    texts = {
        name: {locale: {"text": "x" * 250, "state": "human"} for locale in LOCALES[:4]}
        for name in ("title", "description")
    }
    media = [{"media_type": "image/png"}, {"media_type": "application/pdf"}]
    whole = {"category": category, "source_locale": "en", "texts": texts, "attributes": valid_attributes(category)}
    return whole | {"media": media, "variants": [FULL_VARIANT]} | changes


def test_a_complete_listing_has_a_hundred_and_an_empty_one_nearly_nothing() -> None:
    assert assess(document()) == assess(document(SERVICE)) and assess(document()).score == 100
    empty = assess(document(texts={}, attributes={}, media=[], variants=[]))
    # Nothing can be stale where nothing is translated.
    assert empty.score == WEIGHTS[Flaw.STALE_TRANSLATIONS]
    assert sum(WEIGHTS.values()) == 100 and set(FLAW_LABELS) == set(WEIGHTS) == set(Flaw)


@pytest.mark.parametrize(
    ("changes", "flaw", "points", "pointer"),
    [
        ({"media": [{"media_type": "application/pdf"}]}, Flaw.PICTURE, 10, "/media"),
        ({"media": [{"media_type": "image/vnd.dxf"}]}, Flaw.PICTURE, 10, "/media"),
        ({"media": [{"media_type": "image/png"}]}, Flaw.DRAWING, 5, "/media"),
        ({"variants": [FULL_VARIANT, FULL_VARIANT | {"mass_kg": None}]}, Flaw.MASS, 2.5, "/variants/1/mass_kg"),
        ({"variants": [FULL_VARIANT | {"length_mm": None}]}, Flaw.DIMENSIONS, 5, "/variants/0/length_mm"),
        ({"variants": [FULL_VARIANT | {"hs_code": None}]}, Flaw.HS_CODE, 5, "/variants/0/hs_code"),
        (
            {"variants": [FULL_VARIANT | {"prices": [{"currency": "EUR"}, {"currency": "USD"}]}]},
            Flaw.PRICE_TIERS,
            5,
            "/variants/0/prices",
        ),
        (
            {"variants": [FULL_VARIANT | {"made_to_order": True, "lead_time_days": 0}]},
            Flaw.LEAD_TIME,
            5,
            "/variants/0/lead_time_days",
        ),
    ],
)
def test_each_thing_that_is_missing_costs_its_points(
    changes: dict[str, Any], flaw: Flaw, points: float, pointer: str
) -> None:
    found = assess(document(**changes)).findings
    assert [(one.flaw, one.points, one.pointer) for one in found] == [(flaw, Decimal(str(points)), pointer)]


def test_a_service_needs_no_mass_size_customs_code_or_drawing() -> None:
    bare = FULL_VARIANT | {"mass_kg": None, "length_mm": None, "hs_code": None}
    found = assess(document(SERVICE, variants=[bare], media=[{"media_type": "image/png"}]))
    assert found.findings == ()


def test_stale_translations_count_as_missing_ones_and_cost_their_own_points() -> None:
    texts = document()["texts"]
    texts["title"]["de"] = {"text": "alt", "state": "stale"}
    found = {one.flaw: one for one in assess(document(texts=texts)).findings}
    assert found[Flaw.LANGUAGES].points == Decimal("2.5")
    assert (found[Flaw.STALE_TRANSLATIONS].points, found[Flaw.STALE_TRANSLATIONS].pointer) == (5, "/texts/de/title")


def test_required_attributes_are_shared_by_their_number() -> None:
    category = categories()[LEAF]
    required = [code for code, needed in category.attributes.items() if needed]
    attributes = valid_attributes(LEAF)
    del attributes[required[0]]
    (found,) = assess(document(attributes=attributes)).findings
    assert (found.flaw, found.attribute) == (Flaw.REQUIRED_ATTRIBUTES, required[0])
    assert found.points == round(Decimal(15) / len(required), 2)


def test_a_chinese_description_says_more_with_fewer_characters() -> None:
    assert letters("模具") == 6 and letters("die") == 3


@given(
    st.sets(st.sampled_from(list(valid_attributes(LEAF)))),
    st.sets(st.sampled_from(LOCALES)),
    st.lists(st.sampled_from(["image/png", "application/pdf", "model/step"]), max_size=4),
    st.integers(0, 400),
    st.integers(0, 3),
)
def test_a_score_is_what_the_findings_leave_of_a_hundred(
    given_codes: set[str], locales: set[str], media: list[str], length: int, variants: int
) -> None:
    text = {"text": "x" * length, "state": "human"}
    whole = document(
        attributes=dict.fromkeys(given_codes, 1),
        texts={"title": dict.fromkeys(locales, text), "description": dict.fromkeys(locales, text)},
        media=[{"media_type": kind} for kind in media],
        variants=[FULL_VARIANT] * variants,
    )
    quality = assess(whole)
    assert quality.score == 100 - round(sum(one.points for one in quality.findings))
    assert 0 <= quality.score <= 100
    assert all(one.points > 0 for one in quality.findings)
    # Doing what a finding says never lowers the score.
    better = assess(whole | {"media": [*whole["media"], {"media_type": "image/png"}]})
    assert better.score >= quality.score


async def test_a_draft_and_a_published_listing_are_judged_in_the_readers_language(market: Market) -> None:
    seller = await market.people("supplier")
    draft = (await seller.post("/v1/products", json=listing("draft", attributes={}))).json()["id"]
    answer = (await seller.get(f"/v1/products/{draft}/quality", headers={"Accept-Language": "de"})).json()
    kinds = {finding["kind"]["code"]: finding for finding in answer["findings"]}
    assert {"required_attributes", "mass", "picture", "description"} <= set(kinds)
    assert kinds["picture"]["kind"]["label"] == "Bild"
    assert kinds["picture"]["message"].startswith("Fügen Sie ein Bild hinzu")
    assert kinds["required_attributes"]["message"].startswith("Geben Sie „")
    product_id = await published(market, seller)
    before = (await seller.get(f"/v1/products/{product_id}/quality")).json()
    picture = await ready(market, seller, samples.png(), "pin.png")
    assert (await seller.post(f"/v1/products/{product_id}/media", json={"document_ids": [picture]})).status_code == 200
    await market.work()  # a picture counts once it can be shown
    after = (await seller.get(f"/v1/products/{product_id}/quality")).json()
    assert after["score"] == before["score"] + 10
    assert answer["score"] < before["score"]


async def test_the_stored_score_is_that_of_the_document(market: Market, owner: Connection) -> None:
    seller = await market.people("supplier")
    product_id = await published(market, seller)
    shown = (await seller.get(f"/v1/products/{product_id}/quality")).json()
    row = owner.execute("SELECT quality, flaws, quality_edition, document FROM public_products").fetchone()
    assert row is not None
    assert row[0] == shown["score"] == assess(row[3]).score and row[2] == EDITION
    assert row[1] == sorted({finding["kind"]["code"] for finding in shown["findings"]})
    with pytest.raises(psycopg.errors.CheckViolation):
        owner.execute("UPDATE public_products SET quality = 101")


async def test_scores_of_older_rules_are_computed_anew_by_a_job(market: Market, owner: Connection) -> None:
    seller = await market.people("supplier")
    product_id = await published(market, seller)
    owner.execute("UPDATE public_products SET quality = 50, flaws = '{}', quality_edition = 0, digest = 'older'")
    await rate_listings(Runtime(market.settings, market.db, market.clock))
    row = owner.execute("SELECT quality, quality_edition FROM public_products").fetchone()
    shown = (await seller.get(f"/v1/products/{product_id}/quality")).json()
    assert row == (shown["score"], EDITION)


async def _range(market: Market, seller: Member, listings: int, start: int = 0) -> list[str]:
    return [await published(market, seller, f"pin-{one}", f"EP-{one}") for one in range(start, start + listings)]


async def test_the_worst_listings_come_first_and_can_be_filtered(market: Market) -> None:
    seller, other = await market.people("supplier"), await market.people("supplier")
    better, worse = await _range(market, seller, 2)
    await published(market, other, "theirs", "T-1")
    picture = await ready(market, seller, samples.png(), "pin.png")
    await seller.post(f"/v1/products/{better}/media", json={"document_ids": [picture]})
    await market.work()
    first = await seller.get("/v1/listing-quality", params={"limit": 1})
    second = await seller.get("/v1/listing-quality", params={"limit": 1, "cursor": first.json()["next_cursor"]})
    assert [page.json()["items"][0]["product_id"] for page in (first, second)] == [worse, better]
    assert second.json()["next_cursor"] is None
    lacking = (await seller.get("/v1/listing-quality", params={"kind": "picture"})).json()["items"]
    assert [item["product_id"] for item in lacking] == [worse]
    assert (await market.nobody.get("/v1/listing-quality")).status_code == 401
    assert (await other.get(f"/v1/products/{better}/quality")).status_code == 404


async def test_the_range_in_figures(market: Market) -> None:
    seller = await market.people("supplier")
    empty = (await seller.get("/v1/listing-quality/summary")).json()
    assert (empty["listings"], empty["mean_score"], empty["flaws"]) == (0, None, [])
    await _range(market, seller, 3)
    found = (await seller.get("/v1/listing-quality/summary")).json()
    assert found["listings"] == sum(band["listings"] for band in found["bands"]) == 3
    assert {one["kind"]["code"]: one["listings"] for one in found["flaws"]}["picture"] == 3
    assert 0 < float(found["mean_score"]) < 100


async def test_lists_of_quality_take_as_many_statements_for_twenty_as_for_one(market: Market) -> None:
    seller = await market.people("supplier")
    counts = []
    for start, wanted in ((0, 1), (1, 19)):
        await _range(market, seller, wanted, start)
        for path in ("/v1/listing-quality", "/v1/listing-quality/summary", "/v1/listing-quality/duplicates"):
            with count_statements(market.db) as seen:
                assert (await seller.get(path)).status_code == 200
            counts.append(len(seen))
    assert counts[:3] == counts[3:]


async def _titled(market: Market, seller: Member, number: int, title: str, **variant: Any) -> str:
    texts = {"en": {"title": title}}
    product_id = str((await seller.post("/v1/products", json=listing(f"pin-{number}", texts=texts))).json()["id"])
    sized = {**VARIANT, "sku": f"EP-{number}", **variant}
    assert (await seller.post(f"/v1/products/{product_id}/variants", json=sized)).status_code == 201
    assert (await seller.post(f"/v1/products/{product_id}/publish")).status_code == 200
    return product_id


async def test_the_same_thing_listed_twice_is_found(market: Market) -> None:
    seller, other = await market.people("supplier"), await market.people("supplier")
    one = await _titled(market, seller, 1, "Ejector pin DIN 1530 A 6x100")
    same = await _titled(market, seller, 2, "Pin, hardened, for moulds")
    like = await _titled(market, seller, 3, "Ejector pins DIN 1530 A 6x100", label="Ø6 × 100 h", length_mm="101")
    await _titled(market, seller, 4, "Ejector pin DIN 1530 A 8x100", label="Ø8 × 100", length_mm="102")
    await _titled(market, other, 5, "Ejector pin DIN 1530 A 6x100")
    pairs = (await seller.get("/v1/listing-quality/duplicates")).json()
    assert [{pair["product_id"], pair["other"]["product_id"]} for pair in pairs] == [{one, same}, {one, like}]
    assert pairs[0]["other"]["likeness_percent"] == 100 > pairs[1]["other"]["likeness_percent"] >= 85
    own = (await seller.get(f"/v1/products/{like}/quality")).json()["duplicates"]
    assert [found["product_id"] for found in own] == [one]
