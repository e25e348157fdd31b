"""What every answer of the API carries, and that every refusal is a problem document in the reader's language."""

import re
from collections.abc import Iterable

import httpx

from app.kit.locales import translate
from app.kit.problems import MEDIA_TYPE
from tests.contracts.names import problem_classes
from tests.security.walk import Operation

INNER = re.compile(r"Traceback|File \"|line \d+, in|psycopg|sqlalchemy|site-packages|\.py\b|SELECT |INSERT INTO")


def faults(answers: Iterable[tuple[Operation, httpx.Response]], locale: str) -> list[str]:
    """What is wrong with the answers, as sentences."""
    classes = {cls.code: cls for cls in problem_classes()}
    found = []
    for operation, answer in answers:
        said = f"{operation.label}: {answer.status_code}"
        headers = answer.headers
        if headers.get("content-language") != locale:
            found.append(f"{said}: speaks {headers.get('content-language')}")
        if headers.get("x-content-type-options") != "nosniff" or "x-request-id" not in headers:
            found.append(f"{said}: lacks the house's headers")
        if "accept-language" not in headers.get("vary", "").lower():
            found.append(f"{said}: does not vary by language")
        if headers.get("x-powered-by") or headers.get("server"):
            found.append(f"{said}: tells what it runs on")
        if answer.status_code < 400 or operation.method == "HEAD":
            continue
        if not headers["content-type"].startswith(MEDIA_TYPE):
            found.append(f"{said}: is {headers['content-type']}")
            continue
        document = answer.json()
        cls = classes.get(document["code"])
        if cls is None:
            found.append(f"{said}: has the unknown code {document['code']}")
            continue
        if (document["type"], document["status"], cls.status) != (
            cls.type_uri(),
            answer.status_code,
            document["status"],
        ):
            found.append(f"{said}: type, status and code do not agree: {document}")
        if document["title"] != translate(cls.title, locale) or not document["detail"]:
            found.append(f"{said}: is not written in {locale}: {document['title']}")
        if "{" in document["detail"]:
            found.append(f"{said}: shows a placeholder: {document['detail']}")
        if document["instance"] != answer.request.url.path or document["request_id"] != headers["x-request-id"]:
            found.append(f"{said}: does not say which request it answers")
        if headers.get("cache-control") != "no-store":
            found.append(f"{said}: may be cached")
        if INNER.search(answer.text):
            found.append(f"{said}: shows its insides: {answer.text[:300]}")
    return found
