"""Writing, publishing and amending inquiries: by nobody, others, colleagues and the right one."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from tests.market import Market, Member
from tests.rooms.procurement.deals import MOULD, draft, inquiry_form, published

Owner = psycopg.Connection[tuple[object, ...]]


def count(owner: Owner, table: str, where: str = "true") -> int:
    row = owner.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()  # type: ignore[arg-type]
    assert row is not None
    return int(row[0])  # type: ignore[call-overload]


async def test_a_draft_is_numbered_per_buyer_and_stays_at_home(market: Market) -> None:
    buyer, other = await market.people("buyer"), await market.people("buyer")
    supplier = await market.people("supplier")
    first, second = await draft(market, buyer, [supplier]), await draft(market, buyer, [supplier])
    year = market.clock.now().year
    assert [first["number"], second["number"]] == [f"RFQ-{year}-0001", f"RFQ-{year}-0002"]
    assert (await draft(market, other))["number"] == f"RFQ-{year}-0001"
    assert first["state"]["code"] == "draft"
    assert first["lots"][0]["lines"][0]["target_price"]["minor"] == 4000000
    for stranger in (other, supplier):
        assert (await stranger.get(f"/v1/inquiries/{first['id']}")).status_code == 404


async def test_who_may_write_a_draft(market: Market, owner: Owner) -> None:
    firm = await market.firm("buyer")
    viewer = await market.member(firm, "viewer")
    supplier = await market.people("supplier")
    form = inquiry_form(market)
    assert (await market.nobody.post("/v1/inquiries", json=form)).status_code == 401
    assert (await viewer.post("/v1/inquiries", json=form)).status_code == 403
    assert (await supplier.post("/v1/inquiries", json=form)).status_code == 403
    assert count(owner, "inquiries") == 0
    assert (await (await market.member(firm, "purchaser")).post("/v1/inquiries", json=form)).status_code == 201


async def test_a_repeated_post_makes_one_draft(market: Market, owner: Owner) -> None:
    buyer = await market.people("buyer")
    form, key = inquiry_form(market), {"Idempotency-Key": "one-intent"}
    first = await buyer.post("/v1/inquiries", json=form, headers=key)
    again = await buyer.post("/v1/inquiries", json=form, headers=key)
    assert first.json() == again.json()
    assert count(owner, "inquiries") == 1


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"incoterm": "XYZ"}, "/incoterm", "unknown-incoterm"),
        ({"currency": "XXX"}, "/currency", "unknown-currency"),
        ({"opens_at": "2000-01-01T00:00:00Z"}, "/opens_at", "opens-before-closing"),
        ({"required_on": "2020-02-29"}, "/required_on", "required-before-closing"),
        (
            {"lots": [{"lines": [{"description": "x", "quantity": "1", "unit": "H87", "required_on": "2020-02-29"}]}]},
            "/lots/0/lines/0/required_on",
            "required-before-closing",
        ),
        ({"milestone_template": "none-such"}, "/milestone_template", "unknown-template"),
        ({"supplier_ids": [str(uuid4())]}, "/supplier_ids/0", "not-a-supplier"),
        (
            {"lots": [{"lines": [{"description": "x", "quantity": "1", "unit": "QQ"}]}]},
            "/lots/0/lines/0/unit",
            "unknown-unit",
        ),
        (
            {"lots": [{"lines": [{"description": "x", "quantity": "1", "unit": "H87", "spec": {"flavour": "red"}}]}]},
            "/lots/0/lines/0/spec/flavour",
            "unknown-field",
        ),
        (
            {"lots": [{"lines": [{"description": "x", "quantity": "1", "unit": "H87", "share_target": True}]}]},
            "/lots/0/lines/0/share_target",
            "no-target",
        ),
        (
            {"lots": [{"lines": [{"description": "x", "quantity": "1", "unit": "H87", "variant_id": str(uuid4())}]}]},
            "/lots/0/lines/0/variant_id",
            "unknown-variant",
        ),
    ],
)
async def test_what_a_draft_must_satisfy(
    market: Market, owner: Owner, changes: dict[str, Any], pointer: str, code: str
) -> None:
    buyer = await market.people("buyer")
    answer = await buyer.post("/v1/inquiries", json=inquiry_form(market, **changes))
    assert answer.status_code == 422
    assert (pointer, code) in [(error["pointer"], error["code"]) for error in answer.json()["errors"]]
    assert count(owner, "inquiries") == 0


async def test_each_wrong_field_of_a_mould_is_named_once_with_what_it_takes(market: Market) -> None:
    spec = {**MOULD, "process": None, "cavities": {"lid": "x"}, "wall_nominal_mm": [2], "nda_required": {"a": 1}}
    lots = [{"lines": [{"description": "x", "quantity": "1", "unit": "H87", "spec": spec}]}]
    buyer = await market.people("buyer")
    answer = await buyer.post("/v1/inquiries", json=inquiry_form(market, lots=lots))
    assert answer.status_code == 422
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [
        ("/lots/0/lines/0/spec/process", "unknown-value"),
        ("/lots/0/lines/0/spec/cavities", "cavities-malformed"),
        ("/lots/0/lines/0/spec/wall_nominal_mm", "not-a-number"),
        ("/lots/0/lines/0/spec/nda_required", "not-a-boolean"),
    ]


async def test_a_choice_is_listed_in_every_language_without_a_foreign_word(market: Market) -> None:
    buyer = await market.people("buyer")
    answer = await buyer.get("/v1/inquiries", params={"state": "lost"}, headers={"Accept-Language": "ja"})
    (error,) = answer.json()["errors"]
    assert error["pointer"] == "#/query/state"
    assert "draft, published, closed, awarded, cancelled" in error["detail"]
    assert " or " not in error["detail"]


async def test_a_buyer_does_not_invite_himself(market: Market) -> None:
    both = await market.people("buyer", "supplier")
    answer = await both.post("/v1/inquiries", json=inquiry_form(market, [both]))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "own-organization"


async def test_a_custom_mould_is_shown_in_the_readers_words(market: Market) -> None:
    buyer = await market.people("buyer", locale="de")
    line = {"description": "Werkzeug", "quantity": "1", "unit": "H87", "spec": MOULD}
    inquiry = await draft(market, buyer, lots=[{"lines": [line]}])
    groups = inquiry["lots"][0]["lines"][0]["spec"]
    fields = {field["code"]: field for group in groups for field in group["fields"]}
    assert fields["wall_nominal_mm"]["text"] == "2,5 mm"
    assert fields["process"]["value"] == "injection" and fields["process"]["text"] != "injection"


async def test_an_edit_names_the_version_it_was_made_on(market: Market) -> None:
    buyer = await market.people("buyer")
    inquiry = await draft(market, buyer)
    path, form = f"/v1/inquiries/{inquiry['id']}", inquiry_form(market, title="Anderes Werkzeug")
    assert (await buyer.put(path, json=form)).status_code == 428
    assert (await buyer.put(path, json=form, headers={"If-Match": '"7-en"'})).status_code == 412
    read = await buyer.get(path)
    changed = await buyer.put(path, json=form, headers={"If-Match": read.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.json()["title"]["text"] == "Anderes Werkzeug"
    assert changed.headers["ETag"] != read.headers["ETag"]


async def test_publishing_needs_lines_suppliers_and_time(market: Market) -> None:
    buyer = await market.people("buyer")
    past = (market.clock.now() - timedelta(hours=1)).isoformat()
    empty = await draft(market, buyer, lots=[], closes_at=past, opens_at=past)
    answer = await buyer.post(f"/v1/inquiries/{empty['id']}/publication")
    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.json()["errors"]} == {"/lots", "/supplier_ids", "/closes_at"}
    assert (await buyer.get(f"/v1/inquiries/{empty['id']}")).json()["state"]["code"] == "draft"


async def test_a_published_inquiry_is_not_rewritten(market: Market) -> None:
    deal = await published(market)
    assert deal.inquiry["state"]["code"] == "published"
    edit = await deal.buyer.put(deal.path, json=inquiry_form(market), headers={"If-Match": "*"})
    assert (edit.status_code, edit.json()["code"]) == (409, "inquiry-not-draft")
    again = await deal.buyer.post(f"{deal.path}/publication")
    assert (again.status_code, again.json()["code"]) == (409, "inquiry-not-draft")


async def test_more_time_moves_the_opening_along(market: Market) -> None:
    deal = await published(market)
    later = market.clock.now() + timedelta(days=9)
    earlier = await deal.buyer.post(
        f"{deal.path}/extension", json={"closes_at": (later - timedelta(days=8)).isoformat()}
    )
    assert earlier.status_code == 422
    answer = await deal.buyer.post(f"{deal.path}/extension", json={"closes_at": later.isoformat()})
    assert answer.status_code == 200
    assert answer.json()["closes_at"] == answer.json()["opens_at"]
    deal.wait(days=10)
    late = await deal.buyer.post(f"{deal.path}/extension", json={"closes_at": (later + timedelta(days=9)).isoformat()})
    assert (late.status_code, late.json()["code"]) == (409, "inquiry-closed")


async def test_further_suppliers_are_invited_once(market: Market, owner: Owner) -> None:
    deal = await published(market)
    new = await market.people("supplier")
    form = {"supplier_ids": [str(new.firm.id), str(deal.suppliers[0].firm.id)]}
    assert (await new.get(deal.path)).status_code == 404
    answer = await deal.buyer.post(f"{deal.path}/invitations", json=form)
    assert answer.status_code == 200
    assert len(answer.json()["invitations"]) == 3
    assert (await new.get(deal.path)).status_code == 200
    assert count(owner, "outbox_events", "type = 'procurement.supplier_invited.v1'") == 1


async def test_closing_early_leaves_the_opening_where_it_was(market: Market) -> None:
    deal = await published(market)
    answer = await deal.buyer.post(f"{deal.path}/closing")
    assert answer.json()["state"]["code"] == "closed"
    assert answer.json()["opens_at"] == deal.inquiry["opens_at"]
    again = await deal.buyer.post(f"{deal.path}/closing")
    assert (again.status_code, again.json()["code"]) == (409, "inquiry-state-conflict")


async def test_cancelling_gives_a_reason(market: Market) -> None:
    deal = await published(market)
    assert (await deal.buyer.post(f"{deal.path}/cancellation", json={})).status_code == 422
    answer = await deal.buyer.post(f"{deal.path}/cancellation", json={"reason": "Projekt gestoppt"})
    assert answer.json()["state"]["code"] == "cancelled"
    assert (await deal.suppliers[0].get(deal.path)).json()["cancel_reason"]["text"] == "Projekt gestoppt"
    quote = await deal.suppliers[0].post(f"{deal.path}/quotes", json=deal.quote_form())
    assert (quote.status_code, quote.json()["code"]) == (409, "inquiry-closed")


async def test_reasons_keep_their_language_and_show_a_translation(market: Market) -> None:
    deal = await published(market, suppliers=1)
    buyer, (supplier,) = deal.buyer, deal.suppliers
    declined = await supplier.post(f"{deal.path}/refusal", json={"reason": "没有产能"})
    assert declined.json()["decline_reason"] == {"text": "没有产能", "locale": "zh-Hans", "translation": None}
    text = f"/v1/texts/inquiry_invitation/{declined.json()['id']}/decline_reason/de"
    assert (await buyer.put(text, json={"text": "Ausgelastet"})).status_code == 403
    assert (await supplier.put(text, json={"text": "Keine Kapazität frei"})).status_code == 200
    read = (await buyer.get(deal.path, headers={"Accept-Language": "de"})).json()["invitations"][0]["decline_reason"]
    assert (read["text"], read["locale"]) == ("没有产能", "zh-Hans")
    assert (read["translation"]["text"], read["translation"]["locale"]) == ("Keine Kapazität frei", "de")

    reason = {"reason": "The part was redesigned.", "locale": "en"}
    assert (await buyer.post(f"{deal.path}/cancellation", json=reason)).status_code == 200
    text = f"/v1/texts/inquiry/{deal.inquiry['id']}/cancel_reason/zh-Hans"
    assert (await buyer.put(text, json={"text": "零件已重新设计。"})).status_code == 200
    read = (await supplier.get(deal.path, headers={"Accept-Language": "zh-Hans"})).json()["cancel_reason"]
    assert (read["locale"], read["translation"]["text"]) == ("en", "零件已重新设计。")


async def test_declining(market: Market) -> None:
    deal = await published(market)
    supplier = deal.suppliers[0]
    answer = await supplier.post(f"{deal.path}/refusal", json={"reason": "Keine Kapazität"})
    assert answer.json()["status"]["code"] == "declined"
    seen = (await deal.buyer.get(deal.path)).json()["invitations"]
    assert {row["status"]["code"] for row in seen} == {"declined", "pending"}
    await deal.quote(supplier)
    seen = (await deal.buyer.get(deal.path)).json()["invitations"]
    assert {row["status"]["code"] for row in seen} == {"quoted", "pending"}
    again = await supplier.post(f"{deal.path}/refusal", json={"reason": "Doch nicht"})
    assert (again.status_code, again.json()["code"]) == (409, "quote-stands")


BUYER_VERBS: list[tuple[str, dict[str, Any] | None]] = [
    ("publication", None),
    ("extension", {"closes_at": "2090-01-01T00:00:00Z"}),
    ("invitations", {"supplier_ids": [str(uuid4())]}),
    ("closing", None),
    ("cancellation", {"reason": "x"}),
    ("opening", None),
]


@pytest.mark.parametrize(("verb", "form"), BUYER_VERBS)
async def test_the_buyers_verbs_are_his_alone(
    market: Market, owner: Owner, verb: str, form: dict[str, Any] | None
) -> None:
    deal = await published(market, suppliers=1)
    viewer = await market.member(deal.buyer.firm, "viewer")
    stranger, operator = await market.people("buyer"), await market.people("operator")
    before = owner.execute("SELECT state, version, closes_at FROM inquiries").fetchall()
    tried: list[tuple[Any, int]] = [
        (market.nobody, 401),
        (stranger, 404),
        (operator, 404),
        (deal.suppliers[0], 404),
        (viewer, 403),
    ]
    for caller, status in tried:
        answer = await caller.post(f"{deal.path}/{verb}", json=form)
        assert answer.status_code == status, (verb, answer.text)
    assert owner.execute("SELECT state, version, closes_at FROM inquiries").fetchall() == before
    assert count(owner, "inquiry_openings") == 0


@pytest.mark.parametrize("verb", ["refusal", "quotes", "questions"])
async def test_the_suppliers_verbs_are_the_invited_ones(market: Market, owner: Owner, verb: str) -> None:
    deal = await published(market, suppliers=1)
    forms: dict[str, Any] = {
        "refusal": {"reason": "x"},
        "quotes": deal.quote_form(),
        "questions": {"question": "Welcher Stahl?"},
    }
    viewer: Member = await market.member(deal.suppliers[0].firm, "viewer")
    stranger = await market.people("supplier")
    tried: list[tuple[Any, int]] = [(market.nobody, 401), (stranger, 404), (deal.buyer, 404), (viewer, 403)]
    for caller, status in tried:
        answer = await caller.post(f"{deal.path}/{verb}", json=forms[verb])
        assert answer.status_code == status, answer.text
    assert count(owner, "quotes") == count(owner, "inquiry_questions") == 0
    assert count(owner, "inquiry_invitations", "declined_at IS NOT NULL") == 0
