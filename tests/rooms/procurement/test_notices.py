"""Who is told what, each in his own language, and that no supplier's news speak of another."""

import psycopg

from app.messages.registry import NOTICES
from app.procurement import notices
from tests.market import Market
from tests.rooms.procurement.deals import draft, published

Owner = psycopg.Connection[tuple[object, ...]]


def told(owner: Owner) -> list[tuple[str, str]]:
    """(notice, person) of every notification."""
    rows = owner.execute("SELECT notice, person_id::text FROM notifications ORDER BY created_at, id").fetchall()
    return [(str(notice), str(person)) for notice, person in rows]


async def test_everybody_is_told_once(market: Market, owner: Owner) -> None:
    deal = await published(market, suppliers=2)
    await market.work()
    first, second = (str(supplier.person_id) for supplier in deal.suppliers)
    buyer = str(deal.buyer.person_id)
    assert sorted(told(owner)) == sorted([("procurement.invited", first), ("procurement.invited", second)])

    late = await market.people("supplier")
    await deal.buyer.post(f"{deal.path}/invitations", json={"supplier_ids": [str(late.firm.id)]})
    await deal.quote(deal.suppliers[0])
    await deal.suppliers[1].post(f"{deal.path}/refusal", json={"reason": "Keine Kapazität"})
    await market.work()
    new = told(owner)[2:]
    assert sorted(new) == sorted(
        [
            ("procurement.invited", str(late.person_id)),
            ("procurement.quoted", buyer),
            ("procurement.declined", buyer),
        ]
    )
    await deal.open()
    await market.work()
    new = told(owner)[5:]
    assert sorted(new) == sorted(
        [("procurement.closed", buyer), ("procurement.opened", buyer)]
        + [("procurement.opened_to_supplier", person) for person in (first, second, str(late.person_id))]
    )


async def test_a_cancelled_draft_is_nobodys_news(market: Market, owner: Owner) -> None:
    buyer, supplier = await market.people("buyer"), await market.people("supplier")
    inquiry = await draft(market, buyer, [supplier])
    await buyer.post(f"/v1/inquiries/{inquiry['id']}/cancellation", json={"reason": "Irrtum"})
    await market.work()
    assert told(owner) == []


async def test_extensions_questions_and_withdrawals(market: Market, owner: Owner) -> None:
    deal = await published(market, suppliers=1)
    supplier = deal.suppliers[0]
    quote = await deal.quote(supplier)
    await supplier.post(f"/v1/quotes/{quote['id']}/withdrawal")
    asked = (await supplier.post(f"{deal.path}/questions", json={"question": "?"})).json()
    await deal.buyer.post(f"{deal.path}/questions/{asked['id']}/answer", json={"answer": "!"})
    await deal.buyer.post(f"{deal.path}/extension", json={"closes_at": "2090-01-01T00:00:00Z"})
    await deal.buyer.post(f"{deal.path}/cancellation", json={"reason": "Projekt gestoppt"})
    await market.work()
    assert {notice for notice, _ in told(owner)} >= {
        "procurement.withdrawn",
        "procurement.asked",
        "procurement.answered",
        "procurement.extended",
        "procurement.cancelled",
    }


async def test_events_name_one_supplier_at_most(market: Market, owner: Owner) -> None:
    deal = await published(market, suppliers=3)
    await deal.quote(deal.suppliers[0])
    await deal.buyer.post(f"{deal.path}/closing")
    await market.work()
    suppliers = {supplier.firm.id for supplier in deal.suppliers}
    rows = owner.execute(
        "SELECT type, organization_ids, data, sequence FROM outbox_events WHERE type LIKE 'procurement.%'"
    ).fetchall()
    assert len(rows) == 1 + 3 + 1 + 1 + 3
    for kind, organizations, data, sequence in rows:
        assert len(suppliers & set(organizations)) <= 1, kind  # type: ignore[call-overload]
        assert not {"price", "price_minor", "total"} & set(data)  # type: ignore[call-overload]
        # What a supplier hears is numbered by his own invitation: gaps tell him nothing of the others.
        if suppliers & set(organizations):  # type: ignore[call-overload]
            assert int(str(sequence)) <= 2


def test_notices_before_an_award_carry_no_money() -> None:
    own = [value for name, value in vars(notices).items() if name.isupper() and str(value).startswith("procurement.")]
    assert len(own) >= 11
    for code in own:
        assert NOTICES[code].placeholders <= {
            "inquiry_id",
            "number",
            "firm",
            "title",
            "closes_at",
            "opens_at",
            "reason",
        }
