"""How a translation service can fail."""

from typing import ClassVar

from app.gateways.errors import GatewayError


class TranslationError(GatewayError):
    """Base of the translation errors."""

    code: ClassVar[str] = "translation_failed"


class TranslationUnavailable(TranslationError):
    """No answer in time, no connection, or a server error after every retry."""

    code: ClassVar[str] = "translation_unavailable"
    retryable: ClassVar[bool] = True


class TranslationThrottled(TranslationError):
    """The service asks for patience; `retry_after_s` says how much, when the service did."""

    code: ClassVar[str] = "translation_throttled"
    retryable: ClassVar[bool] = True

    def __init__(self, *, retry_after_s: float | None = None) -> None:
        super().__init__(retry_after_s=retry_after_s)
        self.retry_after_s = retry_after_s


class TranslationRefused(TranslationError):
    """The key is missing, wrong or not entitled (401, 403)."""

    code: ClassVar[str] = "translation_refused"


class TranslationRejected(TranslationError):
    """The service calls the request itself wrong (another 4xx)."""

    code: ClassVar[str] = "translation_rejected"


class TranslationLanguageUnsupported(TranslationError):
    """The service has no model for the source or target language."""

    code: ClassVar[str] = "translation_language_unsupported"


class TranslationBadAnswer(TranslationError):
    """The answer is not what the protocol promises: no JSON, another shape, or another number of texts."""

    code: ClassVar[str] = "translation_bad_answer"
