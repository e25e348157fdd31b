"""What is refused about payment schedules."""

from app.kit.errors import Problem
from app.kit.locales import N_


class MilestoneFrozen(Problem):
    """A step of a milestone that is disputed."""

    code = "payment-milestone-frozen"
    status = 409
    title = N_("This milestone is disputed")
    detail = N_("Until the dispute is settled nobody accepts the milestone and nothing of its money moves.")


class MilestoneAcceptedAlready(Problem):
    """Evidence or a return when the milestone counts as accepted."""

    code = "payment-milestone-accepted"
    status = 409
    title = N_("This milestone is accepted already")
    detail = N_("It was accepted, by the buyer or by his silence within the agreed days, and its money is released.")


class NothingToPay(Problem):
    """A payment of what is paid."""

    code = "nothing-to-pay"
    status = 409
    title = N_("There is nothing to be paid")
    detail = N_("This milestone is paid in full.")


class PaymentUnderWay(Problem):
    """A second payment while it is not known what becomes of the first."""

    code = "payment-under-way"
    status = 409
    title = N_("A payment is under way")
    detail = N_("Wait until it is known what became of it, or withdraw the bank transfer that is awaited.")


class NoTransferAwaited(Problem):
    """A withdrawal of a transfer that nobody awaits."""

    code = "no-transfer-awaited"
    status = 409
    title = N_("No bank transfer is awaited")
    detail = N_("Only a bank transfer that has not come yet can be withdrawn.")


class RefundTooLarge(Problem):
    """More is to be given back than was paid."""

    code = "refund-too-large"
    status = 409
    title = N_("That much was not paid")
    detail = N_("At most {most_minor} minor units can be given back: what was paid and was not given back before.")


class RefundNotByBank(Problem):
    """A refund that is not, or not any more, for the operator's bank to send."""

    code = "refund-not-by-bank"
    status = 409
    title = N_("This refund is not to be sent by bank")
    detail = N_("Only what came by bank goes back by bank, once, unless it was given up.")


class MilestoneAssigned(Problem):
    """A refund by the supplier, or a settlement that he agrees to, of what he has sold."""

    code = "payment-milestone-assigned"
    status = 409
    title = N_("This milestone is assigned to a financier")
    detail = N_(
        "It is assigned without recourse, so its money is not the supplier’s to give back. The operator may decide about it."
    )
