"""When agreement is needed and who may give it. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from app.parties.states import SubjectKind

Convert = Callable[[int, str, str], int | None]
"""(amount in minor units, from currency, to currency) → minor units, or None when no rate is known."""


@dataclass(frozen=True, slots=True)
class ApprovalSubject:
    """An order, or a commitment that becomes one, as this room sees it.

    `category_codes` are the lines' categories and those above them in the tree; `new_counterparty` means that nothing was
    ever ordered from it. `award_amounts` (minor units, currency) are those of every order under the same award, or of every
    commitment to the same campaign, this one among them: what is split does not slip under a limit.
    """

    kind: str
    id: UUID
    amount_minor: int
    currency: str
    category_codes: frozenset[str]
    counterparty_id: UUID
    new_counterparty: bool
    title: str
    award_amounts: tuple[tuple[int, str], ...] = ()


class Rule(Protocol):
    """What a rule says."""

    subject_kind: str | None
    above_minor: int | None
    currency: str | None
    category_codes: list[str]
    new_counterparty: bool


def asks_for_approval(rule: Rule, subject: ApprovalSubject, convert: Convert) -> bool:
    """Whether every condition that the rule gives holds.

    An amount that cannot be compared for want of a rate counts as above: better one question too many.
    """
    own = ((subject.amount_minor, subject.currency),)
    # A commitment binds like an order, and nobody is asked again when it becomes one.
    binding = (subject.kind, SubjectKind.ORDER) if subject.kind == SubjectKind.COMMITMENT else (subject.kind,)
    looked_at = [
        amounts
        for kinds, amounts in ((binding, own), ((SubjectKind.AWARD,), subject.award_amounts))
        if amounts and (rule.subject_kind is None or rule.subject_kind in kinds)
    ]
    if not looked_at:
        return False
    if rule.new_counterparty and not subject.new_counterparty:
        return False
    if rule.category_codes and subject.category_codes.isdisjoint(rule.category_codes):
        return False
    if rule.above_minor is None or rule.currency is None:
        return True
    limit, currency = rule.above_minor, rule.currency
    return any(_is_above(amounts, limit, currency, convert) for amounts in looked_at)


def _is_above(amounts: Sequence[tuple[int, str]], limit: int, currency: str, convert: Convert) -> bool:
    converted = [convert(amount, source, currency) for amount, source in amounts]
    known = [amount for amount in converted if amount is not None]
    return len(known) < len(converted) or sum(known) > limit


def decides_for(
    person_id: UUID,
    *,
    requested_by: UUID,
    named: frozenset[UUID],
    able: frozenset[UUID],
    deputy_of: Mapping[UUID, frozenset[UUID]],
) -> UUID | None:
    """In whose place the person may decide a step: his own id, that of an approver he stands in for, or None.

    `named` are the rule's approvers, `able` all members who hold the permission to approve, `deputy_of` maps a person to
    those who delegated to him. The requester never decides. When nobody named can decide any more (all left, or the only
    one is the requester), any other member who may approve can.
    """
    if person_id == requested_by:
        return None
    present = (named & able) - {requested_by}
    if person_id in present:
        return person_id
    stands_for = sorted(deputy_of.get(person_id, frozenset()) & present)
    if stands_for:
        return stands_for[0]
    if not present and person_id in able:
        return person_id
    return None
