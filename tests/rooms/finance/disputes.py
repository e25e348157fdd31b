"""Builders of disputes: a milestone that is paid for, and what its buyer has against it."""

from typing import Any
from uuid import UUID

from app.finance.disputes import checks
from app.kit.db.engine import Role
from tests.market import Market, Member
from tests.rooms.finance.milestones import payment_milestone
from tests.rooms.warehousing.stock import made

DISPUTED = 300_000
CHECKS = (
    checks.dispute_histories,
    checks.dispute_proposals,
    checks.disputed_milestones,
    checks.milestones_reduced,
)


def dispute_form(**overrides: Any) -> dict[str, Any]:
    """A core out of tolerance."""
    text = "Kern 2 misst 12,08 statt 12,00 +0,02. Bitte nacharbeiten."
    return {"reason": "dimension", "text": text, "locale": "de", **overrides}


async def disputed(market: Market, buyer: Member, supplier: Member, **form: Any) -> dict[str, Any]:
    """A dispute about a new milestone, as its buyer reads it."""
    milestone_id = await payment_milestone(market, buyer, supplier, amount_minor=DISPUTED)
    return await opened_about(buyer, milestone_id, **form)


async def opened_about(buyer: Member, milestone_id: UUID, status: int = 201, **form: Any) -> dict[str, Any]:
    """A dispute about a milestone, or what is said instead."""
    return await made(buyer, f"/v1/payment-milestones/{milestone_id}/disputes", dispute_form(**form), status)


async def step(who: Member, dispute: dict[str, Any], verb: str, status: int = 200, **form: Any) -> dict[str, Any]:
    """Take a step in a dispute; it as it stands then, or what is said instead."""
    return await made(who, f"/v1/disputes/{dispute['id']}/{verb}", form, status)


async def proposed(who: Member, dispute: dict[str, Any], release_minor: int, **form: Any) -> dict[str, Any]:
    """Propose to release so much; the dispute as it stands then."""
    split = {"release_minor": release_minor, "refund_minor": dispute["disputed"]["minor"] - release_minor}
    return await step(who, dispute, "proposals", 201, **split, **form)


async def read(who: Member, dispute: dict[str, Any]) -> dict[str, Any]:
    """A dispute as somebody sees it."""
    answer = await who.get(f"/v1/disputes/{dispute['id']}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def history(who: Member, dispute: dict[str, Any]) -> list[dict[str, Any]]:
    """What happened in it."""
    answer = await who.get(f"/v1/disputes/{dispute['id']}/entries", params={"limit": 100})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def proved(market: Market) -> list[str]:
    """What `partingline verify` finds wrong with disputes; it has looked at some."""
    broken: list[str] = []
    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        for check in CHECKS:
            looked, found = await check(session)
            assert looked > 0
            broken += found
    return broken


async def subjects(who: Member) -> list[str]:
    """What somebody was told, oldest first."""
    items = (await who.get("/v1/notifications", params={"limit": 100})).json()["items"]
    return [one["subject"] for one in reversed(items)]


def codes(entries: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    """(act, side) of a history."""
    return [(one["act"]["code"], one["side"] and one["side"]["code"]) for one in entries]
