"""How much commission is, how much of it is returned, and which rule says so. Pure; rates are basis points."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from app.finance.commission.states import RuleScope, RuleState

WHOLE_BP = 10_000
NOTICE_DAYS = 15
"""Between the announcement of other terms and their first day: Regulation (EU) 2019/1150, article 3(2)."""


@dataclass(frozen=True, slots=True)
class Bound:
    """The least and the most that is charged for a payment."""

    least_minor: int = 0
    most_minor: int | None = None


UNBOUND = Bound()


@dataclass(frozen=True, slots=True)
class Rule:
    """A dated rule as deciding on it needs it. `bounds` are by currency."""

    id: UUID
    scope: RuleScope
    rate_bp: int
    bounds: Mapping[str, Bound]
    campaign_id: UUID | None = None
    supplier_id: UUID | None = None
    category_code: str | None = None
    valid_from: date = date.min
    valid_until: date | None = None

    def bound(self, currency: str) -> Bound:
        """What it bounds payments in a currency by."""
        return self.bounds.get(currency, UNBOUND)

    @property
    def charges(self) -> tuple[int, dict[str, Bound]]:
        """What it comes to, for comparing two rules: bounds that bind nothing are none."""
        return self.rate_bp, {currency: bound for currency, bound in self.bounds.items() if bound != UNBOUND}


@dataclass(frozen=True, slots=True)
class Asked:
    """For what a rule is wanted. `path` runs from the root of the tree to the category; empty without one."""

    supplier_id: UUID
    path: tuple[str, ...] = ()
    campaign_id: UUID | None = None

    def candidates(self) -> list[str]:
        """What rules that could apply are about, the one that goes before all others first."""
        found = [scope_key(RuleScope.CAMPAIGN, self.campaign_id)] if self.campaign_id else []
        found.append(scope_key(RuleScope.SUPPLIER, self.supplier_id))
        found += [scope_key(RuleScope.CATEGORY, code) for code in reversed(self.path)]
        return [*found, scope_key(RuleScope.DEFAULT, None)]


@dataclass(frozen=True, slots=True)
class Decision:
    """The rule that applies, or none, and those that would if it did not exist, in their order."""

    rule: Rule | None
    passed_over: tuple[Rule, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Terms:
    """What is charged for each payment of a deal in its currency."""

    rate_bp: int
    least_minor: int
    most_minor: int | None
    currency: str
    rule_id: UUID | None = None


def scope_key(scope: RuleScope, named: UUID | str | None) -> str:
    """What a rule is about, as one text; the database makes the same."""
    return f"{scope}:{named or ''}"


def decide(rules: Sequence[Rule], asked: Asked) -> Decision:
    """Which of a day's rules applies: a campaign's before a supplier's, before the nearest category's, before the default."""
    by_key = {scope_key(rule.scope, rule.campaign_id or rule.supplier_id or rule.category_code): rule for rule in rules}
    fitting = [by_key[key] for key in asked.candidates() if key in by_key]
    return Decision(fitting[0], tuple(fitting[1:])) if fitting else Decision(None)


def terms_of(rule: Rule | None, currency: str) -> Terms:
    """What a rule comes to in a currency; without a rule nothing is charged."""
    if rule is None:
        return Terms(0, 0, None, currency)
    bound = rule.bound(currency)
    return Terms(rule.rate_bp, bound.least_minor, bound.most_minor, currency, rule.id)


def commission_of(terms: Terms, amount_minor: int) -> int:
    """The commission on a payment: rounded half away from nought, within the terms' bounds, never more than the payment.

    Raises `ValueError` for less than nothing.
    """
    if amount_minor < 0:
        raise ValueError("commission is taken of what is paid, and returned by `returned`")
    exact = (2 * amount_minor * terms.rate_bp + WHOLE_BP) // (2 * WHOLE_BP)
    bounded = max(exact, terms.least_minor)
    if terms.most_minor is not None:
        bounded = min(bounded, terms.most_minor)
    return min(bounded, amount_minor)


def returned(
    commission: Terms | int,
    paid_minor: int,
    refunded_minor: int,
    already_returned_minor: int,
    now_refunded_minor: int,
) -> int:
    """How much commission goes back with a refund of `now_refunded_minor`, after one or more of `refunded_minor` in all.

    `commission` is what was taken, or the terms by which it was. Always returned is its share in all that was refunded, rounded
    once: in however many parts a payment is refunded, at the end all of the commission is returned, and never more of it than
    of the payment. Raises `ValueError` where more would be refunded than was paid.
    """
    taken_minor = commission_of(commission, paid_minor) if isinstance(commission, Terms) else commission
    refunded = refunded_minor + now_refunded_minor
    if refunded_minor < 0 or now_refunded_minor < 0 or refunded > paid_minor or not 0 <= taken_minor <= paid_minor:
        raise ValueError("no more is refunded than was paid, and no more was taken of it")
    share = taken_minor if refunded == paid_minor else (2 * taken_minor * refunded + paid_minor) // (2 * paid_minor)
    return max(0, share - already_returned_minor)


def state_on(valid_from: date, valid_until: date | None, *, withdrawn: bool, day: date) -> RuleState:
    """Where a rule is on a day."""
    if withdrawn:
        return RuleState.WITHDRAWN
    if day < valid_from:
        return RuleState.AHEAD
    return RuleState.OVER if valid_until is not None and valid_until < day else RuleState.IN_FORCE


def earliest_day(scope: RuleScope, *, is_first: bool, waived: bool, today: date) -> date:
    """From when a new rule may hold. Nobody has relied on other terms where a campaign, or the market, has its first rule; and a
    supplier may do without notice of a rule that is for him alone."""
    unbound = is_first and scope in (RuleScope.CAMPAIGN, RuleScope.DEFAULT)
    return today if unbound or (scope is RuleScope.SUPPLIER and waived) else today + timedelta(days=NOTICE_DAYS)


def changes_on(valid_from: date, valid_until: date | None, new_until: date | None) -> date | None:
    """The first day on which another last day of a rule makes a difference; None if it makes none."""
    if new_until == valid_until:
        return None
    if new_until is not None and new_until < valid_from:
        return valid_from
    return min(day for day in (valid_until, new_until) if day is not None) + timedelta(days=1)
