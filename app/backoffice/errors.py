"""What the back office refuses."""

from app.kit.errors import Problem
from app.kit.locales import N_


class JobNotFailed(Problem):
    """Only a failed job can be retried."""

    code = "job-not-failed"
    status = 409
    title = N_("This job has not failed")
    detail = N_("Only a failed job can be run again. This one is waiting, running or gone.")


class StillAMember(Problem):
    """A person who still works here is not forgotten."""

    code = "still-a-member"
    status = 409
    title = N_("This person is still a member of an organization")
    detail = N_("End the person's memberships first; then what the audit log remembers about the person can be erased.")


class SentFromElsewhere(Problem):
    """A form that another site's page sent with the operator's cookies."""

    code = "sent-from-elsewhere"
    status = 403
    title = N_("This form was sent from another website")
    detail = N_("Open the page you want in the back office itself and try again there.")
