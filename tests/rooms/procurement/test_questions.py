"""Questions of suppliers: answered for everybody, without naming who asked."""

import psycopg

from tests.market import Market
from tests.rooms.procurement.deals import published

Owner = psycopg.Connection[tuple[object, ...]]


async def test_an_answer_reaches_everybody_and_names_nobody(market: Market) -> None:
    deal = await published(market, suppliers=2)
    asker, other = deal.suppliers
    path = f"{deal.path}/questions"
    asked = await asker.post(path, json={"question": "S136 淬火硬度?"})
    assert asked.status_code == 201 and asked.json()["mine"]
    assert (await other.get(path)).json()["items"] == []
    seen = (await deal.buyer.get(path)).json()["items"][0]
    assert seen["supplier"]["id"] == str(asker.firm.id) and seen["question"]["locale"] == "zh-Hans"

    answer = await deal.buyer.post(
        f"{path}/{seen['id']}/answer", json={"answer": "52 HRC", "question": "Welche Härte?"}
    )
    assert answer.status_code == 201
    told = await other.get(path)
    assert told.json()["items"][0]["answer"]["text"] == "52 HRC"
    assert told.json()["items"][0]["question"]["text"] == "Welche Härte?"
    assert (told.json()["items"][0]["mine"], told.json()["items"][0]["supplier"]) == (False, None)
    assert str(asker.firm.id) not in told.text and asker.firm.code not in told.text
    assert (await asker.get(path)).json()["items"][0]["mine"]
    again = await deal.buyer.post(f"{path}/{seen['id']}/answer", json={"answer": "54 HRC"})
    assert (again.status_code, again.json()["code"]) == (409, "question-answered")


async def test_only_the_buyer_answers(market: Market, owner: Owner) -> None:
    deal = await published(market, suppliers=2)
    asked = (await deal.suppliers[0].post(f"{deal.path}/questions", json={"question": "?"})).json()
    path = f"{deal.path}/questions/{asked['id']}/answer"
    viewer = await market.member(deal.buyer.firm, "viewer")
    for caller, status in ((market.nobody, 401), (deal.suppliers[1], 404), (deal.suppliers[0], 404), (viewer, 403)):
        assert (await caller.post(path, json={"answer": "x"})).status_code == status
    assert owner.execute("SELECT count(*) FROM inquiry_answers").fetchone() == (0,)


async def test_after_closing_nothing_is_asked(market: Market) -> None:
    deal = await published(market)
    await deal.buyer.post(f"{deal.path}/closing")
    late = await deal.suppliers[0].post(f"{deal.path}/questions", json={"question": "?"})
    assert (late.status_code, late.json()["code"]) == (409, "inquiry-closed")


async def test_questions_are_paged_oldest_first(market: Market) -> None:
    deal = await published(market, suppliers=2)
    asker, other = deal.suppliers
    path = f"{deal.path}/questions"
    ids = [(await asker.post(path, json={"question": str(number)})).json()["id"] for number in range(3)]
    ids.append((await other.post(path, json={"question": "3"})).json()["id"])
    for number in (0, 3):
        await deal.buyer.post(f"{path}/{ids[number]}/answer", json={"answer": "!"})
    for reader, visible in ((deal.buyer, ids), (asker, ids), (other, [ids[0], ids[3]])):
        seen, url = [], f"{path}?limit=1"
        while url:
            answer = await reader.get(url)
            seen += [item["id"] for item in answer.json()["items"]]
            url = answer.links["next"]["url"] if "next" in answer.links else ""
        assert seen == visible
    assert (await other.get(path, params={"cursor": "x"})).status_code == 422
