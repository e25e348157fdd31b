"""What can go wrong outside the process. A code and parameters, never a sentence: the edge words it for its reader."""

from typing import ClassVar


class GatewayError(Exception):
    """Base of all gateway errors.

    `code` is stable; `params` are scalars for the message and the log and hold no secret, address or text of a user.
    `retryable` tells a job whether the same call may succeed later.
    """

    code: ClassVar[str] = "gateway_failed"
    retryable: ClassVar[bool] = False

    def __init__(self, **params: str | float | None) -> None:
        super().__init__(self.code)
        self.params = params

    def __str__(self) -> str:
        details = " ".join(f"{name}={value}" for name, value in self.params.items() if value is not None)
        return f"{self.code} {details}".strip()
