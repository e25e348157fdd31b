"""What the messages room refuses."""

from app.kit.errors import Problem
from app.kit.locales import N_


class NotificationsArePersonal(Problem):
    """A machine asked for what belongs to a person."""

    code = "notifications-are-personal"
    status = 403
    title = N_("This belongs to people")
    detail = N_("Notifications are a person's own. A machine reads the events of its organization at /v1/events.")


class EndpointDisabled(Problem):
    """Nothing is sent to a disabled endpoint."""

    code = "webhook-endpoint-disabled"
    status = 409
    title = N_("This webhook endpoint is disabled")
    detail = N_("Nothing is sent to a disabled endpoint. Enable it and try again.")


class DeliveryUnderWay(Problem):
    """A delivery that has not ended cannot be replayed."""

    code = "webhook-delivery-under-way"
    status = 409
    title = N_("This delivery has not ended yet")
    detail = N_("It is still waiting or being sent. Replay it once it was delivered or given up.")


class MailNotFailed(Problem):
    """Only a failed mail is sent again."""

    code = "mail-not-failed"
    status = 409
    title = N_("This mail has not failed")
    detail = N_("Only a failed mail can be sent again. This one is waiting, sent, withheld or gone.")


class TooManyEndpoints(Problem):
    """The organization has as many endpoints as it may."""

    code = "too-many-webhook-endpoints"
    status = 409
    title = N_("Too many webhook endpoints")
    detail = N_("An organization may have {limit} endpoints. Delete one that is no longer needed.")
