"""The API's description: operation ids that read well, and the answers that every operation may give."""

from collections.abc import Collection
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from app.kit.problems import MEDIA_TYPE, ProblemDocument


def operation_id(route: APIRoute) -> str:
    """The function's own name: unique, and what generated clients call the operation."""
    return route.name


_BEARER = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "An access token of `POST /v1/auth/token`.",
}


def install(app: FastAPI, *, public: Collection[str] = ()) -> None:
    """Make the description: problem documents instead of FastAPI's own validation error, common answers, and a bearer
    token wherever an operation is not one of the `public` ones (`GET /v1/…`)."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema:
            return app.openapi_schema
        schema = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            description=app.description,
            license_info=app.license_info,
            routes=app.routes,
        )
        schema.setdefault("components", {})["securitySchemes"] = {"bearer": _BEARER}
        components = schema["components"].setdefault("schemas", {})
        components.pop("HTTPValidationError", None)
        components.pop("ValidationError", None)
        document = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
        components.update(document.pop("$defs", {}))
        components["ProblemDocument"] = document
        refusal = {
            "description": "A problem document (RFC 9457).",
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}},
        }
        for path, operations in schema.get("paths", {}).items():
            for method, operation in operations.items():
                if path.startswith("/v1") and f"{method.upper()} {path}" not in public:
                    operation["security"] = [{"bearer": []}]
                answers = operation.get("responses", {})
                if path.startswith("/v1") and method == "get":
                    answers.setdefault("304", {"description": "You have this answer already (`If-None-Match`)."})
                if path.startswith("/v1"):
                    for status in ("413", "422", "429", "503"):
                        kept = answers.get(status)
                        if kept is None or MEDIA_TYPE not in kept.get("content", {}):
                            answers[status] = refusal
        app.openapi_schema = schema
        return schema

    app.openapi = describe  # type: ignore[method-assign]
