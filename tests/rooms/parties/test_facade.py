"""What other rooms rely on: who is who, who may do what, and requests for approval."""

from datetime import date
from decimal import Decimal

from app.kit.actor import Permission
from app.kit.db.tenancy import act_for
from app.kit.ids import new_id
from app.parties import facade
from app.reference import facade as reference
from tests.market import Market


async def test_organizations_and_the_people_who_may(market: Market) -> None:
    owner = await market.people("buyer", locale="de")
    purchaser = await market.member(owner.firm, "purchaser", locale="zh-Hans")
    other = await market.people("supplier")
    async with market.db.transaction() as session:
        await act_for(session, owner.firm.id)
        refs = await facade.organizations(session, [owner.firm.id, other.firm.id, new_id()])
        assert set(refs) == {owner.firm.id, other.firm.id}
        assert refs[owner.firm.id].verified and refs[owner.firm.id].roles == {"buyer"}
        assert {p.id for p in await facade.people_who_may(session, owner.firm.id, Permission.INQUIRE)} == {
            owner.person_id,
            purchaser.person_id,
        }
        assert [p.id for p in await facade.people_who_may(session, owner.firm.id, Permission.APPROVE)] == [
            owner.person_id
        ]
        found = await facade.person(session, purchaser.person_id)
        assert found is not None and found.locale == "zh-Hans"
        assert await facade.person(session, other.person_id) is None


async def test_rates_are_dated_and_cross_the_euro(market: Market) -> None:
    async with market.db.transaction() as session:
        await act_for(session, None, operator=True)
        rows = [
            {"base": "EUR", "quote": quote, "on_date": day, "rate": Decimal(rate), "source": "ECB"}
            for quote, day, rate in [
                ("USD", date(2026, 11, 2), "1.10"),
                ("USD", date(2026, 11, 9), "1.20"),
                ("CNY", date(2026, 11, 2), "7.80"),
            ]
        ]
        await reference.load_rates(session, rows)
    async with market.db.transaction(readonly=True) as session:
        assert await reference.fx_rate(session, "EUR", "USD", date(2026, 11, 8)) == Decimal("1.10")
        assert await reference.fx_rate(session, "EUR", "USD", date(2026, 11, 9)) == Decimal("1.20")
        inverse = await reference.fx_rate(session, "USD", "EUR", date(2026, 11, 3))
        assert inverse is not None and abs(inverse * Decimal("1.10") - 1) < Decimal("1e-9")
        crossed = await reference.fx_rate(session, "USD", "CNY", date(2026, 11, 3))
        assert crossed is not None and abs(crossed - Decimal("7.8") / Decimal("1.1")) < Decimal("1e-9")
        assert await reference.fx_rate(session, "USD", "CNY", date(2026, 11, 1)) is None
        assert await reference.fx_rate(session, "JPY", "JPY", date(2020, 1, 1)) == 1
