"""What the room refuses. Refusals of the token endpoint carry RFC 6749's `error` beside our own code."""

from app.kit.errors import FieldError, Invalid, Problem
from app.kit.locales import N_


class WrongCredentials(Problem):
    """E-mail address or password is wrong; which of them is not said."""

    code = "wrong-credentials"
    status = 400
    title = N_("Wrong e-mail address or password")
    detail = N_("Check both and try again. If you forgot the password, ask for a link to set a new one.")

    def __init__(self) -> None:
        super().__init__(error="invalid_grant")


class WrongPassword(Problem):
    """A signed-in person did not prove who he is."""

    code = "wrong-password"
    status = 403
    title = N_("Wrong password")
    detail = N_("This change needs your present password.")


class SecondFactorRequired(Problem):
    """The password was right; a code is needed too."""

    code = "second-factor-required"
    status = 400
    title = N_("A second factor is required")
    detail = N_("Send the six-digit code of your authenticator app, or a recovery code, in the field “otp”.")

    def __init__(self) -> None:
        super().__init__(error="invalid_grant")


class WrongSecondFactor(Problem):
    """The code is wrong, too old, or was used before."""

    code = "wrong-second-factor"
    status = 400
    title = N_("This code is not valid")
    detail = N_("Wait for the next code of your authenticator app and send that one. A code works only once.")

    def __init__(self) -> None:
        super().__init__(error="invalid_grant")


class RefreshTokenInvalid(Problem):
    """Unknown, expired, or of a session that has ended."""

    code = "refresh-token-invalid"
    status = 400
    title = N_("This refresh token is not valid")
    detail = N_("The session has ended. Sign in again.")

    def __init__(self) -> None:
        super().__init__(error="invalid_grant")


class RefreshTokenReused(Problem):
    """A used token came back: it was copied, or two programs share it. The session is over for both."""

    code = "refresh-token-reused"
    status = 400
    title = N_("This refresh token was used before")
    detail = N_(
        "A refresh token works once. Because somebody may have copied it, the whole session was ended. Sign in again."
    )

    def __init__(self) -> None:
        super().__init__(error="invalid_grant")


class NoMembership(Problem):
    """The person does not belong to the organization, or to none at all."""

    code = "no-membership"
    status = 403
    title = N_("You do not belong to this organization")
    detail = N_("Choose an organization that you are a member of, or ask one of its owners for an invitation.")

    def __init__(self) -> None:
        super().__init__(error="invalid_grant")


class InvalidClient(Problem):
    """Unknown client, wrong or expired secret, or revoked."""

    code = "invalid-client"
    status = 401
    title = N_("Unknown client or wrong secret")
    detail = N_("Check client_id and client_secret. The secret may have been replaced, or the client revoked.")

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": "Basic"}, error="invalid_client")


class InvalidScope(Problem):
    """More than the client was given."""

    code = "invalid-scope"
    status = 400
    title = N_("This scope was not granted")
    detail = N_("The client has these scopes: {granted}.")

    def __init__(self, granted: list[str]) -> None:
        super().__init__(error="invalid_scope", granted=granted)


class UnsupportedGrantType(Problem):
    """Not one of the grants we know."""

    code = "unsupported-grant-type"
    status = 400
    title = N_("This grant type is not supported")
    detail = N_("Use one of: password, refresh_token, client_credentials.")

    def __init__(self) -> None:
        super().__init__(error="unsupported_grant_type")


class IncompleteTokenRequest(Invalid):
    """A token request without what its grant needs; RFC 6749 §5.2 wants 400 for it."""

    code = "incomplete-token-request"
    status = 400
    title = N_("The token request is incomplete")

    def __init__(self, field: str) -> None:
        errors = [FieldError(f"/{field}", "missing", N_("This field is required."))]
        super().__init__(errors=errors, error="invalid_request")


class PeopleOnly(Problem):
    """A machine asks for what only a person has."""

    code = "people-only"
    status = 403
    title = N_("This is for people")
    detail = N_("An API client has no profile, password or sessions, and decides no approvals. Sign in as a person.")


class EmailInUse(Problem):
    """Somebody registered with this address before."""

    code = "email-in-use"
    status = 409
    title = N_("This e-mail address is in use")
    detail = N_("Sign in with it, or use another address.")


class AlreadyMember(Problem):
    """The invited person belongs to the organization."""

    code = "already-member"
    status = 409
    title = N_("Already a member")
    detail = N_("This person belongs to your organization. Change the roles in the list of members.")


class AlreadyInvited(Problem):
    """An invitation to this address is open."""

    code = "already-invited"
    status = 409
    title = N_("Already invited")
    detail = N_("An invitation to this address is open. Withdraw it first if you want to send another one.")


class LinkNotUsable(Problem):
    """A mailed link that is unknown, was used, has expired or was withdrawn: all look the same."""

    code = "link-not-usable"
    status = 410
    title = N_("This link cannot be used any more")
    detail = N_("It was used, withdrawn or has expired. Ask for a new one.")


class LastOwner(Problem):
    """An organization keeps an owner."""

    code = "last-owner"
    status = 409
    title = N_("An organization needs an owner")
    detail = N_("This is the only owner. Make somebody else an owner first.")


class OwnersOnly(Problem):
    """Only owners make and unmake owners, and nobody else widens his own roles."""

    code = "owners-only"
    status = 403
    title = N_("Only an owner may do this")
    detail = N_("Owners alone make and unmake owners, and nobody else may change his own roles.")


class SecondFactorExists(Problem):
    """A second factor is in use already."""

    code = "second-factor-exists"
    status = 409
    title = N_("A second factor is in use")
    detail = N_("Remove the present second factor before you set up a new one.")


class SecondFactorMissing(Problem):
    """There is none to confirm or remove."""

    code = "second-factor-missing"
    status = 409
    title = N_("There is no second factor")
    detail = N_("Begin by setting one up.")


class ClientRevoked(Problem):
    """A revoked client gets no new secret."""

    code = "client-revoked"
    status = 409
    title = N_("This API client was revoked")
    detail = N_("A revoked client stays revoked. Make a new one.")


class AlreadyDecided(Problem):
    """Somebody decided it before."""

    code = "already-decided"
    status = 409
    title = N_("This was decided already")
    detail = N_("The request for approval is no longer open. Its present state is “{state}”.")


class NotYourDecision(Problem):
    """Four eyes: not one's own, and only whom the rule names."""

    code = "not-your-decision"
    status = 403
    title = N_("This decision is not yours")
    detail = N_(
        "Nobody approves a request of his own, and otherwise those decide whom the rule names, or their deputies."
    )


OAUTH_PROBLEMS: tuple[type[Problem], ...] = (
    WrongCredentials,
    SecondFactorRequired,
    WrongSecondFactor,
    RefreshTokenInvalid,
    RefreshTokenReused,
    NoMembership,
    InvalidClient,
    InvalidScope,
    UnsupportedGrantType,
    IncompleteTokenRequest,
)
"""What the token endpoint may answer."""


class NotASupplier(Problem):
    """A supplier's page of an organization that sells nothing."""

    code = "not-a-supplier"
    status = 409
    title = N_("Your organization is no supplier")
    detail = N_("Only suppliers have a public page. Add the role to your organization first.")


class CertificateKnown(Problem):
    """The same certificate twice."""

    code = "certificate-known"
    status = 409
    title = N_("This certificate is on your page already")
    detail = N_("There is a certificate of {scheme} with the number {number}. Change that one.")


class SandboxForPartners(Problem):
    """Sandboxes are for logistics partners."""

    code = "sandbox-for-partners"
    status = 409
    title = N_("Sandboxes are for logistics partners")
    detail = N_("Your organization does not act as a logistics partner. Add the role to your organization first.")


class SandboxExists(Problem):
    """One sandbox each."""

    code = "sandbox-exists"
    status = 409
    title = N_("Your sandbox is open already")
    detail = N_("An organization has one sandbox. Make new secrets for it if you have lost those that you had.")


class NotInSandbox(Problem):
    """What belongs to the real market."""

    code = "not-in-sandbox"
    status = 409
    title = N_("This organization exists in a sandbox only")
    detail = N_("It is neither verified nor listed, and nobody outside its sandbox deals with it.")
