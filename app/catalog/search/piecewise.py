"""The search words of a piece of a text, in a language. Pure."""

from functools import lru_cache

from app.catalog.search.compounds import trade_compounds
from app.catalog.search.words import Kind, Piece, code_forms, is_stop_word, pairs, spellings, stem


@lru_cache(maxsize=50_000)
def piece_words(piece: Piece, locale: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A piece of a text as the words it is found by, and those that its parts give (of a compound, of a code)."""
    match piece.kind:
        case Kind.PAIRS:
            return pairs(piece.text), ()
        case Kind.CODE:
            whole, *parts = code_forms(piece.text)
            return (whole,), tuple(parts)
        case Kind.WORD:
            if is_stop_word(piece.text, locale):
                return (), ()
            forms = dict.fromkeys((piece.text, *(stem(form, locale) for form in spellings(piece.text, locale))))
            return tuple(forms), trade_compounds().parts(piece.text) if locale == "de" else ()
