"""Light inflection for looking terms up: plurals, cases and spellings are folded, derivations are not.

Both the glossary's forms and the words of a text go through the same folding, so a stem need not be a word.
"""

import re
import unicodedata
from collections.abc import Callable

_AMERICAN = (
    ("mould", "mold"), ("colour", "color"), ("centre", "center"), ("centring", "centering"), ("aluminium", "aluminum"),
    ("fibre", "fiber"), ("catalogue", "catalog"), ("calliper", "caliper"), ("licence", "license"), ("labelling", "labeling"),
    ("acknowledgement", "acknowledgment"), ("plasticis", "plasticiz"),
)  # fmt: skip
_TASHKEEL = re.compile(r"[\u064b-\u065f\u0670\u0640]")
_ARTICLE = re.compile(r"^(?:[وفبك]?ال|و?لل)(?=.{3})")
_GERMAN_ENDING = re.compile(r"(?<=.{4})(?:ern|en|er|es|em|e|n|s)$")
_PARTICIPLE = re.compile(r"([ai]d)[oa]$")


def spelled(word: str, locale: str) -> str:
    """A word as it is compared first: case folded, one spelling where a language has two."""
    folded = unicodedata.normalize("NFC", word).casefold()
    if locale == "en":
        for british, american in _AMERICAN:
            folded = folded.replace(british, american)
    if locale == "ar":
        folded = _TASHKEEL.sub("", folded).translate(str.maketrans("أإآىة", "ااايه"))
    return folded


def stem(word: str, locale: str) -> str:
    """A word without its plural or case ending."""
    folded = spelled(word, locale)
    reduce = _STEMMERS.get(locale)
    return reduce(folded) if reduce else folded


def stems(word: str, locale: str) -> tuple[str, ...]:
    """The stems to try for the first word of a term: Arabic writes one letter (and, with, for …) to it."""
    if locale == "ar" and len(word) > 4 and word[0] in "وبلفك":
        return stem(word, locale), stem(word[1:], locale)
    return (stem(word, locale),)


def _plain(word: str) -> str:
    """Without accents: `cavité` and `cavite` are one."""
    return "".join(mark for mark in unicodedata.normalize("NFD", word) if not unicodedata.combining(mark))


def _english(word: str) -> str:
    if len(word) < 4:
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes", "zes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _german(word: str) -> str:
    """Umlauts folded (also written ae, oe, ue), one ending off: `Einfallstellen`, `Formeinsätze`, `Bindenähte`."""
    plain = _plain(word).replace("ae", "a").replace("oe", "o").replace("ue", "u")
    return _GERMAN_ENDING.sub("", plain)


def _spanish(word: str) -> str:
    plain = _plain(word)
    if len(plain) < 4:
        return plain
    plain = plain.removesuffix("s")
    plain = _PARTICIPLE.sub(r"\1", plain.removesuffix("e"))
    return plain[:-1] + "c" if plain.endswith("z") else plain


def _french(word: str) -> str:
    plain = _plain(word)
    if len(plain) < 4:
        return plain
    if plain.endswith("eaux"):
        return plain[:-1]
    if plain.endswith("aux"):
        return plain[:-3] + "al"
    plain = plain[:-1] if plain.endswith(("s", "x")) else plain
    return plain[:-1] if plain.endswith("ee") else plain


_PORTUGUESE = (
    ("oes", "ao"), ("aes", "ao"), ("ais", "al"), ("eis", "el"), ("ois", "ol"), ("uis", "ul"), ("ns", "m"),
    ("res", "r"), ("zes", "z"), ("ses", "s"), ("s", ""),
)  # fmt: skip


def _portuguese(word: str) -> str:
    plain = _plain(word)
    if len(plain) < 4:
        return plain
    for plural, singular in _PORTUGUESE:
        if plain.endswith(plural):
            plain = plain.removesuffix(plural) + singular
            break
    return _PARTICIPLE.sub(r"\1", plain)


def _arabic(word: str) -> str:
    """Without the article, alone or with و ف ب ك ل before it."""
    return _ARTICLE.sub("", word)


_STEMMERS: dict[str, Callable[[str], str]] = {
    "en": _english,
    "de": _german,
    "es": _spanish,
    "fr": _french,
    "pt-BR": _portuguese,
    "ar": _arabic,
}
