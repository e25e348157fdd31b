"""What is refused about statements and their entries."""

from app.kit.errors import Problem
from app.kit.locales import N_


class StatementRefused(Problem):
    """A file that is not taken over; `errors` says where and why, and nothing of it is kept."""

    code = "bank-statement-refused"
    status = 422
    title = N_("The bank statement was not taken over")
    detail = N_("Nothing of the file was kept. Ask your bank for it again, or correct what is named below.")


class BankAccountUnknown(Problem):
    """The first statement of an account, without the word that it is one of the house's."""

    code = "bank-account-unknown"
    status = 409
    title = N_("No statement of this account was imported yet")
    detail = N_("If {account} ({currency}) is an account of the house, say that it is new and send the file again.")


class StatementMissing(Problem):
    """A statement that does not begin with what the last one ended with."""

    code = "bank-statement-missing"
    status = 409
    title = N_("A statement before this one is missing")
    detail = N_(
        "Statement {identification} begins with {begins}, but the last one that is here ended with {ended}. Import what lies "
        "between first."
    )


class StatementDiffers(Problem):
    """A statement that is here already, with other contents."""

    code = "bank-statement-differs"
    status = 409
    title = N_("This statement is here already, and says something else")
    detail = N_(
        "Statement {identification} of this account was imported with other contents. Ask your bank which one holds."
    )


class ReferenceUnknown(Problem):
    """Nobody awaits money under the reference."""

    code = "bank-reference-unknown"
    status = 409
    title = N_("Nobody awaits money under this reference")
    detail = N_("Nothing that is to be paid by bank transfer has the reference {reference}.")


class NotAssignable(Problem):
    """The entry, or so much of it, cannot be assigned so."""

    code = "bank-not-assignable"
    status = 409
    title = N_("The entry cannot be assigned so")
    detail = N_(
        "Look at what is left of the entry, at what is awaited and in which currency, and at the direction of both."
    )


class MatchIsFinal(Problem):
    """An assignment that was undone before, or that its part of the house does not take back."""

    code = "bank-match-final"
    status = 409
    title = N_("This assignment cannot be undone")
    detail = N_("It was undone before, or what follows from the payment cannot be taken back.")
