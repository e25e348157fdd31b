"""What pydantic finds wrong, said of a request and of a document that was validated by itself."""

import pytest
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from app.kit.errors import Invalid
from app.kit.findings import from_validation
from app.kit.schemas import Input


class _Line(Input):
    quantity: int


class _Order(Input):
    lines: list[_Line]


def test_a_finding_points_to_its_field_wherever_the_document_came_from() -> None:
    with pytest.raises(ValidationError) as caught:
        _Order.model_validate({"lines": [{"quantity": "many"}]})
    found = [{**item, "loc": ("body", *item["loc"])} for item in caught.value.errors()]
    for error in (caught.value, RequestValidationError(found)):
        problem = from_validation(error)
        assert isinstance(problem, Invalid)
        assert [(one.pointer, one.code) for one in problem.errors] == [("/lines/0/quantity", "int-parsing")]
