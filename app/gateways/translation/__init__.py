"""Translation of texts that people wrote: a LibreTranslate-compatible service, or the trade glossary alone."""

from app.gateways.translation.errors import (
    TranslationBadAnswer,
    TranslationError,
    TranslationLanguageUnsupported,
    TranslationRefused,
    TranslationRejected,
    TranslationThrottled,
    TranslationUnavailable,
)
from app.gateways.translation.libre import LibreTranslator
from app.gateways.translation.local import GlossaryTranslator, TermSegment, TermSource
from app.gateways.translation.model import Quality, Translation, Translator

__all__ = [
    "GlossaryTranslator",
    "LibreTranslator",
    "Quality",
    "TermSegment",
    "TermSource",
    "Translation",
    "TranslationBadAnswer",
    "TranslationError",
    "TranslationLanguageUnsupported",
    "TranslationRefused",
    "TranslationRejected",
    "TranslationThrottled",
    "TranslationUnavailable",
    "Translator",
]
