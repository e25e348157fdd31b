"""Quotes and options as their readers see them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.locales import N_, current_locale, translate
from app.kit.schemas import Labelled, labelled
from app.logistics.chargeable import DECISIVE_LABELS
from app.logistics.freight.models import FreightOption, FreightQuoteAsked
from app.logistics.freight.schemas.quotes import (
    ChargeableOut,
    ChargeOut,
    ConvertedOut,
    FreightOptionOut,
    FreightQuoteOut,
    FreightQuoteSummary,
    UnfitOut,
)
from app.logistics.freight.states import CHARGE_UNIT_LABELS, QuoteOrder
from app.logistics.loading.containers import container_types
from app.logistics.rates.cards import BASIS_LABELS, CHARGE_LABELS
from app.logistics.states import MODE_LABELS
from app.parties import facade as parties

NOBODY = "–"

# What a shipper is told. The reasons' own texts say what is in a card: its days, its limits, its currency.
UNFIT_TEXTS: dict[str, str] = {
    "rate-not-valid": N_("These rates are not valid yet on the day the goods are ready."),
    "rate-other-lane": N_("These rates are for another lane."),
    "rate-other-mode": N_("This mode of transport was not asked for."),
    "rate-needs-containers": N_("Rates for full containers need a container plan."),
    "rate-needs-packages": N_("These rates need the packages with their weights and dimensions."),
    "rate-container-not-offered": N_("Containers of type {container} are not offered."),
    "rate-package-too-heavy": N_("A package is too heavy for this service."),
    "rate-package-too-long": N_("A package is too long for this service."),
    "rate-shipment-too-heavy": N_("The shipment is too heavy for this service."),
    "rate-no-dangerous-goods": N_("This service does not take dangerous goods."),
    "rate-not-convertible": N_("There is no exchange rate for the currency of these rates."),
    "rate-too-high": N_("The price would be higher than can be reckoned with here."),
}


def container(code: str) -> Labelled:
    """A type of container with its name."""
    kind = container_types().get(code)
    return Labelled(code=code, label=kind.name(current_locale()) if kind else code)


async def names_of(session: AsyncSession, ids: set[UUID]) -> Mapping[UUID, str]:
    """Firms by their own names."""
    return {one: firm.legal_name_local for one, firm in (await parties.organizations(session, ids)).items()}


def lines_out(lines: Sequence[Mapping[str, Any]]) -> list[ChargeOut]:
    """Charges in the reader's language."""
    return [
        ChargeOut(
            charge=labelled(line["code"], CHARGE_LABELS),
            basis=labelled(line["basis"], BASIS_LABELS),
            quantity=Decimal(line["quantity"]),
            rate=Decimal(line["rate"]),
            amount_minor=line["amount_minor"],
            of_minor=line["of_minor"],
            container_type=container(line["container_type"]) if line["container_type"] else None,
            bound=line["bound"],
        )
        for line in lines
    ]


def _chargeable(stored: Mapping[str, Any]) -> ChargeableOut:
    shown = {
        "unit": labelled(stored["unit"], CHARGE_UNIT_LABELS),
        "decisive": labelled(stored["decisive"], DECISIVE_LABELS),
    }
    return ChargeableOut(**dict(stored) | shown)


async def options_out(session: AsyncSession, rows: Sequence[FreightOption]) -> list[FreightOptionOut]:
    """Options, in as many statements for many as for one."""
    names = await names_of(session, {row.partner_id for row in rows})
    return [_option(row, names) for row in rows]


def _option(row: FreightOption, names: Mapping[UUID, str]) -> FreightOptionOut:
    values = {name: getattr(row, name) for name in FreightOptionOut.model_fields if hasattr(row, name)}
    converted = None
    if row.reader_currency is not None and row.fx_rate is not None:
        converted = ConvertedOut(
            currency=row.reader_currency, total_minor=row.reader_total_minor, rate=row.fx_rate, rate_on=row.fx_on
        )
    return FreightOptionOut(
        **values
        | {
            "partner_name": names.get(row.partner_id, NOBODY),
            "mode": labelled(row.mode, MODE_LABELS),
            "lines": lines_out(row.lines),
            "chargeable": _chargeable(row.chargeable) if row.chargeable else None,
            "converted": converted,
            "freight_quote_id": row.quote_id,
            "freight_offer_id": row.offer_id,
        }
    )


def in_order(rows: Sequence[FreightOption], order: QuoteOrder) -> list[FreightOption]:
    """Cheapest or quickest first; the one breaks ties of the other."""

    def price(row: FreightOption) -> tuple[int, int, int]:
        return row.reader_total_minor or 0, row.transit_days_max, row.transit_days_min

    def transit(row: FreightOption) -> tuple[int, int, int]:
        return row.transit_days_max, row.transit_days_min, row.reader_total_minor or 0

    key = price if order == QuoteOrder.PRICE else transit
    return sorted(rows, key=lambda row: (*key(row), row.card_id or row.id))


async def quote_out(
    session: AsyncSession, row: FreightQuoteAsked, options: Sequence[FreightOption], order: QuoteOrder
) -> FreightQuoteOut:
    """A quote with all its options."""
    return FreightQuoteOut(
        **summary_values(row),
        options=await options_out(session, in_order(options, order)),
        unfit=[
            UnfitOut(
                mode=labelled(one["mode"], MODE_LABELS),
                code=one["code"],
                detail=translate(
                    UNFIT_TEXTS[one["code"]], current_locale(), container=container(one["container"]).label
                ),
                cards=one["cards"],
            )
            for one in row.unfit
        ],
    )


def summary_values(row: FreightQuoteAsked) -> dict[str, Any]:
    """What a list tells of a quote."""
    return {name: getattr(row, name) for name in FreightQuoteSummary.model_fields}
