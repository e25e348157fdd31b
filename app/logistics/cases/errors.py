"""What is refused about incidents."""

from app.kit.errors import Problem
from app.kit.locales import N_


class IncidentResolved(Problem):
    """What is resolved is not dealt with any more."""

    code = "incident-resolved"
    status = 409
    title = N_("This incident is resolved")
    detail = N_("Open it again if what was done does not help, or open another one.")


class IncidentNotReopened(Problem):
    """Only a resolved incident is opened again, and only once."""

    code = "incident-not-reopened"
    status = 409
    title = N_("This incident cannot be opened again")
    detail = N_("It is not resolved, or was opened again before. Open another one.")
