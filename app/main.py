"""The HTTP application: `app.main:create_app` is the factory that servers call."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from app import wiring
from app.backoffice.admin import install as install_backoffice
from app.kit import closing, logs, openapi, problems, routing, telemetry
from app.kit.clock import Clock
from app.kit.db.engine import Database
from app.kit.hot import FrontDesk
from app.kit.middleware import EdgeMiddleware
from app.kit.probes import router as probes
from app.kit.rubbish import leave_alone_what_is_loaded
from app.parties.usecases.resolve_actor import resolve_actor
from app.settings import Settings, get_settings
from app.web.routes import install as install_storefront

BATCHES = re.compile(r"^/v1/(tracking-events|rate-card-batches|operator/bank-statements)$")
UPLOADS = re.compile(
    r"^/v1/documents(/|$)|^/[a-z-]{2,8}/disputes/|^/[a-z-]{2,8}/payment-milestones/[0-9a-f-]+/dispute$"
)
VERSION = "0.1.0"


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    # Names in nine languages take the better part of a second to read: the first search should not wait for them, nor the start.
    warming = asyncio.create_task(_warm_up())
    closing.listen()
    yield
    await warming
    await wiring.close_gateways(app.state.gateways)
    await app.state.database.close()


async def _warm_up() -> None:
    try:
        await asyncio.to_thread(wiring.warm_up)
    finally:
        leave_alone_what_is_loaded()


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the application from settings. Nothing is connected before the first request."""
    settings = settings or get_settings()
    logs.configure(settings)
    app = FastAPI(
        title="Partingline",
        version=VERSION,
        summary="B2B marketplace for the mould industry",
        description=(Path(__file__).parent / "api.md").read_text(encoding="utf-8"),
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        lifespan=_lifespan,
        docs_url="/docs" if settings.environment == "development" else None,
        redoc_url=None,
        generate_unique_id_function=openapi.operation_id,
    )
    app.state.settings = settings
    app.state.clock = Clock()
    app.state.database = Database(settings)
    app.state.resolve_actor = resolve_actor
    app.state.gateways = wiring.gateways(settings, app.state.clock)
    wiring.load_background()
    hot = wiring.hot_routers()
    for router in (*hot, probes, *wiring.routers()):
        app.include_router(router)
    install_backoffice(app, settings)
    install_storefront(app)
    routing.find_quickly(app)
    problems.install(app)
    openapi.install(app, public=wiring.PUBLIC_ROUTES)
    telemetry.install(app, settings)
    app.add_middleware(
        EdgeMiddleware,
        max_body_bytes=settings.max_body_bytes,
        larger=((UPLOADS, settings.max_upload_bytes), (BATCHES, settings.max_batch_bytes)),
        front=FrontDesk(hot),
    )
    return app
