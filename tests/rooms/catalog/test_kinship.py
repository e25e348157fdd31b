"""Equivalents of other suppliers and wear parts: what stands beside a listing, and what does not."""

import itertools
from typing import Any

import psycopg

from app.catalog import kinship
from app.catalog.definitions import categories
from app.catalog.schemas import Equivalents, SpareParts
from app.kit.locales import LOCALES
from app.reference import facade as reference
from tests.market import Market, Member
from tests.rooms.catalog.test_listings import LEAF, VARIANT, listing, valid_attributes
from tests.statements import count_reads

Owner = psycopg.Connection[tuple[object, ...]]
numbers = itertools.count(1)


async def listed(seller: Member, category: str = LEAF, **changed: Any) -> str:
    """A published listing of a category with some attributes of its own."""
    number = next(numbers)
    form = listing(f"kin-{number}", category_code=category, attributes={**valid_attributes(category), **changed})
    created = await seller.post("/v1/products", json=form)
    assert created.status_code == 201, created.text
    path = f"/v1/products/{created.json()['id']}"
    added = await seller.post(f"{path}/variants", json={**VARIANT, "sku": f"KIN-{number}"})
    assert added.status_code == 201, added.text
    answer = await seller.post(f"{path}/publish")
    assert answer.status_code == 200, answer.text
    return str(created.json()["id"])


def pin(steel: str, low: int = 100, high: int = 200, **changed: Any) -> dict[str, Any]:
    """The attributes of an ejector pin."""
    return {"steel": steel, "diameter": "6", "length_range": {"minimum": str(low), "maximum": str(high)}, **changed}


def test_the_files_name_what_exists() -> None:
    kinship.check()
    assert len(kinship.equivalences()) > 40 and len(kinship.spares()) > 60
    assert all(set(texts) == set(LOCALES) for texts in kinship.spare_reasons().values())
    keys = [(spare.category, spare.part) for spare in kinship.spares()]
    assert len(set(keys)) == len(keys)


def test_what_must_agree_is_named_and_the_rest_may_differ() -> None:
    values = valid_attributes("ejector-pins") | pin("1.2344")
    alike = kinship.kinship_columns("ejector-pins", values)
    assert alike["alike"] and (str(alike["overlap_low"]), str(alike["overlap_high"])) == ("100", "200")
    for other, agrees in [
        (pin("skd61"), True), (pin("1.2343"), False), (pin("1.2344", diameter="8"), False),
        (pin("1.2344", low=1, high=2), True), (pin("1.2344", hardness={"minimum": "40", "maximum": "41"}), True),
    ]:  # fmt: skip
        found = kinship.kinship_columns("ejector-pins", values | other)
        assert (found["alike"] == alike["alike"]) is agrees, other
    assert kinship.kinship_columns("guide-pillars", values)["alike"] != alike["alike"]
    for nothing in (("ejector-pins", {"steel": "1.2344"}), ("hot-runner-moulds", values)):
        assert set(kinship.kinship_columns(*nothing).values()) == {None}


def test_the_database_ties_steels_as_the_reference_room_does(owner: Owner) -> None:
    looked = 0
    for code in reference.steels():
        for tie in reference.equivalents(code):
            row = owner.execute("SELECT steel_relation(%s, %s)", (code, tie.code)).fetchone()
            assert row == (tie.relation,), (code, tie.code)
            looked += 1
    assert looked > 50
    row = owner.execute("SELECT steel_relation('1.9999', '1.9999'), steel_relation(NULL, 'P20')").fetchone()
    assert row == ("nominal", None)


async def test_equivalents_are_of_others_alike_overlapping_and_ranked_by_their_steel(market: Market) -> None:
    seller, second, third = [await market.people("supplier") for _ in range(3)]
    asked = await listed(seller, **pin("1.2344"))
    await listed(seller, **pin("1.2344"))
    brand = await listed(second, **pin("8407"))
    nominal = await listed(third, **pin("skd61", low=150, high=400))
    await listed(third, **pin("skd61", low=201, high=400))
    await listed(third, **pin("1.2379"))
    await listed(second, **pin("1.2344", diameter="8"))
    path = f"/v1/catalog/products/{asked}/equivalents"
    answer = await market.nobody.get(path, headers={"Accept-Language": "de"})
    found = Equivalents.model_validate_json(answer.content)
    assert [(str(one.product.id), one.relation.code if one.relation else None) for one in found.items] == [
        (nominal, "nominal"), (brand, "brand"),
    ]  # fmt: skip
    assert found.note and found.items[0].relation and found.items[0].relation.label
    assert found.model_dump(mode="json") == answer.json()
    assert answer.headers["content-language"] == "de"
    again = await market.nobody.get(path, headers={"Accept-Language": "de", "If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    own = await seller.get(path, params={"locale": "de", "currency": "EUR"})
    assert [item["relation"] for item in own.json()["items"]] == [item["relation"] for item in answer.json()["items"]]


async def test_wear_parts_are_named_with_their_reason_the_suppliers_own_first(market: Market) -> None:
    seller, other = await market.people("supplier"), await market.people("supplier")
    base = await listed(seller, "two-plate-mould-bases")
    theirs = [await listed(other, "ejector-pins", **pin("1.2344")) for _ in range(3)]
    own = await listed(seller, "ejector-pins", **pin("1.2344"))
    pillar = await listed(other, "guide-pillars")
    await listed(other, "edm-wire")
    path = f"/v1/catalog/products/{base}/spare-parts"
    answer = await market.nobody.get(path, params={"locale": "fr"})
    found = SpareParts.model_validate_json(answer.content)
    assert [(str(one.product.id), one.reason.code) for one in found.items] == [
        (own, "ejection"), (theirs[2], "ejection"), (theirs[1], "ejection"), (pillar, "guiding"),
    ]  # fmt: skip
    assert found.items[0].reason.label == kinship.spare_reasons()["ejection"]["fr"]
    assert found.model_dump(mode="json") == answer.json()
    assert (await market.nobody.get(f"/v1/catalog/products/{pillar}/spare-parts")).json() == {"items": []}


async def test_each_is_one_statement_and_refuses_as_every_route(market: Market) -> None:
    seller, others = await market.people("supplier"), await market.people("supplier")
    asked = await listed(seller, **pin("1.2344"))
    for kind in ("equivalents", "spare-parts"):
        path = f"/v1/catalog/products/{asked}/{kind}"
        with count_reads(market.db) as none:
            assert (await market.nobody.get(path)).json()["items"] == []
        assert len(none) == 1
        for wrong, status in [("01900000-0000-7000-8000-000000000000", 404), ("none", 422)]:
            answer = await market.nobody.get(f"/v1/catalog/products/{wrong}/{kind}")
            assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        assert (await market.nobody.get(path, params={"currency": "x"})).status_code == 422
    for _ in range(20):
        await listed(others, **pin("1.2344"))
    with count_reads(market.db) as twenty:
        answer = await market.nobody.get(f"/v1/catalog/products/{asked}/equivalents")
    assert (len(answer.json()["items"]), len(twenty)) == (20, 1)


def test_every_spare_category_can_be_listed() -> None:
    assert all(categories()[spare.part].is_leaf for spare in kinship.spares())
