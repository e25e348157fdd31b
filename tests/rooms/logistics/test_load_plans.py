"""Load plans over HTTP: asked for, worked out, read by whom they concern, given up, and taken up again after a death."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

import psycopg
import pytest

from app import wiring
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.ids import new_id
from app.kit.jobs import Runtime
from app.kit.verify import CHECKS
from app.logistics.planning import checks, jobs, queries
from app.logistics.planning.child import solved
from app.logistics.planning.jobs import resume_load_plans, solve_load_plan
from app.logistics.planning.limits import MOST_ATTEMPTS, MOST_WAITING
from app.logistics.planning.packing import read_task
from app.logistics.planning.solving import Outcome
from app.logistics.planning.states import Failure
from tests.market import Market, Member
from tests.rooms.logistics.freight import booking_form, planned, sent
from tests.rooms.logistics.freight import load_plan_form as form
from tests.rooms.warehousing.stock import made
from tests.statements import count_statements

Owner = psycopg.Connection[tuple[object, ...]]
Search = Callable[..., Awaitable[Outcome | None]]


async def at_once(task: Mapping[str, Any], seconds: int, *, still_wanted: Any) -> Outcome:
    """The same search in this process, by one round."""
    assert seconds >= 1 and await still_wanted()
    found = solved(read_task(task), seconds=0, rounds=1)
    assert found["violations"] == []
    return Outcome(plan=found["plan"])


@pytest.fixture
def search(monkeypatch: pytest.MonkeyPatch) -> Callable[[Search], None]:
    """Puts another search in the place of the process; the quick one at first."""

    def put(other: Search) -> None:
        monkeypatch.setattr(jobs, "search", other)

    put(at_once)
    return put


async def asked(who: Member, **overrides: Any) -> dict[str, Any]:
    """A plan that waits."""
    return await made(who, "/v1/load-plans", form(**overrides), 202)


async def solve(market: Market, plan: dict[str, Any]) -> None:
    """The job, as a worker runs it."""
    await solve_load_plan(_runtime(market), owner_id=plan["owner_id"], load_plan_id=plan["id"])


def _runtime(market: Market) -> Runtime:
    return Runtime(market.settings, market.db, market.clock, wiring.gateways(market.settings))


async def read(who: Member, plan: dict[str, Any]) -> dict[str, Any]:
    """The plan as somebody sees it."""
    answer = await who.get(f"/v1/load-plans/{plan['id']}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_plan_is_worked_out_by_the_worker(market: Market) -> None:
    """The whole way, with the process that searches."""
    shipper = await market.people("supplier", locale="de")
    answer = await shipper.post("/v1/load-plans", json=form())
    plan = answer.json()
    assert (answer.status_code, plan["state"]["code"], plan["boxes"]) == (202, "queued", 3)
    assert answer.headers["Location"] == f"/v1/load-plans/{plan['id']}"
    waiting = await shipper.get(f"/v1/load-plans/{plan['id']}/drawing.svg")
    assert (waiting.status_code, waiting.json()["code"]) == (409, "load-plan-not-done")
    await market.work()
    done = await read(shipper, plan)
    assert (done["state"]["code"], done["loaded"], done["spaces_used"]) == ("done", 2, 1)
    assert (done["mass_kg"], done["violations"], done["failure"]) == ("4701.000", [], None)
    [load] = done["loads"]
    assert float(done["volume_use_pct"]) == float(load["volume_use_pct"]) > 5
    assert [step["box"] for step in load["steps"]] == ["<M>&1"] * 2 and load["steps"][0]["text"]
    assert [(one["box"], one["reason"]) for one in done["left_over"]] == [("LONG", "too-large")]
    drawn = await shipper.get(f"/v1/load-plans/{plan['id']}/drawing.svg")
    assert drawn.headers["Content-Type"].startswith("image/svg+xml")
    assert "default-src 'none'" in drawn.headers["Content-Security-Policy"]
    assert drawn.headers["X-Content-Type-Options"] == "nosniff"
    assert "&lt;M&gt;&amp;1" in drawn.text and "<M>" not in drawn.text
    assert (await shipper.get(f"/v1/load-plans/{plan['id']}/drawing.svg?load=2")).status_code == 404
    notices = (await shipper.get("/v1/notifications")).json()["items"]
    assert "Caps" in notices[0]["subject"]
    late = await shipper.post(f"/v1/load-plans/{plan['id']}/cancellation")
    assert (late.status_code, late.json()["code"]) == (409, "load-plan-ended")


async def test_who_reads_a_plan_of_a_shipment(market: Market, search: Callable[[Search], None], owner: Owner) -> None:
    buyer = await market.people("buyer")
    one = await sent(market, consignee_id=str(buyer.firm.id))
    only_asked = await market.people("logistics")
    await made(
        one.shipper, f"{one.path}/bookings", booking_form(only_asked, leg=2, from_place="DEHAM", to_place="DEBRV")
    )
    colleague = await market.member(one.shipper.firm, "viewer")
    plan = await asked(one.shipper, shipment_id=one.id)
    path = f"/v1/load-plans/{plan['id']}"
    for other in (buyer, one.carrier, only_asked):
        assert (await other.get(path)).status_code == 404
    await solve(market, plan)
    for other in (buyer, one.carrier, colleague):
        assert (await read(other, plan))["loads"]
        assert [row["id"] for row in (await other.get("/v1/load-plans")).json()["items"]] == [plan["id"]]
    for other in (buyer, one.carrier):
        assert (await other.post(f"{path}/cancellation")).status_code == 404
        assert (await other.get(f"{path}/drawing.svg")).status_code == 200
    assert (await colleague.post(f"{path}/cancellation")).status_code == 403
    for stranger in (only_asked, await market.people("supplier")):
        assert (await stranger.get(path)).status_code == (await stranger.get(f"{path}/drawing.svg")).status_code == 404
        assert (await stranger.get(f"/v1/load-plans?of_shipment={one.id}")).json()["items"] == []
    # Another's shipment is no shipment, and neither is one that was given up.
    for sender in (buyer, one.carrier):
        refused = await sender.post("/v1/load-plans", json=form(shipment_id=one.id))
        assert refused.json()["errors"][0]["pointer"] == "/shipment_id", refused.text
    await one.shipper.post(f"{one.path}/cancellation")
    refused = await one.shipper.post("/v1/load-plans", json=form(shipment_id=one.id))
    assert refused.json()["code"] == "shipment-cancelled"
    # What has ended stays as it is, and who receives it is not for the writer to say.
    for change in ("state = 'queued'", "loaded = 1", f"consignee_id = '{one.carrier.firm.id}'", "task = '{}'"):
        with pytest.raises(psycopg.errors.CheckViolation):
            owner.execute(f"UPDATE load_plans SET {change}")  # type: ignore[arg-type]


async def test_what_is_refused(market: Market) -> None:
    shipper = await market.people("supplier")
    box = form()["boxes"][0]
    for wrong, pointer in (
        ({"boxes": [box | {"mass_kg": "-1"}]}, "/boxes/0/mass_kg"),
        ({"boxes": [box, box]}, "/boxes/1/id"),
        ({"boxes": [box | {"count": 5001}]}, "/boxes/0/count"),
        ({"boxes": [box | {"count": 2501}, box | {"id": "B", "count": 2500}]}, "/boxes"),
        ({"containers": [{"type": "SHOEBOX"}]}, "/containers/0/type"),
        ({"containers": [{"type": "20DC", "count": 51}]}, "/containers/0/count"),
        ({"seconds": 61}, "/seconds"),
        ({"seconds": 0}, "/seconds"),
        ({"shipment_id": str(UUID(int=7))}, "/shipment_id"),
        ({"colour": "red"}, "/colour"),
    ):
        answer = await shipper.post("/v1/load-plans", json=form(**wrong))
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    key = {"Idempotency-Key": "once"}
    first = await shipper.post("/v1/load-plans", json=form(), headers=key)
    again = await shipper.post("/v1/load-plans", json=form(), headers=key)
    assert (again.status_code, again.json()) == (202, first.json())
    other = await shipper.post("/v1/load-plans", json=form(name="Other"), headers=key)
    assert other.json()["code"] == "idempotency-key-reused"


def row_of(who: Member) -> dict[str, Any]:
    """A task that nobody will work at."""
    return {"id": new_id(), "owner_id": who.firm.id, "seconds": 1, "boxes": 1, "spaces": 1, "task": {}}


async def taking_a_place(market: Market, who: Member) -> object:
    """What comes of it, in a transaction of its own."""
    async with market.db.transaction() as session:
        await act_for(session, who.firm.id)
        return await queries.insert_plan(session, row_of(who))


async def test_few_wait_at_a_time_and_lists_ask_as_often_for_many(market: Market) -> None:
    shipper = await market.people("supplier")

    async def listed() -> tuple[int, int]:
        with count_statements(market.db) as seen:
            answer = await shipper.get("/v1/load-plans?limit=100")
        return len(seen), len(answer.json()["items"])

    plans = [await asked(shipper)]
    few, rows = await listed()
    assert rows == 1
    plans += [await asked(shipper) for _ in range(MOST_WAITING - 2)]
    # One place is left for two: the later one waits for the earlier one to commit, and finds no other.
    async with market.db.transaction() as session:
        await act_for(session, shipper.firm.id)
        assert await queries.insert_plan(session, row_of(shipper))
        late = asyncio.create_task(taking_a_place(market, shipper))
        await asyncio.sleep(0.2)
        assert not late.done()
    assert await late is None
    refused = await shipper.post("/v1/load-plans", json=form())
    assert refused.status_code == 409
    assert refused.json()["code"] == "load-plans-waiting" and str(MOST_WAITING) in refused.json()["detail"]
    # Another organization has places of its own, and a cancelled plan gives its place back.
    await asked(await market.people("buyer"))
    for plan in plans:
        assert (await shipper.post(f"/v1/load-plans/{plan['id']}/cancellation")).json()["state"]["code"] == "cancelled"
    assert (await shipper.post(f"/v1/load-plans/{plans[0]['id']}/cancellation")).status_code == 200
    for _ in range(MOST_WAITING - 1):
        await asked(shipper)
    many, rows = await listed()
    assert (many, rows) == (few, 2 * MOST_WAITING - 1)
    queued = (await shipper.get("/v1/load-plans?state=queued&limit=4")).json()
    assert len(queued["items"]) == 4 and queued["next_cursor"]


async def test_a_search_that_is_no_longer_wanted_is_stopped(market: Market, search: Callable[[Search], None]) -> None:
    shipper = await market.people("supplier")
    plan = await asked(shipper)
    begun, given_up = asyncio.Event(), asyncio.Event()

    async def long(_task: object, _seconds: int, *, still_wanted: Callable[[], Awaitable[bool]]) -> Outcome | None:
        assert await still_wanted()
        begun.set()
        await given_up.wait()
        assert not await still_wanted()
        return None

    search(long)
    running = asyncio.create_task(solve(market, plan))
    await begun.wait()
    assert (await read(shipper, plan))["state"]["code"] == "solving"
    cancelled = await shipper.post(f"/v1/load-plans/{plan['id']}/cancellation")
    assert cancelled.json()["state"]["code"] == "cancelled"
    given_up.set()
    await running
    search(at_once)
    await solve(market, plan)
    assert (await read(shipper, plan))["loads"] == []


async def test_a_dead_workers_plan_is_taken_up_again(
    market: Market, search: Callable[[Search], None], owner: Owner
) -> None:
    shipper = await market.people("supplier")
    plan = await asked(shipper)

    async def claimed() -> queries.Claimed | None:
        async with market.db.transaction(Role.WORKER) as session:
            await act_for(session, shipper.firm.id)
            return await queries.claim(session, UUID(plan["id"]))

    assert await claimed()
    owner.execute("DELETE FROM procrastinate_jobs")
    for _ in range(2):
        await resume_load_plans(_runtime(market))
    waiting = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'logistics.solve_load_plan'"
    assert owner.execute(waiting).fetchone() == (1,)

    async def overtaken(task: Mapping[str, Any], seconds: int, *, still_wanted: Any) -> Outcome | None:
        found = await at_once(task, seconds, still_wanted=still_wanted)
        # Somebody took this one for dead and began again: what the first one brings does not count.
        assert await claimed()
        assert not await still_wanted()
        return found

    search(overtaken)
    await solve(market, plan)
    assert (await read(shipper, plan))["state"]["code"] == "solving"
    assert await claimed() is None
    await solve(market, plan)
    failed = await read(shipper, plan)
    assert (failed["state"]["code"], failed["failure"]["code"]) == ("failed", Failure.INTERRUPTED)
    assert MOST_ATTEMPTS == 3
    await resume_load_plans(_runtime(market))
    other = await asked(shipper)
    search(at_once)
    await solve(market, other)
    assert (await read(shipper, other))["state"]["code"] == "done"


async def test_a_plan_that_breaks_a_rule_is_not_given_out(
    market: Market, search: Callable[[Search], None], owner: Owner
) -> None:
    assert checks
    shipper = await market.people("supplier")
    _, shipment = await planned(market, shipper)
    bad = await asked(shipper, shipment_id=shipment["id"])

    async def broken(*_: object, **__: object) -> Outcome:
        return Outcome(failure=Failure.RULES_BROKEN, violations=("overlap in load 1: A#1, A#2",))

    search(broken)
    await solve(market, bad)
    told = await read(shipper, bad)
    assert (told["state"]["code"], told["failure"]["code"], told["loads"]) == ("failed", "rules-broken", [])
    assert told["violations"] == ["overlap in load 1: A#1, A#2"]
    await market.work()
    assert len((await shipper.get("/v1/notifications")).json()["items"]) == 1
    search(at_once)
    good = await asked(shipper)
    await solve(market, good)
    for change in ("mass_kg = 1", "plan = jsonb_set(plan, '{loads,0,placed,0,4}', '10')", "plan = '{}'"):
        async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
            assert await CHECKS["load plans"](session) == (1, [])
        [(mass, kept)] = owner.execute("SELECT mass_kg, plan::text FROM load_plans WHERE state = 'done'").fetchall()
        owner.execute("SET session_replication_role = replica")
        owner.execute(f"UPDATE load_plans SET {change} WHERE state = 'done'")  # type: ignore[arg-type]
        async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
            assert await CHECKS["load plans"](session) == (1, [f"load plan {good['id']}"]), change
        owner.execute("UPDATE load_plans SET mass_kg = %s, plan = %s::jsonb WHERE state = 'done'", (mass, kept))
