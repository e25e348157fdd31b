"""What is refused of webhooks into the house."""

from app.kit.errors import Problem
from app.kit.locales import N_


class SignatureInvalid(Problem):
    """No such source, or no good signature of it: both look the same."""

    code = "webhook-signature-invalid"
    status = 401
    title = N_("The signature is not valid")
    detail = N_(
        "Sign the bytes of the body as you send them, with the secret of the source at this address, and with the present "
        "time in webhook-timestamp."
    )

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": "Webhook-Signature"})


class MessageDiffers(Problem):
    """One webhook-id, two bodies."""

    code = "webhook-message-differs"
    status = 409
    title = N_("Another message has this webhook-id")
    detail = N_(
        "A message with this webhook-id came before, and said something else. Give each message an id of its own."
    )


class MessageNotFailed(Problem):
    """Only what failed is tried again."""

    code = "webhook-message-not-failed"
    status = 409
    title = N_("This message has not failed")
    detail = N_(
        "Only a message that failed can be tried again. What was refused is corrected and sent under a new webhook-id."
    )


class MessageTypeUnknown(Problem):
    """Nobody here knows what to do with it."""

    code = "webhook-message-type-unknown"
    status = 422
    title = N_("This type of message is not known here")
    detail = N_("Nothing is done with messages of the type “{type}”. These are known: {known}.")


class SourceRevoked(Problem):
    """What came before the source was revoked, and was not handled yet."""

    code = "webhook-source-revoked"
    status = 409
    title = N_("This webhook source was revoked")
    detail = N_("A revoked source stays revoked, and nothing more of it is handled. Make a new one.")


class TooManySources(Problem):
    """The organization has as many sources as it may."""

    code = "too-many-webhook-sources"
    status = 409
    title = N_("Too many webhook sources")
    detail = N_("An organization may have {limit} sources. Revoke one that is no longer needed.")
