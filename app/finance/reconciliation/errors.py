"""What is refused about reconciliation."""

from app.kit.errors import Problem
from app.kit.locales import N_


class RunUnderWay(Problem):
    """Somebody else works on the run that is not done yet."""

    code = "reconciliation-under-way"
    status = 409
    title = N_("A reconciliation is under way")
    detail = N_("Another process compares the books with the payment provider. Try again when it is done.")


class DifferenceNotOpen(Problem):
    """A difference that was closed, or has vanished."""

    code = "difference-not-open"
    status = 409
    title = N_("This difference is not open")
    detail = N_("It was closed before, or has vanished by itself.")


class DifferenceNotFollowed(Problem):
    """Nobody here follows what differs."""

    code = "difference-not-followed"
    status = 409
    title = N_("Nobody here can look at this again")
    detail = N_(
        "Only a payment that a part of the house knows is looked at again. Close the difference with a reason, and with the "
        "posting that explains it."
    )


class PostingUnknown(Problem):
    """The posting that is to explain a difference does not exist."""

    code = "difference-posting-unknown"
    status = 409
    title = N_("There is no such posting")
    detail = N_("Name a posting of the ledger that explains the difference, or close it with a reason alone.")
