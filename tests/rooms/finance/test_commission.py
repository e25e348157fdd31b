"""Rules of commission over HTTP: made and ended in time, announced to whom they concern; a deal keeps its terms."""

import asyncio
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from app.catalog.facade import category_path
from app.finance.commission import checks, facade, jobs
from app.finance.commission.facade import Terms
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for, acting_for
from app.kit.errors import NotFound
from app.kit.ids import new_id
from tests.market import Market, Member
from tests.rooms.catalog.test_listings import published
from tests.rooms.finance.commissions import NOTICE_DAYS, RULES, frozen_terms, rule_form, ruled
from tests.rooms.warehousing.stock import made
from tests.statements import count_statements

Owner = psycopg.Connection[Any]


async def told(who: Member) -> list[str]:
    """Subjects of what somebody was told about commission."""
    found = (await who.get("/v1/notifications")).json()["items"]
    return [one["body"] for one in found if one["notice"] == "finance.commission_changes"]


async def listed_category(market: Market, supplier: Member) -> str:
    """The category of a listing that the supplier has published now."""
    product = await published(market, supplier)
    return str((await supplier.get(f"/v1/products/{product}")).json()["category_code"])


async def proved(market: Market) -> int:
    """What `partingline verify` proves of commission holds."""
    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        looked, broken = await checks.commissions(session)
    assert broken == []
    return looked


async def test_the_most_specific_rule_is_frozen_for_a_deal(market: Market, owner: Owner) -> None:
    operator, supplier, buyer = [await market.people(role) for role in ("operator", "supplier", "buyer")]
    other = await market.people("supplier")
    category = await listed_category(market, supplier)
    parent, campaign = category_path(category)[0], new_id()
    earlier = new_id()
    # Before any rule, nothing is charged; and so it stays.
    assert await frozen_terms(market, supplier.firm.id, earlier) == Terms(0, 0, None, "EUR")
    bounds = [{"currency": "EUR", "least_minor": 500, "most_minor": 90_000}, {"currency": "JPY", "least_minor": 700}]
    default = await ruled(market, operator, 0, bounds=bounds)
    assert (default["state"]["code"], default["rate_percent"], default["rate_text"]) == ("in_force", "4.5", "4.5 %")
    assert [one["most"] and one["most"]["minor"] for one in default["bounds"]] == [90_000, None]
    about: dict[str, Any] = {"category_code": category}
    deals = [new_id()]
    assert await frozen_terms(market, supplier.firm.id, deals[0], **about) == Terms(
        450, 500, 90_000, "EUR", rule_id(default)
    )
    assert (await frozen_terms(market, supplier.firm.id, currency="JPY")).least_minor == 700
    assert await frozen_terms(market, supplier.firm.id, currency="USD") == Terms(450, 0, None, "USD", rule_id(default))
    made_ = {
        "root": await ruled(market, operator, scope="category", category_code=parent, rate_bp=400),
        "leaf": await ruled(market, operator, scope="category", category_code=category, rate_bp=350),
        "supplier": await ruled(
            market, operator, 0, scope="supplier", supplier_id=str(supplier.firm.id), rate_bp=300, notice_waived=True
        ),
        "campaign": await ruled(market, operator, 0, scope="campaign", campaign_id=str(campaign), rate_bp=250),
    }
    assert made_["leaf"]["state"]["code"] == "ahead"
    assert (await frozen_terms(market, other.firm.id, **about)).rate_bp == 450
    market.move_clock(days=NOTICE_DAYS)
    operator = await market.member(operator.firm)
    for expected, who, more in (
        (250, supplier, about | {"campaign_id": campaign}),
        (300, supplier, about | {"campaign_id": new_id()}),
        (300, supplier, {}),
        (350, other, about),
        (400, other, {"category_code": parent}),
        (450, other, {}),
    ):
        deals.append(new_id())
        terms = await frozen_terms(market, who.firm.id, deals[-1], **more)
        assert (terms.rate_bp, terms.least_minor) == (expected, 500 if expected == 450 else 0)
    # Asked again, for whomever the transaction acts, the answer is what was frozen.
    assert (await frozen_terms(market, supplier.firm.id, deals[0], acting=buyer.firm.id, **about)).rate_bp == 450
    async with market.db.transaction(Role.WORKER) as session, acting_for(session, buyer.firm.id):
        assert await facade.agreed(session, ("order", earlier)) == Terms(0, 0, None, "EUR")
        with pytest.raises(NotFound):
            await facade.agreed(session, ("order", new_id()))
    for wrong in ({"currency": "USD"}, {"supplier_id": other.firm.id}):
        with pytest.raises(ValueError, match="another supplier or currency"):
            await frozen_terms(market, **{"supplier_id": supplier.firm.id, "deal_id": deals[0], **wrong})

    [decided] = [await asked(operator, supplier_id=supplier.firm.id, category_code=category, campaign_id=campaign)]
    assert (decided["rule"]["id"], decided["reason"][:36]) == (
        made_["campaign"]["id"],
        "There is a rule for the campaign: it",
    )
    assert [one["rate_bp"] for one in decided["passed_over"]] == [300, 350, 400, 450]
    nearest = await asked(operator, supplier_id=other.firm.id, category_code=category)
    assert nearest["category"]["name"] in nearest["reason"]
    assert (await asked(operator, supplier_id=other.firm.id))["rule"]["scope"]["code"] == "default"
    assert await proved(market) == 5 + len(deals) + 4

    # Seen to fail: what the database refuses to anybody, the check finds all the same.
    with owner.transaction():
        owner.execute("ALTER TABLE commission_agreements DISABLE TRIGGER USER")
        owner.execute("UPDATE commission_agreements SET rate_bp = 1 WHERE deal_id = %s", (deals[0],))
        owner.execute("ALTER TABLE commission_agreements ENABLE TRIGGER USER")
    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        assert (await checks.commissions(session))[1] == [f"terms of order {deals[0]}"]
    held = "ex_commission_rules_one_at_a_time"
    [guard] = (
        owner.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", (held,)).fetchone()
        or []
    )
    owner.execute(f"ALTER TABLE commission_rules DROP CONSTRAINT {held}")
    try:
        [twice] = (
            owner.execute(
                "INSERT INTO commission_rules (id, scope, rate_bp, bounds, valid_from) "
                "SELECT uuidv7(), scope, 1, '{}', current_date + 99 FROM commission_rules WHERE id = %s RETURNING id",
                (default["id"],),
            ).fetchone()
            or []
        )
        async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
            looked, broken = await checks.commissions(session)
        assert f"rules {default['id']} and {twice} hold on one day" in broken and looked == 5 + len(deals) + 4 + 1
    finally:
        owner.execute("ALTER TABLE commission_rules DISABLE TRIGGER USER")
        owner.execute("DELETE FROM commission_rules WHERE rate_bp = 1")
        owner.execute("ALTER TABLE commission_rules ENABLE TRIGGER USER")
        owner.execute(f"ALTER TABLE commission_rules ADD CONSTRAINT {held} {guard}")


def rule_id(rule: dict[str, Any]) -> Any:
    """The id as the facade gives it."""
    return type(new_id())(rule["id"])


async def asked(operator: Member, **params: Any) -> dict[str, Any]:
    """Which rule the operator is told would apply."""
    answer = await operator.get("/v1/operator/commission-decision", params={k: str(v) for k, v in params.items()})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_rules_are_made_and_ended_in_time(market: Market) -> None:
    operator, supplier = await market.people("operator"), await market.people("supplier")
    today = market.clock.now().date()
    first = await ruled(market, operator, 0)
    for in_days, form, status, code in (
        (NOTICE_DAYS, {}, 409, "commission-rules-overlap"),
        (NOTICE_DAYS - 1, {"replaces": True}, 422, "commission-notice-too-short"),
        (0, {"scope": "supplier", "supplier_id": str(supplier.firm.id)}, 422, "commission-notice-too-short"),
        (-1, {"scope": "campaign", "campaign_id": str(new_id())}, 422, "commission-notice-too-short"),
    ):
        refused = await ruled(market, operator, in_days, status, **form)
        assert refused["code"] == code, refused
    for pointer, form in (
        ("/category_code", {"category_code": "plates"}),
        ("/supplier_id", {"scope": "supplier", "supplier_id": str(operator.firm.id)}),
        ("/category_code", {"scope": "category", "category_code": "no-such"}),
        ("/campaign_id", {"scope": "campaign"}),
        ("/valid_until", {"valid_until": today.isoformat()}),
        ("/bounds/0/most_minor", {"bounds": [{"currency": "EUR", "least_minor": 2, "most_minor": 1}]}),
        ("/bounds/1/currency", {"bounds": [{"currency": "EUR"}, {"currency": "EUR"}]}),
        ("/bounds/0/currency", {"bounds": [{"currency": "XAU"}]}),
        ("/rate_bp", {"rate_bp": 10_001}),
    ):
        refused = await ruled(market, operator, status=422, **form)
        assert pointer in [error["pointer"] for error in refused["errors"]], refused
    second = await ruled(market, operator, replaces=True, rate_bp=500)
    starts = today + timedelta(days=NOTICE_DAYS)
    path = f"{RULES}/{first['id']}"
    assert (await operator.get(path)).json()["valid_until"] == (starts - timedelta(days=1)).isoformat()
    later = (starts + timedelta(days=NOTICE_DAYS)).isoformat()
    assert (await made(operator, f"{path}/end", {"valid_until": later}, 409))["code"] == "commission-rules-overlap"
    # What has not begun is withdrawn on any day; then the rule before it may go on.
    withdrawn = await made(operator, f"{RULES}/{second['id']}/end", {"valid_until": today.isoformat()}, 200)
    assert withdrawn["state"]["code"] == "withdrawn"
    again = await made(operator, f"{RULES}/{second['id']}/end", {"valid_until": later}, 409)
    assert again["code"] == "commission-rule-over"
    assert (await made(operator, f"{path}/end", {"valid_until": None}, 200))["valid_until"] is None
    too_soon = await made(operator, f"{path}/end", {"valid_until": today.isoformat()}, 422)
    assert (too_soon["code"], too_soon["earliest"]) == ("commission-notice-too-short", starts.isoformat())
    ended = await made(operator, f"{path}/end", {"valid_until": later}, 200)
    assert (ended["valid_until"], ended["state"]["code"]) == (later, "in_force")
    market.move_clock(days=2 * NOTICE_DAYS + 1)
    operator = await market.member(operator.firm)
    assert (await made(operator, f"{path}/end", {"valid_until": None}, 409))["code"] == "commission-rule-over"
    assert (await operator.get(path)).json()["state"]["code"] == "over"
    assert (await operator.get(f"{RULES}?on={today}")).json()["items"][0]["id"] == first["id"]
    assert (await operator.get(f"{RULES}/{new_id()}")).status_code == 404
    assert (await made(operator, f"{RULES}/{new_id()}/end", {"valid_until": None}, 404))["code"] == "not-found"


async def test_suppliers_are_told_when_their_terms_change(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "AT_ONCE", 2)
    operator = await market.people("operator")
    lister, plain, own = [await market.people("supplier") for _ in range(3)]
    german = await market.member(lister.firm, locale="de")
    await ruled(market, operator, 0)
    await ruled(market, operator, 0, scope="supplier", supplier_id=str(own.firm.id), rate_bp=300, notice_waived=True)
    category = await listed_category(market, lister)
    await market.work()
    before = {who: len(await told(who)) for who in (lister, plain, own)}
    assert before == {lister: 1, plain: 1, own: 2}
    await ruled(market, operator, scope="category", category_code=category, rate_bp=300)
    await market.work()
    [latest, _] = await told(lister)
    assert "4.5 %" in latest and (len(await told(plain)), len(await told(own))) == (1, 2)
    assert len(await told(german)) == 2
    await ruled(market, operator, NOTICE_DAYS + 1, rate_bp=600, replaces=True)
    await ruled(market, operator, 0, scope="campaign", campaign_id=str(new_id()), rate_bp=100)
    await market.work()
    assert [len(await told(who)) for who in (lister, plain, own)] == [3, 2, 2]
    assert "4.5 %" in (await told(plain))[0] and "6 %" in (await told(plain))[0]

    on = (market.clock.now() + timedelta(days=NOTICE_DAYS + 1)).date()
    for who, day, expected in (
        (lister, None, [4.5, 4.5]),
        (lister, on, [3, 6]),
        (own, on, [3]),
    ):
        answer = await who.get("/v1/commission-terms", params={"on": day.isoformat()} if day else None)
        assert answer.status_code == 200, answer.text
        terms = answer.json()["terms"]
        assert [float(one["rate_percent"]) for one in terms] == expected
        assert all(one["reason"] for one in terms)


async def test_who_may_see_what(market: Market, owner: Owner) -> None:
    operator, supplier, other, buyer = [
        await market.people(role) for role in ("operator", "supplier", "supplier", "buyer")
    ]
    viewer = await market.member(supplier.firm, "viewer")
    mine = await ruled(
        market, operator, 0, scope="supplier", supplier_id=str(supplier.firm.id), rate_bp=300, notice_waived=True
    )
    for caller, status in ((market.nobody, 401), (buyer, 403), (supplier, 403)):
        for method, path in (
            ("GET", RULES),
            ("GET", f"{RULES}/{mine['id']}"),
            ("POST", RULES),
            ("POST", f"{RULES}/{mine['id']}/end"),
        ):
            form = rule_form(market) if path == RULES else {"valid_until": None}
            answer = await caller.request(method, path, **({"json": form} if method == "POST" else {}))
            assert answer.status_code == status, (method, path)
    assert owner.execute("SELECT count(*) FROM commission_rules").fetchone() == (1,)
    for path in ("/v1/commission-terms", "/v1/commission-agreements"):
        assert [(await who.get(path)).status_code for who in (market.nobody, viewer, supplier)] == [401, 403, 200]
    assert (await buyer.get("/v1/commission-terms")).json()["terms"] == []
    assert (await other.get("/v1/commission-terms")).json()["terms"][0]["rule"] is None
    await frozen_terms(market, supplier.firm.id, currency="JPY")
    for _ in range(2):
        await frozen_terms(market, supplier.firm.id)
    page = (await supplier.get("/v1/commission-agreements?limit=2")).json()
    rest = (await supplier.get("/v1/commission-agreements", params={"cursor": page["next_cursor"]})).json()
    assert [len(page["items"]), len(rest["items"]), rest["items"][0]["currency"]] == [2, 1, "JPY"]
    assert page["items"][0]["rule_id"] == mine["id"]
    assert (await other.get("/v1/commission-agreements")).json()["items"] == []
    for organization, seen in ((other.firm.id, 0), (supplier.firm.id, 3), (None, 0)):
        async with market.db.transaction() as session:
            await act_for(session, organization)
            for table, most in (("commission_rules", 1), ("commission_agreements", 3)):
                found = await (await session.connection()).exec_driver_sql(f"SELECT count(*) FROM {table}")
                assert found.scalar() == min(seen, most), (organization, table)


async def test_lists_take_as_many_statements_for_twenty(market: Market) -> None:
    operator = await market.people("operator")
    suppliers = [await market.people("supplier") for _ in range(3)]
    counts = []
    for number, upto in enumerate((1, 20)):
        for at in range(20 if number else 1):
            await ruled(
                market,
                operator,
                number * 100 + at,
                scope="supplier",
                supplier_id=str(suppliers[at % 3].firm.id),
                notice_waived=True,
                valid_until=(market.clock.now() + timedelta(days=number * 100 + at)).date().isoformat(),
            )
            await frozen_terms(market, suppliers[0].firm.id)
        seen = []
        for who, path in ((operator, RULES), (suppliers[0], "/v1/commission-agreements")):
            with count_statements(market.db) as statements:
                assert len((await who.get(f"{path}?limit={upto}")).json()["items"]) == upto
            seen.append(len(statements))
        counts.append(seen)
    assert counts[0] == counts[1]


async def test_the_database_keeps_what_was_agreed(market: Market, owner: Owner) -> None:
    operator, supplier = await market.people("operator"), await market.people("supplier")
    await ruled(market, operator, 0, bounds=[{"currency": "EUR", "least_minor": 100}])
    deal = new_id()
    # Whoever is first freezes them; nobody waits in vain.
    terms = await asyncio.gather(*(frozen_terms(market, supplier.firm.id, deal) for _ in range(3)))
    assert len(set(terms)) == 1 and terms[0].least_minor == 100
    for statement, guard in (
        ("UPDATE commission_agreements SET rate_bp = 1", "append-only"),
        ("DELETE FROM commission_agreements", "append-only"),
        ("TRUNCATE commission_agreements", "append-only"),
        ("DELETE FROM commission_rules", "append-only"),
        ("UPDATE commission_rules SET rate_bp = 1", "nothing but its last day"),
        ("UPDATE commission_rules SET valid_until = valid_from - 1", "what is over|validity_in_order"),
        ("UPDATE commission_rules SET withdrawn_at = now()", "not withdrawn"),
        (NEW_RULE.format(scope="default", rate=1, bounds="{}", day="app_now()::date"), "one_at_a_time"),
        (NEW_RULE.format(scope="default", rate=1, bounds="{}", day="app_now()::date - 1"), "today or later"),
        (NEW_RULE.format(scope="supplier", rate=1, bounds="{}", day="app_now()::date"), "scope_names_one"),
        (NEW_RULE.format(scope="default", rate=10_001, bounds="{}", day="app_now()::date"), "rate_in_range"),
        *(
            (NEW_RULE.format(scope="default", rate=1, bounds=one, day="app_now()::date"), "bounds_sound")
            for one in UNSOUND
        ),
    ):
        with pytest.raises(psycopg.Error, match=guard):
            owner.execute(statement)  # type: ignore[arg-type]
    with pytest.raises(DBAPIError, match="what the rule says"):
        async with market.db.transaction() as session:
            await act_for(session, supplier.firm.id)
            await (await session.connection()).exec_driver_sql(
                "INSERT INTO commission_agreements (id, deal_kind, deal_id, supplier_id, rule_id, currency, rate_bp, "
                "least_minor, agreed_on) SELECT uuidv7(), 'order', uuidv7(), app_organization_id(), id, 'EUR', 1, 100, "
                "valid_from FROM commission_rules"
            )


NEW_RULE = (
    "INSERT INTO commission_rules (id, scope, rate_bp, bounds, valid_from) "
    "VALUES (uuidv7(), '{scope}', {rate}, '{bounds}', {day})"
)
UNSOUND = (
    "[]", '"EUR"', '{"EUR": 5}', '{"eur": {"least_minor": 1, "most_minor": null}}', '{"EUR": {"least_minor": 1}}',
    '{"EUR": {"least_minor": -1, "most_minor": null}}', '{"EUR": {"least_minor": 2, "most_minor": 1}}',
    '{"EUR": {"least_minor": 1.5, "most_minor": null}}', '{"EUR": {"least_minor": "1", "most_minor": null}}',
    '{"EUR": {"least_minor": 1, "most_minor": null, "more": 1}}', '{"EUR": {"least_minor": null, "most_minor": null}}',
)  # fmt: skip
