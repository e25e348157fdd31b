"""What receiving refuses."""

from app.kit.errors import Problem
from app.kit.locales import N_


class ArrivalEnded(Problem):
    """Nothing more is done with it in this state."""

    code = "arrival-ended"
    status = 409
    title = N_("This arrival is past that")
    detail = N_("The arrival is “{state}”, so this can no longer be done with it.")


class ReceiptReversed(Problem):
    """It was reversed before, or is a reversal itself."""

    code = "receipt-reversed"
    status = 409
    title = N_("This receipt was reversed already")
    detail = N_("A receipt is reversed once, and a reversal is not reversed. Record what came as a new receipt.")


class InspectionDecided(Problem):
    """A decision stands for ever."""

    code = "inspection-decided"
    status = 409
    title = N_("This inspection is decided")
    detail = N_(
        "The decision is “{state}” and stands. Begin another inspection if the goods are to be looked at again."
    )


class NotOnHold(Problem):
    """What is to be inspected does not lie on quality hold."""

    code = "not-on-hold"
    status = 409
    title = N_("There is not so much of it on quality hold")
    detail = N_("On quality hold in this bin are {available}. Only what lies there is inspected.")
