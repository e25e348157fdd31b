"""The committed description of the API is the one that the code gives. `python -m tests.contracts.snapshot` renews it."""

import re

from tests.contracts.snapshot import SNAPSHOT, current

KEY_OPERATIONS = {"post"}


def test_the_snapshot_is_current() -> None:
    assert SNAPSHOT.read_text(encoding="utf-8") == current(), (
        "run `python -m tests.contracts.snapshot` and read the difference"
    )


def test_operation_ids_are_unique_and_tagged() -> None:
    from tests.contracts.snapshot import schema

    seen: set[str] = set()
    for path, operations in schema()["paths"].items():
        for method, operation in operations.items():
            assert operation["operationId"] not in seen, operation["operationId"]
            seen.add(operation["operationId"])
            assert operation.get("tags"), (method, path)
            assert operation.get("description") or operation.get("summary"), (method, path)
    assert len(seen) > 10


def test_schemas_speak_3_1_and_problems_are_documented() -> None:
    from tests.contracts.snapshot import schema

    document = schema()
    assert re.match(r"3\.1", document["openapi"])
    assert "HTTPValidationError" not in document["components"]["schemas"]
