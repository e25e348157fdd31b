"""What is refused about disputes."""

from app.kit.errors import Problem
from app.kit.locales import N_


class NothingToDispute(Problem):
    """A milestone of which nothing is evidenced, due or paid, or everything was released."""

    code = "nothing-to-dispute"
    status = 409
    title = N_("There is nothing to dispute")
    detail = N_("A milestone can be disputed once it is evidenced, due or paid for, and until everything is released.")


class AlreadyDisputed(Problem):
    """A second dispute about one milestone."""

    code = "already-disputed"
    status = 409
    title = N_("This milestone is disputed already")
    detail = N_("A dispute about it is open. Write what you have to add there.")


class DisputeStateConflict(Problem):
    """A step that the dispute does not allow any more, or not yet."""

    code = "dispute-state-conflict"
    status = 409
    title = N_("This is not possible now")
    detail = N_("Where the dispute stands, this cannot be done: {state}.")


class EscalationTooEarly(Problem):
    """A dispute brought before the operator before the supplier could answer."""

    code = "escalation-too-early"
    status = 409
    title = N_("The supplier may still answer")
    detail = N_("Bring the dispute before the operator once the supplier has answered, or after {answer_due_at}.")


class ProposalClosed(Problem):
    """A proposal that does not stand any more."""

    code = "dispute-proposal-closed"
    status = 409
    title = N_("This proposal does not stand any more")
    detail = N_("It was replaced, taken back or answered. Read the dispute again.")
