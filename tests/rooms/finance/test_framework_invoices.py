"""All that a pool bought of a supplier is invoiced at once: one invoice for each member, in his language, with his deposit."""

from hypothesis import given
from hypothesis import strategies as st

from app.pooling.ordering.rules import prepaid_portions
from tests.market import Market
from tests.rooms.finance.invoices import paid_somewhere, read
from tests.rooms.pooling.campaigns import committed, frozen, offered, opened
from tests.statements import count_statements


async def test_each_member_is_invoiced_once_in_his_language(market: Market) -> None:
    lead, french = await market.people("buyer", locale="ja"), await market.people("buyer", locale="fr")
    supplier = await market.people("supplier")
    campaign = await opened(market, lead, deposit_pct="10")
    await committed(campaign, lead, 600, 47000, payment_method="tok_visa")
    await committed(campaign, french, 300, 47000, payment_method="tok_visa")
    await market.work()
    await offered(campaign, supplier)
    await frozen(market)
    framework = (await supplier.get("/v1/framework-orders")).json()["items"][0]
    path = f"/v1/framework-orders/{framework['id']}/invoices"
    refused = await supplier.post(path, json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "invoicing-details-missing")
    await paid_somewhere(supplier)
    assert [(await one.post(path, json={})).status_code for one in (lead, french)] == [404, 404]
    warehouse = await market.member(supplier.firm, "warehouse")
    assert (await warehouse.post(path, json={})).status_code == 403

    counts = []
    for limit in (1, 20):
        with count_statements(market.db) as seen:
            lines = (await supplier.get(framework["lines_url"], params={"limit": limit})).json()["items"]
        counts.append((len(seen), len(lines)))
    assert [rows for _, rows in counts] == [1, 2] and counts[0][0] == counts[1][0]
    # One member's order was invoiced by itself before: it is not invoiced again.
    line = next(one for one in lines if one["member"]["id"] == str(lead.firm.id))
    form = {"prepaid_minor": 6 * 4700}
    alone = await supplier.post(f"/v1/orders/{line['order_id']}/invoices", json=form)
    assert alone.status_code == 201, alone.text
    told = [(await supplier.post(path, json={"terms_days": 21})).json() for _ in range(2)]
    assert [(one["issued"], one["before"]) for one in told] == [(1, 1), (0, 2)]
    assert told[0]["invoices"] == told[1]["invoices"]
    by_member = {one["member"]["id"]: one for one in told[1]["invoices"]}
    assert sorted(one["number"] for one in by_member.values()) == ["RE-000001", "RE-000002"]
    assert sum(one["net"]["minor"] for one in by_member.values()) == framework["members_total"]["minor"]
    for member, locale, deposit in ((lead, "ja", 6 * 4700), (french, "fr", 3 * 4700)):
        told_of = by_member[str(member.firm.id)]
        invoice = await read(member, told_of["id"])
        assert (invoice["locale"], invoice["prepaid"]["minor"]) == (locale, deposit)
        assert invoice["payable"]["minor"] == invoice["gross"]["minor"] - deposit
        assert invoice["contract_reference"] == framework["number"]
        [listed] = (await member.get("/v1/invoices")).json()["items"]
        assert listed["number"] == told_of["number"]
    assert len((await supplier.get(f"/v1/invoices?of_subject={framework['id']}")).json()["items"]) == 1


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**9), max_size=6))
def test_a_deposit_is_shared_out_as_far_as_there_is_to_pay(deposit: int, payments: list[int]) -> None:
    shares = prepaid_portions(deposit, payments)
    assert len(shares) == len(payments) and all(share >= 0 for share in shares)
    assert sum(shares) == min(deposit, sum(payments))
    assert not any(share and not payment for share, payment in zip(shares, payments, strict=True))
