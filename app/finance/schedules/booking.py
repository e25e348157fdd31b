"""What the ledger is told of milestones: each fact once, by the milestone and the number of what happened to its money."""

from datetime import date

from app.finance.commission.facade import posting_of, posting_of_return
from app.finance.ledger.facade import AccountOf, CauseKind, FactKind, Leg, Posting, Purpose, credit, debit
from app.finance.schedules.models import (
    MilestoneChargeback,
    MilestonePayment,
    MilestoneRefund,
    MilestoneRelease,
    PaymentMilestone,
)


def funded(milestone: PaymentMilestone, payment: MilestonePayment, day: date) -> Posting:
    """The buyer's money came in, and is held."""
    house = _house(milestone, payment)
    legs = (debit(house, payment.captured_minor), credit(_escrow(milestone), payment.captured_minor))
    return _told(FactKind.MILESTONE_FUNDED, milestone, day, legs, payment.number)


def released(milestone: PaymentMilestone, release: MilestoneRelease) -> Posting:
    """What was held is the supplier's."""
    legs = (debit(_escrow(milestone), release.amount_minor), credit(_payable(milestone), release.amount_minor))
    return _told(FactKind.MILESTONE_RELEASED, milestone, release.released_on, legs, release.number)


def commission(milestone: PaymentMilestone, fee_minor: int, number: int, day: date) -> Posting:
    """The house's part of what went to the supplier."""
    cause = (CauseKind.MILESTONE, milestone.id)
    return posting_of(milestone.supplier_id, milestone.currency, fee_minor, cause, number, day)


def commission_returned(milestone: PaymentMilestone, fee_minor: int, number: int, day: date) -> Posting:
    """The house's part of what is the supplier's no more."""
    cause = (CauseKind.MILESTONE, milestone.id)
    return posting_of_return(milestone.supplier_id, milestone.currency, fee_minor, cause, number, day)


def set_aside(milestone: PaymentMilestone, refund: MilestoneRefund, day: date) -> Posting:
    """What the supplier was given is held again, until the provider has given it back."""
    legs = (
        debit(_payable(milestone), refund.from_supplier_minor),
        credit(_escrow(milestone), refund.from_supplier_minor),
    )
    return _told(FactKind.REFUND_SET_ASIDE, milestone, day, legs, refund.number)


def not_refunded(milestone: PaymentMilestone, refund: MilestoneRefund, day: date) -> Posting:
    """What was set aside is the supplier's again."""
    legs = (
        debit(_escrow(milestone), refund.from_supplier_minor),
        credit(_payable(milestone), refund.from_supplier_minor),
    )
    return _told(FactKind.REFUND_FAILED, milestone, day, legs, refund.number)


def refunded(milestone: PaymentMilestone, refund: MilestoneRefund, day: date) -> Posting:
    """What was set aside was given back: by the provider, or by bank where it came by bank."""
    legs = (credit(_house(milestone, refund), refund.amount_minor), debit(_escrow(milestone), refund.amount_minor))
    return _told(FactKind.REFUND, milestone, day, legs, refund.number)


def charged_back(milestone: PaymentMilestone, chargeback: MilestoneChargeback, day: date) -> Posting:
    """The payer's bank took it, out of escrow and from the supplier."""
    legs = _back(milestone, chargeback.from_escrow_minor, chargeback.from_supplier_minor)
    return _told(FactKind.CHARGED_BACK, milestone, day, legs, chargeback.number)


def chargeback_won(milestone: PaymentMilestone, chargeback: MilestoneChargeback, day: date) -> Posting:
    """It is where it was."""
    legs = _back(milestone, chargeback.from_escrow_minor, chargeback.from_supplier_minor)
    turned = tuple((account, -amount) for account, amount in legs)
    return _told(FactKind.CHARGEBACK_WON, milestone, day, turned, chargeback.number)


def _back(milestone: PaymentMilestone, from_escrow: int, from_supplier: int) -> tuple[Leg, ...]:
    legs = [credit(_cash(milestone), from_escrow + from_supplier)]
    if from_escrow:
        legs.append(debit(_escrow(milestone), from_escrow))
    if from_supplier:
        legs.append(debit(_payable(milestone), from_supplier))
    return tuple(legs)


def _told(kind: FactKind, milestone: PaymentMilestone, day: date, legs: tuple[Leg, ...], number: int) -> Posting:
    return Posting(kind, (CauseKind.MILESTONE, milestone.id), day, legs, number)


def _house(milestone: PaymentMilestone, moved: MilestonePayment | MilestoneRefund) -> AccountOf:
    """Where the house has it. What comes or leaves by bank stands on `unassigned`, by its entry on a statement."""
    return _cash(milestone) if moved.match_id is None else AccountOf(None, Purpose.UNASSIGNED, milestone.currency)


def _cash(milestone: PaymentMilestone) -> AccountOf:
    return AccountOf(None, Purpose.CASH_AT_PROVIDER, milestone.currency)


def _escrow(milestone: PaymentMilestone) -> AccountOf:
    return AccountOf(milestone.buyer_id, Purpose.ESCROW, milestone.currency)


def _payable(milestone: PaymentMilestone) -> AccountOf:
    return AccountOf(milestone.supplier_id, Purpose.PAYABLE_TO_SUPPLIER, milestone.currency)
