"""Workers that die between any two steps: what they left is taken up once, and nothing happens twice."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import psycopg

from app.gateways.payments import LocalPayments, Operation
from app.kit.ids import new_id
from app.kit.jobs import defer
from app.logistics.planning.work import SOLVE_JOB
from tests.crashing import Crashing, Ended, Step, When, campaign
from tests.crashing.trials import CAREFULLY, CARELESSLY
from tests.market import Market
from tests.rooms.logistics.freight import load_plan_form
from tests.rooms.warehousing.stock import made

Owner = psycopg.Connection[tuple[object, ...]]
TELL = "logistics.tell_of_load_plan"
HAPPENED = """
    SELECT p.state, p.failure,
           (SELECT count(*) FROM outbox_events e WHERE e.subject = 'load_plan/' || p.id),
           (SELECT count(*) FROM audit_entries a WHERE a.entity_id = p.id AND a.action = 'load_plan.failed'),
           (SELECT count(*) FROM notifications n WHERE n.entity_id = p.id)
      FROM load_plans p WHERE p.id = %s
"""


def picked(*kinds_and_words: tuple[str, str]) -> Callable[[Sequence[Step]], Iterable[Step]]:
    """The first step of each such kind that has such a word in it."""

    def choose(steps: Sequence[Step]) -> Iterable[Step]:
        return [
            next(step for step in steps if step.kind == kind and word in f"{step.what} {step.job}")
            for kind, word in kinds_and_words
        ]

    return choose


async def test_what_dead_workers_leave_is_taken_up_once(market: Market, owner: Owner, tmp_path: Path) -> None:
    shipper = await market.people("supplier")
    payments = LocalPayments(market.settings.data_dir / "payments")

    async def plan_asked() -> str:
        return str((await made(shipper, "/v1/load-plans", load_plan_form(), 202))["id"])

    async def plan_wrong(plan: str) -> Sequence[str]:
        found = owner.execute(HAPPENED, (plan,)).fetchone()
        return [] if found == ("failed", "out-of-time", 1, 1, 1) else [f"the plan: {found}"]

    async def charge_asked(name: str) -> str:
        async with market.db.transaction() as session:
            await defer(session, name, payer=(payer := str(new_id())))
        return payer

    async def charge_wrong(payer: str) -> Sequence[str]:
        entries = [entry for entry in await payments.journal() if entry.payer == payer]
        charges = [entry for entry in entries if entry.operation is Operation.CHARGE]
        return [] if len(charges) == 1 else [f"charged {len(charges)} times"]

    async with Crashing(
        market.settings,
        jobs={SOLVE_JOB, TELL, CAREFULLY, CARELESSLY},
        setup="tests.crashing.trials:setup",
        clock=market.clock,
        log=tmp_path / "crashes.log",
    ) as crashing:
        steps = picked(("commit", SOLVE_JOB), ("statement", "outbox_events"), ("commit", TELL))
        plans = await campaign(
            crashing, plan_asked, plan_wrong, choose=steps, sides=[When.AFTER], periodic=["logistics.resume_load_plans"]
        )
        assert plans.wrong == [] and (plans.crashes, plans.missed) == (3, 0)
        assert {step.job for step in plans.steps} == {SOLVE_JOB, f"kit.run_reaction {TELL}"}
        assert len([step for step in plans.steps if step.kind == "commit"]) == 6
        steps = picked(("gateway", "payments.charge"))
        careful = await campaign(crashing, lambda: charge_asked(CAREFULLY), charge_wrong, choose=steps)
        assert careful.figures()["wrong"] == [] and careful.crashes == 2
        assert careful.figures()["steps"]["gateway"] == 2
        careless = await campaign(crashing, lambda: charge_asked(CARELESSLY), charge_wrong, choose=steps)
        [found] = careless.wrong
        assert found.startswith("after step") and found.endswith("payments.charge: charged 2 times")
        # Where fewer steps are taken there is no crash.
        await charge_asked(CAREFULLY)
        assert not (await crashing.crash_at(500)).crashed


class Idle(Crashing):
    """Its workers leave everything as it is."""

    async def _worker(self, **_: object) -> Ended:
        return Ended(False, ())


async def test_what_fails_each_time_is_told(market: Market, owner: Owner, tmp_path: Path) -> None:
    """A job that is only ever tried again neither fails for good nor ends: it must not pass for one that waits."""
    async with market.db.transaction() as session:
        await defer(session, CAREFULLY, payer="nobody")
    idle = Idle(market.settings, log=tmp_path / "crashes.log")
    assert await idle.recover() == []
    owner.execute("UPDATE procrastinate_jobs SET attempts = 1, scheduled_at = now() + interval '1 hour'")
    # As a worker leaves a job that failed once more.
    owner.execute(
        "CREATE FUNCTION put_off() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN NEW.scheduled_at := now() + interval '1 hour'; RETURN NEW; END $$"
    )
    owner.execute("CREATE TRIGGER put_off BEFORE UPDATE ON procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION put_off()")
    assert await idle.recover() == [f"{CAREFULLY} fails each time"]
