"""The committed names are those of the code. `python -m tests.contracts.names` renews the lists."""

import json
import re

from tests.contracts.names import CODES, EVENTS, codes, events, problem_classes

RENEW = "run `python -m tests.contracts.names` and read the difference: removed names break other people's programs"


def test_error_codes_are_the_committed_ones() -> None:
    assert CODES.read_text(encoding="utf-8") == codes(), RENEW


def test_events_are_the_committed_ones() -> None:
    assert EVENTS.read_text(encoding="utf-8") == events(), RENEW


def test_every_problem_has_its_own_code() -> None:
    found = problem_classes()
    assert len(found) > 60
    assert len({cls.code for cls in found}) == len(found)
    for cls in found:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", cls.code), cls
        assert cls.type_uri() == f"urn:partingline:problem:{cls.code}", cls
        assert 400 <= cls.status < 600, cls
        assert cls.title and cls.detail, cls
        assert cls.title != cls.__mro__[1].title or cls.__mro__[1].__name__ == "Problem", f"{cls}: give it a title"


def test_events_have_a_version_and_a_subject() -> None:
    found = json.loads(events())
    assert len(found) > 30
    for name, event in found.items():
        assert re.fullmatch(r"[a-z]+\.[a-z_]+\.v[0-9]+", name), name
        assert event["subject"][1] in event["data"]["properties"], name
