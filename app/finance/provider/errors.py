"""What is refused of the payment provider's events."""

from app.kit.errors import Problem
from app.kit.locales import N_


class EventNotSigned(Problem):
    """No good signature, or none is expected: both look the same."""

    code = "provider-event-not-signed"
    status = 401
    title = N_("The event is not signed")
    detail = N_("Events of the payment provider are believed when they are signed with the secret of this endpoint.")

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": "Stripe-Signature"})


class ProviderSilent(Problem):
    """The payment provider gave no answer: made again, the request has the same one effect."""

    code = "payment-provider-silent"
    status = 503
    title = N_("The payment provider does not answer")
    detail = N_(
        "Please send the same request again in a moment, with the same key. It has one effect, however often it is sent."
    )
