"""The opening, the comparison in one currency, the award, and the second pair of eyes."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from app.demo.tour.narrator import excerpt
from app.demo.tour.stage import APPROVER, CHINESE, PURCHASER, QUOTING, Stage, texts
from app.demo.tour.visitors import Answer, problem_code
from app.procurement.rules import SealedPrice, SealedQuote, seal

CURRENCY = "EUR"


def decide(stage: Stage) -> None:
    """From sealed quotes to an order that is binding."""
    _open(stage)
    best = _compare(stage)
    _prove_seals(stage)
    _award(stage, best)
    _approve(stage)


def _open(stage: Stage) -> None:
    tell, purchaser = stage.narrator, stage.visitor(PURCHASER)
    tell.step("The quotes are opened")
    answer = purchaser.post(f"/v1/inquiries/{stage.inquiry_id}/opening")
    tell.acts(purchaser.role, "opens all quotes at once")
    stage.must("opened once, for good", answer.is_success, answer.text)
    tell.check("three quotes take part", answer.json()["quotes"] == 3, answer.text)


def _compare(stage: Stage) -> Answer:
    tell, purchaser = stage.narrator, stage.visitor(PURCHASER)
    tell.step("She compares them in euros")
    answer = purchaser.get(f"/v1/inquiries/{stage.inquiry_id}/comparison", params={"currency": CURRENCY})
    stage.must("the comparison is there", answer.is_success, answer.text)
    comparison = answer.json()
    ranked = sorted(comparison["quotes"], key=lambda quote: quote["rank"] or 99)
    rows = [
        [
            str(quote["rank"]),
            quote["supplier"]["name"],
            quote["total"]["text"],
            quote["converted"]["text"],
            str(quote["lead_time_days"]),
        ]
        for quote in ranked
    ]
    tell.table(["rank", "supplier", "quoted", "in euros", "days"], rows)
    rates = ", ".join(f"1 {rate['from_currency']} = {Decimal(rate['rate']):.5f}" for rate in comparison["rates"])
    tell.notes(f"Rates of {comparison['rates'][0]['on']}: {rates} EUR")
    currencies = {quote["total"]["currency"] for quote in ranked}
    tell.check("three currencies, one measure", currencies == {"USD", "EUR", "JPY"}, str(currencies))
    tell.check("the cheapest is ranked first", ranked[0]["quote_id"] == stage.quote_ids[CHINESE], str(rows))
    _show_note(stage, ranked[0]["quote_id"])
    best: Answer = ranked[0]
    return best


def _show_note(stage: Stage, quote_id: str) -> None:
    """The Chinese note with its translation, once the worker has made it."""
    purchaser = stage.visitor(PURCHASER)
    quote = stage.poll(
        lambda: purchaser.get(f"/v1/quotes/{quote_id}").json(), lambda seen: bool(seen["notes"]["translation"])
    )
    notes = quote["notes"]
    stage.narrator.says(excerpt(notes["text"]))
    translation = notes["translation"] or {"text": "", "locale": "", "state": ""}
    stage.narrator.says(excerpt(translation["text"]), f"{translation['state']} translation, beside the original")
    in_german = translation["locale"] == "de" and notes["locale"] == "zh-Hans"
    stage.narrator.check("the supplier's note: Chinese original, German words next to it", in_german, str(notes)[:200])


def _prove_seals(stage: Stage) -> None:
    tell, purchaser = stage.narrator, stage.visitor(PURCHASER)
    tell.step("She proves that nobody touched a quote after it was sealed")
    for email in QUOTING:
        quote = purchaser.get(f"/v1/quotes/{stage.quote_ids[email]}").json()
        digest = seal(_sealed(quote), bytes.fromhex(quote["salt"])).hex()
        held = digest == stage.digests[email]
        tell.check(f"{quote['supplier']['name_latin']}: seal {digest[:12]}… recomputed", held, quote["digest"])


def _sealed(quote: Answer) -> SealedQuote:
    prices = [
        SealedPrice(UUID(price["line_id"]), None, price["price"]["minor"], Decimal(price["per_quantity"]))
        for price in quote["prices"]
    ]
    prices += [SealedPrice(None, extra["label"], extra["price"]["minor"], Decimal(1)) for extra in quote["extras"]]
    return SealedQuote(
        quote_id=UUID(quote["id"]),
        inquiry_id=UUID(quote["inquiry_id"]),
        supplier_id=UUID(quote["supplier"]["id"]),
        revision=quote["revision"],
        currency=quote["currency"],
        lead_time_days=quote["lead_time_days"],
        valid_until=date.fromisoformat(quote["valid_until"]),
        incoterm=quote["incoterm"]["code"],
        incoterm_place=quote["incoterm"]["place"],
        reference=quote["reference"],
        notes=quote["notes"]["text"] if quote["notes"] else None,
        prices=tuple(prices),
    )


def _award(stage: Stage, best: Answer) -> None:
    tell, purchaser = stage.narrator, stage.visitor(PURCHASER)
    tell.step("She awards; above 25,000 EUR her firm wants a second signature")
    form = {"quotes": [{"quote_id": best["quote_id"]}], "reason": texts()["award_reason"], "close_rest": True}
    answer = purchaser.post(f"/v1/inquiries/{stage.inquiry_id}/awards", form)
    tell.acts(purchaser.role, f"awards to {best['supplier']['name']}")
    tell.says(texts()["award_reason"], texts()["glosses"]["award_reason"])
    stage.must("awarded", answer.status_code == 201, answer.text)
    order = answer.json()["orders"][0]
    stage.order_id = order["id"]
    tell.says(f"{order['number']}: {order['total']['text']} – {order['state']['label']}")
    waits = order["state"]["code"] == "awaiting_approval"
    tell.check("the order waits; the supplier does not see it yet", waits and _unseen(stage), str(order["state"]))


def _unseen(stage: Stage) -> bool:
    return stage.visitor(CHINESE).get(f"/v1/orders/{stage.order_id}").status_code == 404


def _approve(stage: Stage) -> None:
    tell, purchaser, approver = stage.narrator, stage.visitor(PURCHASER), stage.visitor(APPROVER)
    tell.step("Four eyes: her own approval is refused, her colleague's counts")
    stage.approval_id = purchaser.get(f"/v1/orders/{stage.order_id}").json()["approval"]["id"]
    path = f"/v1/approvals/{stage.approval_id}/approve"
    own = purchaser.post(path, {})
    tell.acts(purchaser.role, "tries to approve her own order")
    tell.says(f"{own.json().get('title', '')} – {own.json().get('detail', '')}")
    tell.check(f"{own.status_code}: refused", problem_code(own) == "not-your-decision", own.text)
    notice = stage.poll(
        lambda: notice_of(stage.approval_id, approver.get("/v1/notifications").json()), lambda seen: bool(seen)
    )
    tell.acts(approver.role, "reads his notice and approves")
    tell.says(notice.get("subject", ""))
    answer = approver.post(path, {"comment": texts()["approval_comment"]})
    tell.says(texts()["approval_comment"], texts()["glosses"]["approval_comment"])
    stage.must("approved by a second person", answer.is_success, answer.text)
    order = stage.poll(
        lambda: purchaser.get(f"/v1/orders/{stage.order_id}").json(),
        lambda seen: seen["state"]["code"] != "awaiting_approval",
    )
    tell.says(f"{order['number']} – {order['state']['label']}")
    stage.must("the purchase order is issued", order["state"]["code"] == "issued", str(order["state"]))


def notice_of(entity_id: str, page: Answer) -> Answer:
    """The notice about something on a page of notices; empty when there is none."""
    found: list[Answer] = [item for item in page["items"] if item["entity_id"] == entity_id]
    return found[0] if found else {}
