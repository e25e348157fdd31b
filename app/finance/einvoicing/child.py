"""The process in which files are judged: asked on standard input, answers on standard output, for as long as questions come.

Asked: {"rules_dir": a folder or null, "files": [XML as base64, …]}. Answers: for each file the list of its findings.
"""

import base64
from pathlib import Path
from typing import Any

import orjson

from app.finance.einvoicing.validating import validate
from app.kit.children import answer_questions


def answer(asked: bytes) -> bytes:
    """The findings of each file, in the order asked."""
    question: dict[str, Any] = orjson.loads(asked)
    folder = Path(question["rules_dir"]) if question["rules_dir"] else None
    return orjson.dumps([validate(base64.b64decode(file), rules_dir=folder) for file in question["files"]])


if __name__ == "__main__":
    answer_questions(answer)
