"""Count what buyers who consent ask for alike, and bring the suggestions up to date."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import facade as catalog
from app.kit.db.tenancy import act_for
from app.parties import facade as parties
from app.pooling.sensing import queries, rules
from app.pooling.sensing.models import DemandSuggestion
from app.pooling.sensing.rules import Asked, Bought, Kind, Tariff
from app.pooling.sensing.states import SavingSource, SuggestionState
from app.procurement import facade as procurement
from app.reference import facade as reference

COMPARED_LISTINGS = 2000


@dataclass(frozen=True, slots=True)
class Sensed:
    """How many suggestions were made and ended."""

    made: int
    ended: int


@dataclass
class _Demand:
    """What was counted: only of organizations that consent and are verified."""

    counted: set[UUID] = field(default_factory=set)
    asked: list[Asked] = field(default_factory=list)
    bought: dict[Kind, list[Bought]] = field(default_factory=dict)
    items: dict[UUID, catalog.ListedItem | None] = field(default_factory=dict)


async def sense_demand(session: AsyncSession, *, now: datetime) -> Sensed:
    """Sense once. Call it as the worker, acting for nobody; of two at once the second waits for the first.

    The worker reads an organization's demand while acting for it, and for nobody who does not consent.
    """
    await queries.one_at_a_time(session)
    await act_for(session, None)
    demand = _Demand()
    for organization_id in await queries.consenting(session):
        await act_for(session, organization_id)
        await _count(session, organization_id, demand, now)
    await act_for(session, None)
    groups = {
        kind: needs for kind, needs in rules.demand_by_kind(demand.asked).items() if rules.may_be_told(kind, needs)
    }
    return await _bring_up_to_date(session, groups, demand, now)


async def _count(session: AsyncSession, organization_id: UUID, demand: _Demand, now: datetime) -> None:
    """Whoever is not verified is not counted: firms that exist on paper alone must not make others' demand public."""
    found = (await parties.organizations(session, [organization_id])).get(organization_id)
    if found is None or not found.verified or found.sandbox_of is not None:
        return
    demand.counted.add(organization_id)
    lines = await procurement.demand_of(
        session, organization_id, asked_since=now - rules.QUARTER, ordered_since=now - rules.HISTORY
    )
    unknown = sorted({line.variant_id for line in lines} - demand.items.keys())
    # What is not public says nothing here.
    demand.items |= dict.fromkeys(unknown) | await catalog.listed_items(session, unknown)
    for line in lines:
        _take(line, demand, now)


def _take(line: procurement.DemandLine, demand: _Demand, now: datetime) -> None:
    item = demand.items[line.variant_id]
    kind = rules.kind_of(item.category_code, item.steel, item.measures_mm, line.unit) if item else None
    if kind is None:
        return
    quantity = reference.convert_exact(line.quantity, line.unit, kind.unit)
    if line.at >= now - rules.QUARTER:
        case_id = None if line.is_order else line.case_id
        demand.asked.append(Asked(line.buyer_id, case_id, kind, quantity))
    if line.price_minor is not None and line.per_quantity is not None and line.currency is not None:
        of_one = reference.convert_exact(line.per_quantity, line.unit, kind.unit)
        bought = Bought(line.buyer_id, line.currency, quantity, line.price_minor / of_one)
        demand.bought.setdefault(kind, []).append(bought)


async def _bring_up_to_date(
    session: AsyncSession, groups: Mapping[Kind, Mapping[UUID, Fraction]], demand: _Demand, now: datetime
) -> Sensed:
    editions = await queries.editions(session, now - rules.QUARTER)
    behind = await queries.members(session, [row.id for rows in editions.values() for row in rows])
    made = ended = 0
    for kind in sorted(groups.keys() | editions.keys()):
        rows, needs = editions.get(kind, []), groups.get(kind)
        values = await _figures(session, kind, needs, demand, now) if needs else None
        members = frozenset(needs) if needs and values is not None else None
        step = rules.next_step([_shown(row, behind, demand) for row in rows], members, now=now)
        if step.ends:
            await queries.end_suggestion(session, rows[-1].id, now)
            ended += 1
        for row in rows:
            if gone := behind.get(row.id, set()) - demand.counted:
                await queries.let_go(session, row.id, gone)
        if step.makes and members is not None and values is not None:
            await queries.insert_suggestion(session, values, members)
            made += 1
    await queries.forget_members(session, now - rules.QUARTER)
    return Sensed(made, ended)


def _shown(row: DemandSuggestion, behind: Mapping[UUID, set[UUID]], demand: _Demand) -> rules.Shown:
    were = behind.get(row.id, set())
    left = row.left_since + len(were - demand.counted)
    return rules.Shown(row.made_at, row.state == SuggestionState.CURRENT, frozenset(were & demand.counted), left)


async def _figures(
    session: AsyncSession, kind: Kind, needs: Mapping[UUID, Fraction], demand: _Demand, now: datetime
) -> dict[str, object] | None:
    """What a suggestion would say; None when nothing is to be saved."""
    quantities = sorted(needs.values())
    published = await tariffs_of(session, kind)
    saving = rules.saving_by_tariffs(quantities, [tariff for found in published.values() for tariff in found])
    source = SavingSource.LIST_PRICES
    if saving is None:
        saving = rules.saving_by_orders(quantities, demand.bought.get(kind, []))
        source = SavingSource.PAST_ORDERS
    percent = None if saving is None else rules.whole_percent(saving)
    if percent == 0:
        return None
    return {
        "category_code": kind.category_code,
        "steel": kind.steel,
        "unit": kind.unit,
        "size_steps": list(kind.size_steps),
        "buyers": len(needs),
        "quantity": rules.two_digits(sum(quantities, Fraction(0))),
        "expected_saving_bp": None if percent is None else percent * 100,
        "saving_source": None if percent is None else source,
        "asked_since": (now - rules.QUARTER).date(),
        "asked_until": now.date(),
        "made_at": now,
    }


async def tariffs_of(session: AsyncSession, kind: Kind) -> Mapping[str, Sequence[Tariff]]:
    """What is published for items of the kind, by currency and by quantity in the kind's unit."""
    steels = rules.designations(kind.steel)
    found = await catalog.listed_in_steels(session, kind.category_code, steels, COMPARED_LISTINGS)
    tariffs: dict[str, list[Tariff]] = {}
    for item in found:
        if rules.kind_of(item.category_code, item.steel, item.measures_mm, item.unit) != kind:
            continue
        of_one = reference.convert_exact(1, item.unit, kind.unit)
        for currency, steps in item.prices.items():
            converted = tuple((Fraction(step.min_quantity) * of_one, step.price_minor / of_one) for step in steps)
            tariffs.setdefault(currency, []).append(Tariff(item.supplier_id, converted))
    return tariffs
