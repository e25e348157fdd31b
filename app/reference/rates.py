"""Rates of exchange over HTTP: everybody reads, the operator loads."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated

from fastapi import Body, Query, Request, Response
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.kit import audit
from app.kit.actor import Actor, CurrentActor, Permission
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import (
    FieldError,
    Forbidden,
    IdempotencyKeyInFlight,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    Invalid,
    Unauthenticated,
)
from app.kit.idempotency import IdempotencyGuard
from app.kit.locales import N_
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import problems
from app.kit.routing import house_router
from app.kit.schemas import CurrencyCode, Input, Output, PlainDecimal
from app.reference.exchange import load_rates, rates_of
from app.reference.models import FxRate
from app.reference.money import is_accepted_currency
from app.reference.rate_files import RatesRefused, ReadFile, read_ecb, read_table

router = house_router(tags=["reference"], prefix="/v1/reference")
files = house_router(tags=["reference"])


class FxRateIn(Input):
    """How many units of `quote` one unit of `base` bought on a day."""

    base: CurrencyCode
    quote: CurrencyCode
    on_date: date = Field(ge=date(1999, 1, 1))
    rate: Annotated[PlainDecimal, Field(gt=0, max_digits=24, decimal_places=12)]

    @model_validator(mode="after")
    def _two_currencies(self) -> "FxRateIn":
        if self.base == self.quote:
            raise PydanticCustomError("two_currencies", "two different currencies")
        return self


class FxRatesIn(Input):
    """Rates of one source. What it has told for the pair and the day is replaced."""

    source: str = Field(min_length=1, max_length=120, description="Who published them, such as `ECB`.")
    rates: list[FxRateIn] = Field(min_length=1, max_length=1000)


class FxRateOut(Output):
    """A dated rate."""

    base: str
    quote: str
    on_date: date
    rate: PlainDecimal
    source: str


class LoadedOut(Output):
    """How many rates were stored."""

    stored: int


class FxRatesLoadedOut(Output):
    """What a file of rates brought."""

    told: int = Field(description="Rates of accepted currencies that stand in it.")
    changed: int = Field(description="How many of them are new, or other than their source told before.")
    left_out: list[str] = Field(description="Currencies in it that the house does not accept.")


@router.get("/fx-rates", responses=problems())
async def list_fx_rates(
    request: Request,
    response: Response,
    page: Paging,
    session: Session,
    base: Annotated[CurrencyCode | None, Query(description="Only of this currency.")] = None,
    quote: Annotated[CurrencyCode | None, Query(description="Only into this currency.")] = None,
) -> Page[FxRateOut]:
    """The loaded rates of exchange, newest first."""
    keys = [FxRate.on_date, FxRate.base, FxRate.quote, FxRate.source]
    rows, cursor = await fetch_page(session, rates_of(base, quote), page, keys=keys, descending=True)
    link_next(request, response, cursor)
    return Page[FxRateOut](items=[FxRateOut.model_validate(row) for row in rows], next_cursor=cursor)


@router.post(
    "/fx-rates",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(Unauthenticated, Forbidden, IdempotencyKeyMissing, IdempotencyKeyInFlight, IdempotencyKeyReused),
)
async def post_fx_rates(actor: CurrentActor, form: FxRatesIn, session: Session, now: Now) -> LoadedOut:
    """Load rates of exchange. For the operator."""
    actor.require(Permission.OPERATE)
    _check(form.rates, today=now.date())
    rows = {
        (item.base, item.quote, item.on_date): item.model_dump() | {"source": form.source, "loaded_at": now}
        for item in form.rates
    }
    await load_rates(session, list(rows.values()))
    after = {"source": form.source, "rates": len(rows)}
    await audit.record(session, actor, "fx-rates.load", "fx-rates", None, after=after)
    return LoadedOut(stored=len(rows))


@files.put("/operator/fx-rates/ecb", responses=problems(Unauthenticated, Forbidden, Invalid))
async def put_ecb_rates(
    actor: CurrentActor,
    content: Annotated[bytes, Body(media_type="application/xml", description="`eurofxref-daily.xml` or its like.")],
    session: Session,
    now: Now,
) -> FxRatesLoadedOut:
    """Load the euro reference rates of the European Central Bank, of a day or of ninety; with one mistake, all is refused. Days
    since 1999 are loaded by `partingline rates ecb`. For the operator."""
    actor.require(Permission.OPERATE)
    return await _loaded(session, actor, read_ecb, content, now.date())


@files.put("/operator/fx-rates/table", responses=problems(Unauthenticated, Forbidden, Invalid))
async def put_rate_table(
    actor: CurrentActor,
    content: Annotated[bytes, Body(media_type="text/csv", description="UTF-8, comma separated, with a header.")],
    session: Session,
    now: Now,
) -> FxRatesLoadedOut:
    """Load rates from a table with the columns base, quote, on_date, rate (how many of `quote` one `base` buys) and source; all
    rows or none. For the operator."""
    actor.require(Permission.OPERATE)
    return await _loaded(session, actor, read_table, content, now.date())


async def _loaded(session: Session, actor: Actor, read: ReadFile, content: bytes, today: date) -> FxRatesLoadedOut:
    try:
        told = await asyncio.to_thread(read, content, today=today)
    except RatesRefused as refused:
        raise Invalid(errors=refused.errors) from None
    changed = await load_rates(session, told.rows)
    sources = sorted({row["source"] for row in told.rows})
    after = {"sources": sources[:20], "rates": len(told.rows), "changed": changed}
    await audit.record(session, actor, "fx-rates.load", "fx-rates", None, after=after)
    return FxRatesLoadedOut(told=len(told.rows), changed=changed, left_out=sorted(told.left_out))


def _check(rates: Sequence[FxRateIn], *, today: date) -> None:
    errors = []
    for position, item in enumerate(rates):
        errors += [
            FieldError(
                f"/rates/{position}/{name}",
                "unknown-currency",
                N_("Give a currency by its ISO 4217 code, such as EUR."),
            )
            for name in ("base", "quote")
            if not is_accepted_currency(getattr(item, name))
        ]
        # Rates of a day are published before that day ends everywhere on earth.
        if item.on_date > today + timedelta(days=1):
            errors.append(FieldError(f"/rates/{position}/on_date", "date-past", N_("Give a date in the past.")))
    if errors:
        raise Invalid(errors=errors[:100])
