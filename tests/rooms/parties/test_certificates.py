"""Certificates as days go by: warnings, the end, and what the catalogue shows of them."""

from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from app.catalog.publication import refresh_listings_of
from app.kit.db.engine import Role
from app.kit.db.tenancy import acting_for
from app.kit.jobs import Runtime
from app.parties import facade as parties
from app.parties import rules
from app.parties.jobs import look_at_certificates
from tests.market import Market, Member
from tests.rooms.catalog.test_listings import published
from tests.rooms.parties.pages import certificate, certified
from tests.rooms.procurement.deals import wait
from tests.statements import count_statements

Connection = psycopg.Connection[Any]


async def days_pass(market: Market, days: int, *members: Member) -> None:
    """The clock goes on, and the hourly look happens (twice: the second finds nothing to tell)."""
    wait(market, *members, days=days)
    for _ in range(2):
        await look_at_certificates(Runtime(market.settings, market.db, market.clock))
    await market.work()


async def notices(reader: Member) -> list[tuple[str, str]]:
    items = (await reader.get("/v1/notifications")).json()["items"]
    return [(item["notice"], item["subject"]) for item in reversed(items) if "certificate" in item["notice"]]


async def test_the_holder_is_told_twice_before_the_end_and_once_after_it(market: Market) -> None:
    seller = await market.people("supplier", locale="de")
    colleague = await market.member(seller.firm, "sales")
    await certified(market, seller, days=100)
    await days_pass(market, 39, seller, colleague)
    assert await notices(seller) == []
    await days_pass(market, 1, seller, colleague)
    assert [code for code, _ in await notices(seller)] == ["parties.certificate_expiring"]
    await days_pass(market, 45, seller, colleague)
    assert len(await notices(seller)) == 1
    await days_pass(market, 1, seller, colleague)
    assert len(await notices(seller)) == 2
    assert (await market.nobody.get(f"/v1/suppliers/{seller.firm.id}")).json()["certificates"] != []
    await days_pass(market, 14, seller, colleague)
    assert len(await notices(seller)) == 2
    await days_pass(market, 1, seller, colleague)
    told = await notices(seller)
    assert [code for code, _ in told] == ["parties.certificate_expiring"] * 2 + ["parties.certificate_expired"]
    assert told[-1][1] == "Ihr Zertifikat ISO 9001 ist abgelaufen"
    assert await notices(colleague) == []


async def test_a_renewed_certificate_is_warned_of_anew(market: Market) -> None:
    seller = await market.people("supplier")
    held = await certified(market, seller, days=10)
    await days_pass(market, 0, seller)
    path = f"/v1/organization/certificates/{held['id']}"
    renewed = await seller.put(path, json=certificate(market, days=400), headers={"If-Match": "*"})
    assert renewed.status_code == 200, renewed.text
    await days_pass(market, 380, seller)
    assert len(await notices(seller)) == 2


async def test_the_catalogue_follows_certificates_in_few_statements(market: Market) -> None:
    seller = await market.people("supplier")
    first = await published(market, seller)
    await market.work()

    async def shown(product_id: str = first) -> list[str]:
        async with market.db.transaction() as session:
            row = await session.execute(
                text("SELECT document->'supplier'->'certifications' FROM public_products WHERE product_id = :id"),
                {"id": product_id},
            )
            return list(row.scalar_one())

    assert await shown() == []
    held = await certified(market, seller, days=3)
    await certified(market, seller, "iatf_16949", days=500)
    await market.work()
    assert await shown() == ["iatf_16949", "iso_9001"]
    # What is published from now on shows them at once.
    second = await published(market, seller, "another", "EP-8X100")
    assert await shown(second) == ["iatf_16949", "iso_9001"]
    await days_pass(market, 4, seller)
    assert (await shown(), await shown(second)) == (["iatf_16949"], ["iatf_16949"])
    directory = await market.nobody.get("/v1/suppliers", params={"certification": "iso_9001"})
    assert directory.json()["items"] == []
    own = (await seller.get(f"/v1/organization/certificates/{held['id']}")).json()
    assert (own["state"]["code"], own["days_left"]) == ("expired", -1)


async def test_refreshing_many_listings_takes_as_many_statements_as_refreshing_one(market: Market) -> None:
    counts = []
    for listings in (1, 12):
        seller = await market.people("supplier")
        for number in range(listings):
            await published(market, seller, f"pin-{number}", f"EP-{number}")
        await market.work()
        await certified(market, seller)
        with count_statements(market.db, Role.WORKER) as seen:
            async with market.db.transaction(Role.WORKER) as session, acting_for(session, seller.firm.id):
                assert await refresh_listings_of(session, seller.firm.id) == listings
        counts.append(len(seen))
    assert counts[0] == counts[1]


async def test_other_rooms_know_the_valid_schemes(market: Market) -> None:
    seller = await market.people("supplier")
    await certified(market, seller, days=-5, number="old")
    await certified(market, seller, "iso_14001")
    async with market.db.transaction() as session:
        assert (await parties.organizations(session, [seller.firm.id]))[seller.firm.id].certifications == ("iso_14001",)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"scheme": "iso_12345"}, "/scheme"),
        ({"issued_on": "2099-01-01"}, "/issued_on"),
        ({"expires_on": "1999-01-01"}, "/expires_on"),
        ({"issued_on": "2001-01-01"}, "/expires_on"),
    ],
)
async def test_a_certificate_that_cannot_be_is_refused(market: Market, changes: dict[str, Any], pointer: str) -> None:
    seller = await market.people("supplier")
    answer = await seller.post("/v1/organization/certificates", json=certificate(market, **changes))
    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


async def test_the_same_certificate_stands_once(market: Market) -> None:
    seller = await market.people("supplier")
    first = await certified(market, seller)
    again = await seller.post("/v1/organization/certificates", json=certificate(market))
    assert (again.status_code, again.json()["code"]) == (409, "certificate-known")
    second = await certified(market, seller, number="another")
    path = f"/v1/organization/certificates/{second['id']}"
    taken = await seller.put(path, json=certificate(market), headers={"If-Match": "*"})
    assert (taken.status_code, taken.json()["code"]) == (409, "certificate-known")
    assert (await seller.delete(f"/v1/organization/certificates/{first['id']}")).status_code == 204
    assert (await seller.put(path, json=certificate(market), headers={"If-Match": "*"})).status_code == 200


async def test_the_database_holds_what_a_certificate_is(market: Market, owner: Connection) -> None:
    seller = await market.people("supplier")
    held = await certified(market, seller)
    for change in ("expires_on = issued_on", "told_days = 30", "document_id = id"):
        with pytest.raises(psycopg.errors.CheckViolation):
            owner.execute(f"UPDATE supplier_certificates SET {change} WHERE id = '{held['id']}'".encode())


@given(st.integers(-20, 100), st.sampled_from([None, 60, 14, 0]))
def test_each_stage_is_told_once_and_never_an_earlier_one(left: int, told: int | None) -> None:
    today = date(2027, 1, 1)
    stage = rules.warning_due(today + timedelta(days=left), today, told)
    if stage is None:
        assert left > 60 or (told is not None and told <= (0 if left < 0 else 14 if left <= 14 else 60))
    else:
        assert left <= stage and (told is None or stage < told)
        assert rules.warning_due(today + timedelta(days=left), today, stage) is None
