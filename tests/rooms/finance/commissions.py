"""Builders of rules of commission and of what they are asked about."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from app.finance.commission import facade as commission
from app.finance.commission.facade import Terms
from app.kit.db.tenancy import acting_for
from app.kit.ids import new_id
from tests.market import Market, Member
from tests.rooms.warehousing.stock import made

RULES = "/v1/operator/commission-rules"
NOTICE_DAYS = 15


def rule_form(market: Market, in_days: int = NOTICE_DAYS, **overrides: Any) -> dict[str, Any]:
    """4.5 % of everything else, from so many days ahead."""
    first = market.clock.now().date() + timedelta(days=in_days)
    return {"scope": "default", "rate_bp": 450, "valid_from": first.isoformat(), **overrides}


async def ruled(market: Market, operator: Member, in_days: int = NOTICE_DAYS, status: int = 201, **form: Any) -> Any:
    """A rule of the operator's, or what is said instead."""
    return await made(operator, RULES, rule_form(market, in_days, **form), status)


async def frozen_terms(market: Market, supplier_id: UUID, deal_id: UUID | None = None, **about: Any) -> Terms:
    """The terms of a deal made today, by a transaction that acts for nobody in particular."""
    async with market.db.transaction() as session, acting_for(session, about.pop("acting", supplier_id)):
        return await commission.agree(
            session,
            deal=("order", deal_id or new_id()),
            supplier_id=supplier_id,
            day=market.clock.now().date(),
            **{"currency": "EUR", **about},
        )
