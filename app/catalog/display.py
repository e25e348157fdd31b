"""Names and texts in the reader's language, for answers that are made here. Public documents are displayed by PostgreSQL."""

from collections.abc import Mapping

from app.catalog.definitions import categories, name_in
from app.catalog.schemas import TextOut
from app.kit.locales import fallback_chain
from app.kit.schemas import Labelled


def shown_text(texts: Mapping[str, Mapping[str, str]], source_locale: str, locale: str) -> TextOut | None:
    """A field's best text for the reader along the fallback chain; the supplier's own words before a stranger's language."""
    tag = next((tag for tag in (*fallback_chain(locale), source_locale) if tag in texts), None)
    if tag is None:
        return None
    return TextOut(locale=tag, text=texts[tag]["text"], state=texts[tag]["state"], source_locale=source_locale)


def category_label(code: str, locale: str) -> Labelled:
    """A category's name."""
    return Labelled(code=code, label=name_in(categories()[code].names, locale))
