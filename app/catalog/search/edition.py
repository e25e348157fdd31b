"""Which edition of names and rules the search words of a listing were made by."""

from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import orjson

from app.catalog.definitions import DATA
from app.catalog.search.names import names
from app.kit.locales import LOCALES

_RULES = (
    "entries.py", "owners.py", "piecewise.py", "lexicon.py", "words.py", "compounds.py", "measures.py", "names.py",
)  # fmt: skip


@lru_cache(maxsize=1)
def search_edition() -> str:
    """A digest of everything that search words are made by: with another one, listings are gone through again."""
    digest = sha256()
    for locale in LOCALES:
        digest.update(orjson.dumps(list(names(locale))))
    for file in ("stop_words.yaml", "compound_parts.yaml", "attributes.yaml"):
        digest.update((DATA / file).read_bytes())
    for name in _RULES:
        digest.update(Path(__file__).with_name(name).read_bytes())
    return digest.hexdigest()[:16]
