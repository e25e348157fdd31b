"""When agreement is needed and who may give it. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

Convert = Callable[[int, str, str], int | None]
"""(amount in minor units, from currency, to currency) → minor units, or None when no rate is known."""


@dataclass(frozen=True, slots=True)
class ApprovalSubject:
    """An award or order as this room sees it.

    `category_codes` are the lines' categories and those above them in the tree; `new_counterparty` means that nothing was
    ever ordered from it.
    """

    kind: str
    id: UUID
    amount_minor: int
    currency: str
    category_codes: frozenset[str]
    counterparty_id: UUID
    new_counterparty: bool
    title: str


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
    if rule.subject_kind is not None and rule.subject_kind != subject.kind:
        return False
    if rule.new_counterparty and not subject.new_counterparty:
        return False
    if rule.category_codes and subject.category_codes.isdisjoint(rule.category_codes):
        return False
    if rule.above_minor is None or rule.currency is None:
        return True
    amount = convert(subject.amount_minor, subject.currency, rule.currency)
    return amount is None or amount > rule.above_minor


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
