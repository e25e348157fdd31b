"""What suppliers and buyers read of an inquiry, and that lists cost the same for one row and for twenty."""

import json

from tests.market import Market
from tests.rooms.procurement.deals import draft, inquiry_form, published
from tests.statements import count_statements


async def test_a_supplier_reads_it_in_his_language_and_learns_nothing_of_others(market: Market) -> None:
    deal = await published(market, suppliers=3)
    await deal.quote(deal.suppliers[1])
    answer = await deal.suppliers[0].get(deal.path)
    seen = answer.json()
    assert answer.headers["Content-Language"] == "zh-Hans"
    assert seen["title"]["text"] == "Spritzgießwerkzeug Gehäuse" and seen["title"]["locale"] == "de"
    assert seen["invitations"] is None and seen["warnings"] is None
    assert seen["my_invitation"]["supplier"]["id"] == str(deal.suppliers[0].firm.id)
    assert [line["target_price"] for lot in seen["lots"] for line in lot["lines"]] == [None, None]
    for other in deal.suppliers[1:]:
        assert str(other.firm.id) not in answer.text and other.firm.code not in answer.text


async def test_a_shared_target_is_seen(market: Market) -> None:
    form = inquiry_form(market)
    form["lots"][0]["lines"][0]["share_target"] = True
    deal = await published(market, lots=form["lots"])
    seen = (await deal.suppliers[0].get(deal.path)).json()
    assert seen["lots"][0]["lines"][0]["target_price"]["minor"] == 4000000


async def test_quantities_are_shown_in_the_readers_units(market: Market) -> None:
    line = {"description": "Kühlschlauch", "quantity": "2.5", "unit": "MTR"}
    deal = await published(market, lots=[{"lines": [line]}])
    seen = (await deal.buyer.get(deal.path)).json()["lots"][0]["lines"][0]["quantity"]
    assert seen == {"value": "2.5", "unit": "MTR", "text": "2,5 m"}


async def test_translations_stand_next_to_the_original(market: Market) -> None:
    deal = await published(market)
    await market.work()
    seen = (await deal.suppliers[0].get(deal.path)).json()
    assert seen["title"]["text"] == "Spritzgießwerkzeug Gehäuse"
    translation = seen["title"]["translation"]
    assert translation is None or (translation["locale"] == "zh-Hans" and translation["state"] == "machine")


async def test_attachments_are_opened_by_the_invited_only(market: Market) -> None:
    buyer = await market.people("buyer")
    upload = await buyer.post("/v1/documents", files={"file": ("note.txt", b"Zeichnung folgt", "text/plain")})
    assert upload.status_code == 201, upload.text
    deal = await published(market, buyer=buyer, document_ids=[upload.json()["id"]])
    shown = (await deal.suppliers[0].get(deal.path)).json()["documents"]
    assert [row["filename"] for row in shown] == ["note.txt"]
    stranger = await market.people("supplier")
    assert (await stranger.get(f"/v1/documents/{upload.json()['id']}")).status_code == 404
    await deal.buyer.post(f"{deal.path}/invitations", json={"supplier_ids": [str(stranger.firm.id)]})
    assert len((await stranger.get(deal.path)).json()["documents"]) == 1
    own = await stranger.post("/v1/documents", files={"file": ("own.txt", b"mine", "text/plain")})
    stolen = await buyer.post("/v1/inquiries", json=inquiry_form(market, document_ids=[own.json()["id"]]))
    assert stolen.status_code == 422
    assert [error["pointer"] for error in stolen.json()["errors"]] == ["/document_ids/0"]


async def test_the_uninvited_find_nothing(market: Market) -> None:
    deal = await published(market)
    for stranger in (await market.people("supplier"), await market.people("buyer"), await market.people("operator")):
        for path in ("", "/quotes", "/comparison", "/comparison.csv", "/questions"):
            assert (await stranger.get(deal.path + path)).status_code == 404
    assert (await market.nobody.get(deal.path)).status_code == 401
    # The comparison is the buyer's: an invited supplier does not even learn whether it was opened.
    assert (await deal.suppliers[0].get(f"{deal.path}/comparison")).status_code == 404


async def test_lists_filter_by_what_the_reader_sees(market: Market) -> None:
    buyer = await market.people("buyer")
    await draft(market, buyer)
    deal = await published(market, buyer=buyer)
    supplier = deal.suppliers[0]

    async def numbers(query: str) -> list[str]:
        return [row["number"] for row in (await buyer.get(f"/v1/inquiries?state={query}")).json()["items"]]

    assert len(await numbers("draft")) == 1
    assert await numbers("published") == [deal.inquiry["number"]]
    assert len((await supplier.get("/v1/inquiry-invitations?open=true")).json()["items"]) == 1
    deal.wait(days=6)
    assert await numbers("published") == []
    assert await numbers("closed") == [deal.inquiry["number"]]
    assert (await supplier.get("/v1/inquiry-invitations?open=true")).json()["items"] == []
    row = (await supplier.get("/v1/inquiry-invitations?open=false")).json()["items"][0]
    assert (row["state"]["code"], row["accepts_quotes"]) == ("closed", False)


async def test_lists_are_paged_by_key(market: Market) -> None:
    buyer = await market.people("buyer")
    ids = [(await draft(market, buyer))["id"] for _ in range(5)]
    first = await buyer.get("/v1/inquiries?limit=3")
    assert 'rel="next"' in first.headers["Link"]
    rest = await buyer.get(f"/v1/inquiries?limit=3&cursor={first.json()['next_cursor']}")
    assert [row["id"] for row in first.json()["items"] + rest.json()["items"]] == ids[::-1]


async def test_an_inquirys_quotes_take_as_many_statements_for_twenty_as_for_one(market: Market) -> None:
    counted = []
    for suppliers in (1, 20):
        deal = await published(market, suppliers=suppliers)
        for supplier in deal.suppliers:
            await deal.quote(supplier)
        with count_statements(market.db) as seen:
            answer = await deal.buyer.get(f"{deal.path}/quotes", params={"limit": 50})
        assert len(answer.json()["items"]) == suppliers
        assert "price" not in json.dumps(answer.json())
        counted.append(len(seen))
    assert counted[0] == counted[1]
