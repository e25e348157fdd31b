"""What is loaded at the start is not searched for rubbish, and the search goes on behind it."""

import gc

import pytest
from fastapi import FastAPI

from app.kit.rubbish import pause_search
from app.main import create_app
from app.settings import Settings


@pytest.fixture
def application(settings: Settings) -> FastAPI:
    """An application that was never started."""
    return create_app(settings)


async def test_the_search_goes_on_once_everything_is_loaded(application: FastAPI) -> None:
    pause_search()
    try:
        frozen = gc.get_freeze_count()
        async with application.router.lifespan_context(application):
            pass
        assert gc.isenabled()
        assert gc.get_freeze_count() > frozen
    finally:
        gc.enable()
