"""Refusals. A `Problem` carries a stable code and parameters; the edge renders it in the reader's language (RFC 9457)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from app.kit.locales import N_

PROBLEM_TYPE_PREFIX = "urn:partingline:problem:"


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field: where it stands (JSON Pointer, RFC 6901), a stable code, and what would be right."""

    pointer: str
    code: str
    message: str | tuple[str, str]
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A parameter that people read by its label, in their language, and programs by its code."""

    code: str
    label: str | tuple[str, str]

    @classmethod
    def of(cls, code: str, labels: Mapping[Any, str | tuple[str, str]]) -> "Labelled":
        """The code with its label of a table of labels."""
        return cls(str(code), labels[code])


class Problem(Exception):
    """Base of every refusal. Subclasses set `code`, `status`, `title` and `detail` (both marked with `N_`).

    Keyword arguments become parameters of `detail` and members of the problem document, so they must be values that the
    reader may see.
    """

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    title: ClassVar[str] = N_("Something went wrong on our side")
    detail: ClassVar[str] = N_("The request could not be completed. It was recorded; please try again in a moment.")

    def __init__(
        self,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        **params: Any,
    ) -> None:
        super().__init__(self.code)
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.params = params

    @classmethod
    def type_uri(cls) -> str:
        """The stable URI that names this class of problem."""
        return PROBLEM_TYPE_PREFIX + cls.code


class NotFound(Problem):
    """The thing does not exist, or not for this reader: both look the same."""

    code = "not-found"
    status = 404
    title = N_("Not found")
    detail = N_("There is nothing at this address that you may see.")


class Unauthenticated(Problem):
    """No valid credentials."""

    code = "unauthenticated"
    status = 401
    title = N_("Please sign in")
    detail = N_("This request needs a valid access token. Sign in, or refresh your token, and try again.")

    def __init__(self, **params: Any) -> None:
        super().__init__(headers={"WWW-Authenticate": "Bearer"}, **params)


class Forbidden(Problem):
    """The thing is in scope, the permission is not held."""

    code = "forbidden"
    status = 403
    title = N_("You may not do this")
    detail = N_(
        "Your role in this organization does not include the permission “{permission}”. An owner or admin can grant it."
    )

    def __init__(self, *, permission: Any, **params: Any) -> None:
        super().__init__(permission=permission, **params)


class Invalid(Problem):
    """Input that cannot be accepted; `errors` names each field."""

    code = "invalid"
    status = 422
    title = N_("Some of the input is not valid")
    detail = N_("Nothing was saved. Correct the fields named below and send the request again.")


class MalformedBody(Problem):
    """The body is not what its content type says."""

    code = "malformed-body"
    status = 422
    title = N_("The request body cannot be read")
    detail = N_("The body must be valid JSON in UTF-8, without NUL characters or unpaired surrogates.")


class BodyTooLarge(Problem):
    """Over the size limit."""

    code = "body-too-large"
    status = 413
    title = N_("The request is too large")
    detail = N_("At most {limit_bytes} bytes are accepted here.")


class PreconditionRequired(Problem):
    """A change of an editable resource without `If-Match`."""

    code = "precondition-required"
    status = 428
    title = N_("If-Match is required")
    detail = N_("Send the ETag of the version you have read in the If-Match header, so that nobody's change is lost.")


class PreconditionFailed(Problem):
    """Somebody changed it meanwhile."""

    code = "precondition-failed"
    status = 412
    title = N_("This was changed meanwhile")
    detail = N_("Somebody changed it after you read it. Read it again and repeat your change on the new version.")


class IdempotencyKeyMissing(Problem):
    """A POST that creates something of value without `Idempotency-Key`."""

    code = "idempotency-key-missing"
    status = 400
    title = N_("Idempotency-Key is required")
    detail = N_(
        "Send an Idempotency-Key header (1 to 255 visible characters, new for each intent), so that a retry cannot act twice."
    )


class IdempotencyKeyInFlight(Problem):
    """The first request with this key has not ended yet."""

    code = "idempotency-key-in-flight"
    status = 409
    title = N_("The first request with this key is still running")
    detail = N_("Wait a moment and repeat the same request; it will return the first one's answer.")


class IdempotencyKeyReused(Problem):
    """Same key, other payload."""

    code = "idempotency-key-reused"
    status = 422
    title = N_("This Idempotency-Key was used for another request")
    detail = N_("A key belongs to one payload. Use a new key for a new request.")


class Conflict(Problem):
    """The database refused a combination that another request made impossible."""

    code = "conflict"
    status = 409
    title = N_("This conflicts with what is stored")
    detail = N_("Another change made this one impossible. Read the current state and try again.")


class TooManyRequests(Problem):
    """A limit was reached; `Retry-After` says how long to wait."""

    code = "too-many-requests"
    status = 429
    title = N_("Too many requests")
    detail = N_("Please wait {retry_after_seconds} seconds and try again.")

    def __init__(self, *, retry_after_seconds: int, **params: Any) -> None:
        super().__init__(
            headers={"Retry-After": str(retry_after_seconds)}, retry_after_seconds=retry_after_seconds, **params
        )


class MethodNotAllowed(Problem):
    """The address exists, the method does not."""

    code = "method-not-allowed"
    status = 405
    title = N_("This method is not allowed here")
    detail = N_("Look at the Allow header for the methods of this address.")


class Unavailable(Problem):
    """The database or another part cannot be reached at the moment."""

    code = "unavailable"
    status = 503
    title = N_("Temporarily unavailable")
    detail = N_("A part of the system cannot be reached. Please try again in a moment.")

    def __init__(self, **params: Any) -> None:
        super().__init__(headers={"Retry-After": "5"}, **params)


class NumberTooLarge(Problem):
    """What was sent comes to a number that the database does not hold. Forms should see it before: this is the last wall."""

    code = "number-too-large"
    status = 422
    title = N_("A number is too large")
    detail = N_("What you sent comes to more than can be reckoned with here. Nothing was saved.")


class InternalProblem(Problem):
    """A fault of ours."""
