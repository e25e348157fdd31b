"""Every message of the code stands in all nine catalogues: complete, reviewed, with the same parameters."""

import ast
import string
from functools import lru_cache
from pathlib import Path

import polib
import pytest
from babel.messages.extract import extract_from_dir

from app.kit.locales import CATALOGUES, DOMAIN, LOCALES, SOURCE_LOCALE

APP = Path(__file__).resolve().parents[2] / "app"
KEYWORDS = {"N_": None, "NP_": ((1, "c"), 2), "NN_": (1, 2), "translate": None}

Key = tuple[str | None, str]


@lru_cache(maxsize=1)
def extracted() -> dict[Key, str | None]:
    """(context, message) → plural, of every marked message in the code and the templates."""
    found: dict[Key, str | None] = {}
    methods = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
    keywords = {name: spec for name, spec in KEYWORDS.items() if name != "translate"} | {"_": None, "ngettext": (1, 2)}
    for _file, _line, message, _comments, context in extract_from_dir(str(APP), methods, keywords=keywords):
        singular, plural = message if isinstance(message, tuple) else (message, None)
        if isinstance(message, tuple) and context is not None and len(message) == 2 and message[0] == context:
            singular, plural = message[1], None
        found[(context, singular)] = plural
    return found


def parameters(text: str) -> set[str]:
    """Names in `{…}` of a message."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_the_code_has_messages() -> None:
    assert len(extracted()) > 100


@pytest.mark.parametrize("locale", LOCALES)
def test_the_catalogue_is_complete(locale: str) -> None:
    path = CATALOGUES / locale / "LC_MESSAGES" / f"{DOMAIN}.po"
    catalogue = polib.pofile(str(path))
    entries = {(entry.msgctxt, entry.msgid): entry for entry in catalogue if not entry.obsolete}
    missing = [key for key in extracted() if key not in entries]
    assert missing == [], f"run `make messages` and translate: {len(missing)} messages are not in {path}"
    for key, plural in extracted().items():
        entry = entries[key]
        assert not entry.fuzzy, f"fuzzy: {key}"
        texts = list(entry.msgstr_plural.values()) if plural else [entry.msgstr]
        if locale == SOURCE_LOCALE:
            texts = [text or key[1] for text in texts]
        assert texts, f"no plural forms: {key}"
        for text in texts:
            assert text, f"not translated: {key}"
            assert parameters(text) <= parameters(key[1]) | parameters(plural or ""), (
                f"unknown parameter in {key}: {text}"
            )
            if not plural:
                assert parameters(text) == parameters(key[1]), f"parameters differ in {key}: {text}"
    unused = [key for key in entries if key not in extracted()]
    assert unused == [], f"no longer in the code: {unused[:5]}"


def unmarked(source: str, path: str) -> list[str]:
    """Literal texts in `title`, `detail`, `subject` or `body` of problems and notices, and in `FieldError`, without a marker."""
    wrong: list[str] = []

    def literal(node: ast.expr | None) -> bool:
        return isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value
        )

    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            for item in node.body:
                names = []
                if isinstance(item, ast.Assign):
                    names = [target.id for target in item.targets if isinstance(target, ast.Name)]
                elif isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
                    names = [item.target.id]
                if {"title", "detail"} & set(names) and literal(getattr(item, "value", None)):
                    wrong.append(f"{path}:{item.lineno}")
        elif isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name == "FieldError" and len(node.args) > 2 and literal(node.args[2]):
                wrong.append(f"{path}:{node.lineno}")
            if name == "register_notice":
                wrong += [
                    f"{path}:{k.value.lineno}"
                    for k in node.keywords
                    if k.arg in ("subject", "body") and literal(k.value)
                ]
    return wrong


def test_no_literal_english_in_errors_and_mails() -> None:
    wrong: list[str] = []
    for file in APP.rglob("*.py"):
        wrong += unmarked(file.read_text(encoding="utf-8"), file.relative_to(APP.parent).as_posix())
    assert wrong == []


def test_the_check_sees_a_literal() -> None:
    assert unmarked('class Late(Problem):\n    title = "Too late"\n', "x.py") == ["x.py:2"]
    assert unmarked('FieldError("/a", "b", "Not good at all")', "x.py") == ["x.py:1"]
