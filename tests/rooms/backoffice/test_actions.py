"""Every change is a use case: with the operator as its actor, a note, an audit entry, in one transaction."""

from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text

from app.kit.db.engine import Role
from app.kit.ids import new_id
from app.kit.verify import verify_all
from tests.market import Market, Member
from tests.rooms.backoffice.browser import Browser, operating

Owner = psycopg.Connection[tuple[object, ...]]


def audited(owner: Owner, action: str) -> list[tuple[object, ...]]:
    """(actor, entity id, values after) of the entries of an action."""
    return owner.execute(
        "SELECT e.actor, e.entity_id, v.values->'after' FROM audit_entries e LEFT JOIN audit_values v ON v.entry_id = e.id "
        "WHERE e.action = %s ORDER BY e.id",
        (action,),
    ).fetchall()


async def test_verify_and_revoke(market: Market, owner: Owner) -> None:
    async with operating(market) as (opened, operator):
        firm = await market.firm("supplier", verified=False)
        page = (await opened.get("/organizations/list")).text
        assert page.count('data-sa-name="verify"') == 1
        answer = await opened.act("organizations", "verify", firm.id, note="Saw the register.")
        assert answer.status_code == 200, answer.text
        assert "The organization is verified." in (await opened.get("/organizations/list")).text
        row = owner.execute("SELECT verified_at IS NOT NULL FROM organizations WHERE id = %s", (firm.id,)).fetchone()
        assert row == (True,)
        actor = f"person:{operator.person_id}"
        assert audited(owner, "organization.verified") == [(actor, firm.id, {"note": "Saw the register."})]
        again = await opened.act("organizations", "verify", firm.id, note="again")
        assert again.status_code == 400
        assert (await opened.act("organizations", "revoke", firm.id, note="Struck off.")).status_code == 200
        assert audited(owner, "organization.revoked") == [(actor, firm.id, {"note": "Struck off."})]
        events = owner.execute("SELECT data->>'verified' FROM outbox_events ORDER BY id").fetchall()
        assert events == [("true",), ("false",)]


@pytest.mark.parametrize("note", ["", "   ", "x" * 2001, "a\x00b"])
async def test_an_action_says_why(market: Market, owner: Owner, note: str) -> None:
    async with operating(market) as (opened, _):
        firm = await market.firm("supplier", verified=False)
        answer = await opened.act("organizations", "verify", firm.id, note=note)
        assert answer.status_code == 400
        assert "2000" in answer.json()["msg"]
        assert audited(owner, "organization.verified") == []


async def test_an_action_on_nothing_is_refused(market: Market, owner: Owner) -> None:
    async with operating(market) as (opened, _):
        before = owner.execute("SELECT count(*) FROM audit_entries").fetchone()
        for table, action in (
            ("organizations", "verify"),
            ("mails", "resend"),
            ("people", "forget"),
            ("procrastinate_jobs", "retry"),
            ("webhook_deliveries", "replay"),
        ):
            for pk in (new_id(), "nonsense", "17", "9" * 30):
                answer = await opened.act(table, action, pk, note="n")
                assert answer.status_code == 400, f"{table} {pk} {answer.text}"
                assert answer.json()["msg"]
        assert owner.execute("SELECT count(*) FROM audit_entries").fetchone() == before


async def test_a_failed_job_runs_again(market: Market, owner: Owner) -> None:
    jobs = {
        state: owner.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, attempts) "
            "VALUES ('default', 'kit.chain_audit', '{}', %s, 3) RETURNING id",
            (state,),
        ).fetchone()
        for state in ("failed", "doing", "todo")
    }
    async with operating(market) as (opened, operator):
        failed, doing, todo = (int(str(row[0])) for row in jobs.values() if row)
        for job in (doing, todo):
            assert (await opened.act("procrastinate_jobs", "retry", job, note="n")).status_code == 400
        answer = await opened.act("procrastinate_jobs", "retry", failed, note="The relay is back.")
        assert answer.status_code == 200, answer.text
        assert owner.execute("SELECT status::text FROM procrastinate_jobs WHERE id = %s", (failed,)).fetchone() == (
            "todo",
        )
        after = {"job": failed, "task": "kit.chain_audit", "note": "The relay is back."}
        assert audited(owner, "job.retry") == [(f"person:{operator.person_id}", None, after)]
        assert (await opened.act("procrastinate_jobs", "retry", failed, note="n")).status_code == 400


async def test_requests_cannot_retry_jobs_without_an_operator(market: Market, owner: Owner) -> None:
    with pytest.raises(Exception, match="only the operator"):
        async with market.db.transaction(Role.APP) as session:
            await session.execute(text("SELECT app_retry_failed_job(1)"))


async def _left(market: Market, owner: Owner) -> Member:
    """A person who edited his profile and then left his firm."""
    person = await market.people("buyer")
    await market.member(person.firm)
    version = (await person.get("/v1/me")).headers["etag"]
    changed = await person.patch("/v1/me", json={"name": "Secret Name"}, headers={"If-Match": version})
    assert changed.status_code == 200, changed.text
    owner.execute("UPDATE memberships SET ended_at = now() WHERE person_id = %s", (person.person_id,))
    return person


async def test_a_person_who_left_is_forgotten_and_the_chain_holds(market: Market, owner: Owner) -> None:
    person = await _left(market, owner)
    stays = await market.people("buyer")
    await market.work()
    async with operating(market) as (opened, operator):
        refused = await opened.act("people", "forget", stays.person_id, note="n")
        assert refused.status_code == 400
        assert audited(owner, "person.forget") == []
        assert "Secret Name" in str(audited(owner, "person.edit"))
        answer = await opened.act("people", "forget", person.person_id, note="Asked for it by letter.")
        assert answer.status_code == 200, answer.text
        assert "Secret Name" not in str(audited(owner, "person.edit"))
        assert [row[1] for row in audited(owner, "person.edit")] == [person.person_id]
        after = {"entries": 1, "note": "Asked for it by letter."}
        assert audited(owner, "person.forget") == [(f"person:{operator.person_id}", person.person_id, after)]
        await market.chain_audit()
        findings = {finding.check: finding for finding in await verify_all(market.db)}
        assert findings["audit chain"].holds
        # Nothing that tells who it was is left in any table, except in copies of mails, which go by themselves.
        tables = owner.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace "
            "AND relname <> 'mails' ORDER BY relname"
        ).fetchall()
        assert len(tables) > 60
        for word in ("Secret Name", person.email):
            left = [
                table
                for (table,) in tables
                if owner.execute(f'SELECT 1 FROM "{table}" t WHERE t::text ILIKE %s LIMIT 1', (f"%{word}%",)).fetchone()
            ]
            assert left == [], word
        again = await opened.act("people", "forget", person.person_id, note="Twice.")
        assert again.status_code == 200, again.text
    assert (await person.get("/v1/me")).status_code == 401


async def test_requests_cannot_forget_people_without_an_operator(market: Market, owner: Owner) -> None:
    person = await _left(market, owner)
    with pytest.raises(Exception, match="only the operator"):
        async with market.db.transaction(Role.APP) as session:
            await session.execute(text("SELECT app_forget_person(:id)"), {"id": person.person_id})


async def test_the_database_forgets_no_member(market: Market, owner: Owner) -> None:
    person = await market.people("buyer")
    owner.execute("SET row_security = on")
    owner.execute("SET app.operator = 'on'")
    with pytest.raises(psycopg.errors.CheckViolation, match="not forgotten"):
        owner.execute("SELECT app_forget_person(%s)", (person.person_id,))


async def test_the_chain_is_verified_and_the_result_is_kept(market: Market, owner: Owner) -> None:
    async with operating(market) as (opened, operator):
        page = await opened.get("/verification")
        assert "Nobody has run a verification" in page.text
        await market.chain_audit()
        assert (await opened.post("/verification/verify")).status_code == 303
        page = (await opened.get("/verification")).text
        assert "Everything holds." in page
        assert operator.firm.code in page
        [(actor, _, after)] = audited(owner, "platform.verify")
        assert actor == f"person:{operator.person_id}"
        assert isinstance(after, dict) and after["holds"] is True
        # Somebody alters an entry behind the house's back.
        owner.execute("ALTER TABLE audit_entries DISABLE TRIGGER USER")
        owner.execute("UPDATE audit_entries SET action = 'session.other' WHERE action = 'session.open'")
        await opened.post("/verification/verify")
        assert "Something is broken" in (await opened.get("/verification")).text


async def _dead_delivery(market: Market, owner: Owner) -> tuple[Member, UUID]:
    supplier = await market.people("supplier")
    ids = [new_id() for _ in range(3)]
    owner.execute("SET session_replication_role = replica")
    owner.execute(
        "INSERT INTO outbox_events (id, type, subject, sequence, organization_ids, data) "
        "VALUES (%s, 'parties.organization_verified.v1', 'organization/x', 1, %s, '{}')",
        (ids[0], [supplier.firm.id]),
    )
    owner.execute(
        "INSERT INTO webhook_endpoints (id, organization_id, url, event_types, state, secret_sealed, secret_since) "
        "VALUES (%s, %s, 'https://hooks.example/x', '{*}', 'enabled', '\\x00', now())",
        (ids[1], supplier.firm.id),
    )
    owner.execute(
        "INSERT INTO webhook_deliveries "
        "(id, organization_id, endpoint_id, event_id, event_type, state, attempts, next_attempt_at) "
        "VALUES (%s, %s, %s, %s, 'parties.organization_verified.v1', 'dead', 9, now())",
        (ids[2], supplier.firm.id, ids[1], ids[0]),
    )
    owner.execute("SET session_replication_role = origin")
    return supplier, ids[2]


async def test_a_dead_delivery_is_sent_again(market: Market, owner: Owner) -> None:
    supplier, delivery = await _dead_delivery(market, owner)
    async with operating(market) as (opened, operator):
        answer = await opened.act("webhook_deliveries", "replay", delivery, note="Their server is back.")
        assert answer.status_code == 200, answer.text
        state = owner.execute("SELECT state, attempts FROM webhook_deliveries WHERE id = %s", (delivery,)).fetchone()
        assert state == ("waiting", 0)
        jobs = owner.execute("SELECT count(*) FROM procrastinate_jobs WHERE args::text LIKE %s", (f"%{delivery}%",))
        assert jobs.fetchone() == (1,)
        entries = owner.execute(
            "SELECT organization_id, actor FROM audit_entries WHERE action = 'webhook_delivery.replay' ORDER BY id"
        ).fetchall()
        actor = f"person:{operator.person_id}"
        assert entries == [(operator.firm.id, actor), (supplier.firm.id, actor)]
        assert (await opened.act("webhook_deliveries", "replay", delivery, note="n")).status_code == 400


async def test_an_export_is_recorded(market: Market, owner: Owner) -> None:
    async with operating(market) as (opened, operator):
        await _export(opened, "people")
        after = {"table": "people", "format": "csv", "rows": 1}
        assert audited(owner, "backoffice.export") == [(f"person:{operator.person_id}", None, after)]


async def _export(opened: Browser, table: str) -> None:
    answer = await opened.post(f"/_api/{table}/action", params={"name": "export"}, data={"format": "csv"})
    assert answer.status_code == 200, answer.text


async def test_an_action_changes_all_or_nothing(market: Market, owner: Owner) -> None:
    """When the audit entry cannot be written, the badge is not given."""
    async with operating(market) as (opened, _):
        firm = await market.firm("supplier", verified=False)
        owner.execute("REVOKE INSERT ON audit_entries FROM partingline_app")
        answer = await opened.act("organizations", "verify", firm.id, note="n")
        assert answer.status_code == 400
        assert "audit_entries" not in answer.text
        row = owner.execute("SELECT verified_at FROM organizations WHERE id = %s", (firm.id,)).fetchone()
        assert row == (None,)
