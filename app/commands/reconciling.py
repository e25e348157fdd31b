"""`partingline reconcile`: the books against the payment provider, line by line."""

import asyncio
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from app.finance.facade import DifferenceOut, ReconciliationOut
    from app.settings import Settings


def reconcile(
    day: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="A day (UTC) to look at.  [default: the last forty days]"),
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The first day (UTC) to look at.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Tell the outcome as JSON.")] = False,
) -> None:
    """Compare the books with the payment provider: every payment, refund, transfer and reversal, from both sides.

    What differs becomes a task of the operator's; nothing is put right. A run that was stopped goes on where it was. The exit
    code is 0 when nothing differs, 1 otherwise. The worker does the same every night.
    """
    from app.commands.failures import CommandError, told_in_sentences
    from app.commands.installation import installation
    from app.finance.facade import RunUnderWay
    from app.gateways.payments import PaymentUnavailable

    if day is not None and since is not None:
        raise typer.BadParameter("give --day or --since, not both")
    with told_in_sentences(), installation() as here:
        try:
            run, found = asyncio.run(_reconciled(here.settings, day, since))
        except PaymentUnavailable as error:
            raise CommandError(
                "The payment provider gives no answer. Run it again later: it goes on where it was. "
                "The demo's own provider answers while `partingline demo` runs."
            ) from error
        except RunUnderWay as error:
            raise CommandError("Another process compares already. Run it again when that is done.") from error
    _tell(run, found, as_json=as_json)
    raise typer.Exit(1 if run.differing else 0)


def scope(now: datetime, day: datetime | None, since: datetime | None) -> tuple[datetime, datetime]:
    """From when until when; what is too young is left to the next run."""
    from app.finance.facade import RECONCILIATION_GRACE, usual_reconciliation

    start, end = usual_reconciliation(now)
    first = day or since
    if first is not None:
        start = datetime.combine(first.date(), time.min, UTC)
        end = min(start + timedelta(days=1), end) if day else end
    return start, max(end, start + RECONCILIATION_GRACE)


async def _reconciled(
    settings: "Settings", day: datetime | None, since: datetime | None
) -> "tuple[ReconciliationOut, list[DifferenceOut]]":
    from app import wiring
    from app.finance.facade import reconcile_payments, reconciliation_outcome
    from app.kit.clock import Clock
    from app.kit.db.engine import Database, Role
    from app.kit.db.tenancy import act_for
    from app.kit.jobs import Runtime

    wiring.load_background()
    database, clock = Database(settings), Clock()
    gateways = wiring.gateways(settings, clock)
    try:
        runtime = Runtime(settings, database, clock, gateways)
        run_id = await reconcile_payments(runtime, *scope(clock.now(), day, since))
        async with database.transaction(Role.WORKER, readonly=True) as session:
            await act_for(session, None, operator=True)
            return await reconciliation_outcome(session, run_id)
    finally:
        await wiring.close_gateways(gateways)
        await database.close()


def _tell(run: "ReconciliationOut", found: "list[DifferenceOut]", *, as_json: bool) -> None:
    if as_json:
        import json

        told = {
            "run": run.model_dump(mode="json"),
            "differences": [one.model_dump(mode="json") for one in found],
        }
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    typer.echo(f"{run.looked_at} compared, {run.differing} differing.")
    for one in found:
        typer.echo(f"{one.kind.label}: {one.line_kind.label.lower()} {one.reference}")
        typer.echo(f"  here:  {one.here}\n  there: {one.there}")
