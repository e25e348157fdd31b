"""Make the electronic forms of invoices: claimed, written and judged with no transaction open, and kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import structlog

from app.documents.facade import NotTypeset
from app.finance.einvoicing.document import Document
from app.finance.einvoicing.issuing import BrokenRules, Issued, Printed, Refused, issue_all
from app.finance.einvoicing.proving import NotJudged
from app.finance.invoicing import file_queries, queries, stored
from app.finance.invoicing.complaints import Obstacle, kept
from app.finance.invoicing.events import InvoiceFilesMade
from app.finance.invoicing.models import InvoiceFiling
from app.finance.invoicing.printing import printed, title_of
from app.finance.invoicing.states import InvoiceForm
from app.kit.db.engine import Role
from app.kit.db.tenancy import acting_for
from app.kit.jobs import Runtime
from app.kit.outbox import announce

log = structlog.get_logger(__name__)

AT_ONCE = 20
LOST_AFTER = timedelta(hours=1)
"""Longer than a job takes: then it was lost with its worker."""
AGAIN, AFTER_REFUSAL = timedelta(minutes=5), timedelta(days=1)
"""After a fault of the moment, and after a broken rule, which another edition of the house has to mend."""

Work = tuple[InvoiceFiling, Document]


@dataclass(frozen=True, slots=True)
class Fault:
    """What stands in the way, as it is kept, and after how long it is tried again."""

    said: str
    again_after: timedelta = AGAIN


Came = Issued | Fault


async def make_files(runtime: Runtime, invoice_ids: Sequence[UUID]) -> None:
    """The forms of those invoices that wait for theirs. A worker that dies leaves them waiting, and of two that make the same one
    keeps it. What was tried before goes alone, so that one that brings the judges down takes nobody with it."""
    for first in range(0, len(invoice_ids), AT_ONCE):
        work = await _claimed(runtime, invoice_ids[first : first + AT_ONCE])
        fresh = [one for one in work if one[0].attempts == 1]
        batches = [fresh] if fresh else []
        for batch in [*batches, *([one] for one in work if one[0].attempts > 1)]:
            for (filing, document), came in zip(batch, await _made(runtime, batch), strict=True):
                await _record(runtime, filing, document, came)


async def _claimed(runtime: Runtime, invoice_ids: Sequence[UUID]) -> list[Work]:
    found = []
    async with runtime.database.transaction(Role.WORKER) as session:
        until = runtime.clock.now() + LOST_AFTER
        for filing in await file_queries.claim(session, invoice_ids, until=until):
            session.expunge(filing)
            async with acting_for(session, filing.issuer_id):
                row = await queries.invoice(session, filing.invoice_id)
                assert row is not None
                found.append((filing, stored.read(row.document)))
    return found


async def _made(runtime: Runtime, batch: Sequence[Work]) -> list[Came]:
    """The forms, or what stands in the way."""
    pages: list[Printed | Fault] = []
    for _, document in batch:
        try:
            pdf = await printed(document, document.locale)
            pages.append(Printed(document, pdf, title_of(document, document.locale)))
        except NotTypeset:
            pages.append(Fault(kept(Obstacle.PAGE)))
    sound = [one for one in pages if isinstance(one, Printed)]
    try:
        judged = iter(await issue_all(sound, rules_dir=runtime.settings.einvoice_rules_dir))
    except NotJudged as error:
        fault = Fault(kept(Obstacle.JUDGES, [str(error)[:500]]))
        return [one if isinstance(one, Fault) else fault for one in pages]
    return [one if isinstance(one, Fault) else _came(next(judged)) for one in pages]


def _came(came: Issued | Refused | BrokenRules) -> Came:
    if isinstance(came, Issued):
        return came
    broken = came.problems if isinstance(came, Refused) else came.findings
    return Fault(kept(Obstacle.RULES, [f"{one.rule} at {one.place}" for one in broken]), AFTER_REFUSAL)


async def _record(runtime: Runtime, filing: InvoiceFiling, document: Document, came: Came) -> None:
    now = runtime.clock.now()
    async with runtime.database.transaction(Role.WORKER) as session:
        if isinstance(came, Fault):
            log.error("invoice_files_not_made", invoice_id=str(filing.invoice_id), complaint=came.said)
            await file_queries.put_off(session, filing.invoice_id, came.said, until=now + came.again_after)
            return
        async with acting_for(session, filing.issuer_id):
            contents = {InvoiceForm.FACTURX: came.facturx, InvoiceForm.UBL: came.ubl, InvoiceForm.CII: came.cii}
            digests = {form: (content, sha256(content).digest()) for form, content in contents.items()}
            if await file_queries.keep(session, filing, digests, came.peppol, now):
                event = InvoiceFilesMade(
                    invoice_id=filing.invoice_id,
                    issuer_id=filing.issuer_id,
                    recipient_id=filing.recipient_id,
                    number=document.number,
                    peppol=came.peppol,
                )
                await announce(session, event, organizations=[filing.issuer_id, filing.recipient_id])
