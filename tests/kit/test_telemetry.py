"""Traces are optional: without their packages the operator is told what to install, and without the setting nothing happens."""

from importlib.util import find_spec

import pytest
from fastapi import FastAPI

from app.kit import telemetry
from app.settings import Settings


def _installed() -> bool:
    try:
        return find_spec("opentelemetry.instrumentation.fastapi") is not None
    except ModuleNotFoundError:
        return False


def test_off_by_default() -> None:
    app = FastAPI()
    telemetry.install(app, Settings())
    assert app.user_middleware == []


@pytest.mark.skipif(_installed(), reason="the telemetry extra is installed here")
def test_switched_on_without_its_packages() -> None:
    with pytest.raises(telemetry.TelemetryMissing, match="telemetry"):
        telemetry.install(FastAPI(), Settings(telemetry=True))
