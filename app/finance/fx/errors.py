"""What is refused about money in two currencies."""

from app.kit.errors import Problem
from app.kit.locales import N_


class RevaluationNotReady(Problem):
    """A month that is not over, or before one that was revalued."""

    code = "fx-revaluation-not-ready"
    status = 409
    title = N_("This month cannot be revalued now")
    detail = N_("Positions in foreign currency are revalued once for each month, in order, when it is over.")
