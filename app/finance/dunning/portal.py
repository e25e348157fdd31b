"""Late payment as the pages of open items show it, and what is done about it there. Everything comes as the API shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.dunning import queries
from app.finance.dunning.claim_views import claims_out, reckoned_out
from app.finance.dunning.errors import LateItemHeld, NoKnownLaw, NoKnownRate, NotPaidLate
from app.finance.dunning.guards import own_claim, own_item
from app.finance.dunning.schemas import ClaimWithdrawalIn, LatePaymentClaimIn
from app.finance.dunning.states import ClaimState
from app.finance.dunning.usecases.claim import claim, withdraw
from app.finance.dunning.usecases.reckon import reckon
from app.finance.receivables import facade as receivables
from app.finance.receivables.facade import ItemKind
from app.kit.actor import Actor, Permission
from app.kit.errors import NotFound, Problem
from app.kit.findings import validated

Document = dict[str, Any]

CLAIM, WITHDRAW = "claim", "withdraw"
VERBS = frozenset({CLAIM, WITHDRAW})


@dataclass(frozen=True, slots=True)
class LateShown:
    """What late payment of an invoice has cost, for its issuer; why that is not known; what was claimed for it; on the page of a
    claim the claim itself. And what this person may do."""

    reckoned: Document | None
    unknown: Problem | None
    claims: list[Document]
    may: frozenset[str]


async def late_payment_of(session: AsyncSession, actor: Actor, item_id: UUID, *, now: datetime) -> LateShown:
    """Of an item that the actor's organization issued or received. Raises `NotFound` before `Forbidden`."""
    ref = await receivables.item_at(session, item_id)
    if ref is None or actor.organization_id not in (ref.issuer_id, ref.recipient_id):
        raise NotFound()
    actor.require(Permission.READ)
    issues = ref.issuer_id == actor.organization_id
    claims_here = issues and actor.may(Permission.INVOICE)
    if ref.kind is ItemKind.CLAIM:
        row = await queries.claim(session, item_id)
        shown = await _documents(session, [row] if row else [])
        open_now = bool(shown) and shown[0]["state"]["code"] == ClaimState.OPEN
        return LateShown(None, None, shown, frozenset({WITHDRAW} if claims_here and open_now else ()))
    if ref.kind is not ItemKind.INVOICE:
        return LateShown(None, None, [], frozenset())
    claims = await _documents(session, await queries.claims_about(session, [item_id]))
    reckoned, unknown = None, None
    if issues:
        try:
            reckoned = reckoned_out(await reckon(session, (ref.id, ref.number), now.date())).model_dump(mode="json")
        except (NotPaidLate, LateItemHeld):
            pass
        except (NoKnownLaw, NoKnownRate) as missing:
            unknown = missing
    waits = any(one["state"]["code"] == ClaimState.OPEN for one in claims)
    may = {CLAIM} if reckoned is not None and claims_here and not waits else set()
    return LateShown(reckoned, unknown, claims, frozenset(may))


async def act_on_late_payment(
    session: AsyncSession, actor: Actor, item_id: UUID, verb: str, values: Mapping[str, Any], *, now: datetime
) -> None:
    """Claim it, or withdraw the claim whose page this is. Raises `NotFound` before `Forbidden`, and what the routes are refused
    with."""
    if verb == CLAIM:
        item = await own_item(item_id, actor, session)
        form = validated(LatePaymentClaimIn, values)
        await claim(session, actor, (item.id, item.number), form.fixed_sum_minor, today=now.date())
    elif verb == WITHDRAW:
        at = await own_claim(item_id, actor, session)
        await withdraw(session, actor, at.row, validated(ClaimWithdrawalIn, values).reason, today=now.date())
    else:
        raise NotFound()


async def _documents(session: AsyncSession, rows: Any) -> list[Document]:
    return [one.model_dump(mode="json") for one in await claims_out(session, rows)] if rows else []
