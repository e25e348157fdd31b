"""Reckon what late payment of an invoice has cost its issuer so far, beyond what he has claimed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.dunning import queries
from app.finance.dunning.errors import LateItemHeld, NoKnownLaw, NoKnownRate, NotPaidLate
from app.finance.dunning.late_payment import REFERENCE, LatePayment, late_payment
from app.finance.dunning.models import LatePaymentClaim
from app.finance.dunning.reckoning import Period, UnknownHalfYear, late_parts, periods
from app.finance.dunning.states import FixedBy
from app.finance.invoicing.facade import EUROPEAN_UNION
from app.finance.receivables import facade as receivables
from app.kit.errors import FieldError, Invalid
from app.kit.locales import N_, current_locale
from app.parties import facade as parties
from app.reference.facade import country_name

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reckoned:
    """What may be claimed: interest period by period, and the fixed sum. `fixed_open`: whether the issuer may state one, since
    the law names none in the invoice's currency."""

    course: receivables.ItemCourse
    law: LatePayment
    country: str
    periods: tuple[Period, ...]
    fixed_minor: int
    fixed_by: FixedBy | None
    fixed_open: bool

    @property
    def interest_minor(self) -> int:
        """All of it."""
        return sum(one.interest_minor for one in self.periods)

    @property
    def total_minor(self) -> int:
        """With the fixed sum."""
        return self.interest_minor + self.fixed_minor

    @property
    def days_late(self) -> int:
        """From the day after the due day to the last day that counts."""
        return (self.periods[-1].last_on - self.course.due_on).days


async def reckon(
    session: AsyncSession,
    item: tuple[UUID, str],
    today: date,
    *,
    stated_minor: int | None = None,
    lock: bool = False,
) -> Reckoned:
    """Of an item (its id and number), for its issuer. `stated_minor` is the fixed sum that he states. Raises `NotPaidLate`,
    `LateItemHeld`, `NoKnownLaw`, `NoKnownRate`; `Invalid` for a sum that the law names already."""
    item_id, number = item
    course = await receivables.course_of(session, item_id, lock=lock)
    if course is None:
        raise NotPaidLate(number=number)
    if course.hold is not None:
        raise LateItemHeld(number=number)
    parts = late_parts(course.due_on, course.open_minor, course.parts, today)
    if not parts:
        raise NotPaidLate(number=number)
    law, country = await _known_law(session, course.issuer_id)
    before = (await standing(session, [item_id], course.claims)).get(item_id, [])
    first = max([course.due_on, *(one.last_on for one in before)]) + _DAY
    try:
        found = periods(parts, first, law.rate_bp)
    except UnknownHalfYear as missing:
        raise NoKnownRate(first_on=missing.first) from None
    fixed_claimed = any(one.fixed_minor for one in before)
    by_law = law.fixed_sum_in(course.currency)
    fixed_open = not by_law and not fixed_claimed
    if stated_minor and not fixed_open:
        message = N_("The fixed sum is stated in currencies in which the law names none, and once for an invoice.")
        raise Invalid(errors=[FieldError("/fixed_sum_minor", "fixed-sum-by-law", message)])
    fixed = 0 if fixed_claimed else by_law or stated_minor or 0
    fixed_by = None if not fixed else FixedBy.LAW if by_law else FixedBy.ISSUER
    reckoned = Reckoned(course, law, country, tuple(found), fixed, fixed_by, fixed_open)
    if not found or (not reckoned.total_minor and not fixed_open):
        raise NotPaidLate(number=number)
    return reckoned


async def _known_law(session: AsyncSession, issuer_id: UUID) -> tuple[LatePayment, str]:
    """What the law gives the issuer, who has to be in the Union; everybody here acts for a business."""
    country = (await parties.organizations(session, [issuer_id]))[issuer_id].country
    if country not in EUROPEAN_UNION:
        raise NoKnownLaw(country=country_name(country, current_locale()))
    return await law_in(session, country), country


async def law_of(session: AsyncSession, issuer_id: UUID) -> LatePayment:
    """What the law gives a creditor in his country, by what ships with the house and what the operator has loaded."""
    return await law_in(session, (await parties.organizations(session, [issuer_id]))[issuer_id].country)


async def law_in(session: AsyncSession, country: str) -> LatePayment:
    """The same of a country."""
    return late_payment().with_loaded(await queries.rates_of(session, (REFERENCE, country)), country)


async def standing(
    session: AsyncSession, item_ids: Iterable[UUID], known: Iterable[receivables.ClaimRef] | None = None
) -> dict[UUID, list[LatePaymentClaim]]:
    """What was claimed for late payment of invoices' items and not withdrawn, by these items. `known`: their claims, where the
    caller has read them already."""
    rows = await queries.claims_about(session, item_ids)
    refs = {one.id: one for one in known} if known is not None else {}
    if rows and known is None:
        refs = await receivables.claims_of(session, [row.id for row in rows])
    found: dict[UUID, list[LatePaymentClaim]] = {}
    for row in rows:
        if not refs[row.id].withdrawn:
            found.setdefault(row.item_id, []).append(row)
    return found
