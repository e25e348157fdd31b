"""What is refused about open items."""

from app.kit.errors import Problem
from app.kit.locales import N_


class ExceedsOpenItem(Problem):
    """More is to be put towards an item than is open of it."""

    code = "exceeds-open-item"
    status = 409
    title = N_("That is more than is open")
    detail = N_("{open} are open of {number}. Record that much, and the rest where it belongs.")


class ItemSettled(Problem):
    """A step at an item of which nothing is open."""

    code = "open-item-settled"
    status = 409
    title = N_("Nothing is open here")
    detail = N_("{number} is settled.")


class NotUndoable(Problem):
    """An entry that is no payment, was undone before, was not recorded by hand, or whose month is over."""

    code = "payment-not-undoable"
    status = 409
    title = N_("This cannot be undone now")
    detail = N_("Payments that you recorded yourself are undone once, within the month in which you recorded them.")


class CreditUsed(Problem):
    """A payment is to be undone of which a part was put towards something else."""

    code = "credit-balance-used"
    status = 409
    title = N_("What was paid too much is used already")
    detail = N_("A part of this payment is a credit balance that was set off or paid back.")


class NotACredit(Problem):
    """A credit balance is to be set off that is none, or against what is not owed by the same firm."""

    code = "not-a-credit-balance"
    status = 409
    title = N_("This cannot be set off")
    detail = N_("A credit balance is set off against an open invoice to the same firm in the same currency.")


class ClaimPaid(Problem):
    """A claim for late payment is to be withdrawn of which something was paid or set off."""

    code = "late-payment-claim-paid"
    status = 409
    title = N_("Something was paid of this claim")
    detail = N_("What is left of it can be written off. To withdraw it, undo the payment first.")


class LaterClaimOpen(Problem):
    """The payment of a claim for late payment is to be undone while a later one for the same invoice is open."""

    code = "later-claim-open"
    status = 409
    title = N_("A later claim is open")
    detail = N_("A later claim for late payment of {number} is open. Withdraw that one first, then undo this payment.")


class ItemHeld(Problem):
    """A hold that its issuer does not lift."""

    code = "open-item-disputed"
    status = 409
    title = N_("A dispute about this is under way")
    detail = N_("Reminders go on when the dispute has ended.")
