"""Charge a deal in parts: prepayment invoices first, and whatever is left by a final invoice that deducts them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.invoicing import queries
from app.finance.invoicing.drafts import Charged, DraftLine, DraftPart, InvoiceDraft
from app.finance.invoicing.errors import AlreadyInvoiced, PartUnknown
from app.finance.invoicing.parts import ONE
from app.finance.invoicing.states import InvoiceKind
from app.finance.invoicing.usecases.issue import issue_all
from app.kit.actor import Actor

WHOLE = ""


async def issue_part(
    session: AsyncSession,
    actor: Actor | None,
    draft: InvoiceDraft,
    parts: Sequence[DraftPart],
    part: str | None,
    *,
    now: datetime,
) -> UUID:
    """Charge one part of a deal, or with None all that is left of it. `draft` is about the whole.

    The part that is left last, whichever it is, and all that is left together are charged by the final invoice. The caller holds
    the deal's lock. Raises `PartUnknown`, `AlreadyInvoiced`, and what an issue is refused with.
    """
    shares = _shares(parts)
    if part is not None:
        _share(shares, part)
    of_deal = {code: Charged(draft.subject_kind, draft.subject_id, code) for code in (WHOLE, *shares)}
    standing = await queries.standing(session, draft.issuer_id, of_deal.values())
    by_code = {code: row for (_, _, code), row in standing.items()}
    done = by_code.get(WHOLE) or (by_code.get(part) if part is not None else None)
    if done is not None:
        raise AlreadyInvoiced(number=done.number, invoice_id=done.id)
    earlier = tuple(sorted({row.id for row in by_code.values()}))
    left = [code for code in shares if code not in by_code]
    if part is not None and left != [part]:
        drafted = replace(_over(draft, shares[part]), charged=(of_deal[part],), kind=InvoiceKind.PREPAYMENT)
    else:
        charged = (of_deal[WHOLE], *(of_deal[code] for code in left))
        drafted = replace(draft, charged=charged, deducts=bool(earlier))
    return (await issue_all(session, actor, [replace(drafted, earlier=earlier)], now=now))[0]


def over_part(draft: InvoiceDraft, parts: Sequence[DraftPart], part: str) -> InvoiceDraft:
    """A draft about the whole, over one of its parts. Raises `PartUnknown`."""
    return _over(draft, _share(_shares(parts), part))


def _shares(parts: Sequence[DraftPart]) -> dict[str, DraftPart]:
    return {one.code: one for one in parts if one.net_minor > 0}


def _share(shares: Mapping[str, DraftPart], code: str) -> DraftPart:
    if code not in shares:
        raise PartUnknown(part=code)
    return shares[code]


def _over(draft: InvoiceDraft, part: DraftPart) -> InvoiceDraft:
    """One line over the part's amount. What is taken off the whole waits for the final invoice."""
    line = DraftLine(part.name, Decimal(1), ONE, part.net_minor, supply=draft.lines[0].supply)
    return replace(draft, lines=(line,), allowances=())
