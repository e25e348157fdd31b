"""The one registry: rooms' tables, routers, reactions, jobs and checks, and the gateways a process uses.

A new room adds its name to `ROOMS`; each file in it that has something to register is imported from here and nowhere else.
"""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import uvloop
from fastapi import APIRouter
from sqlalchemy import MetaData

from app.catalog.facade import prepare_search, sync_categories, sync_labels
from app.gateways.exchange_rates import HttpRateFeed
from app.gateways.files import LocalFileStore
from app.gateways.mail import Mailer, SmtpMailer
from app.gateways.payments import LocalPayments, StripePayments
from app.gateways.translation import GlossaryTranslator, LibreTranslator, Translator
from app.gateways.web_files import HttpWebFiles
from app.gateways.webhooks import HttpWebhookSender
from app.kit.clock import Clock
from app.kit.db.base import Base
from app.kit.db.engine import Database, Role
from app.kit.db.migrate import migrate
from app.language.facade import trade_glossary
from app.reference.facade import MOST_BYTES_OF_RATES, sync_formats
from app.settings import Settings

ROOMS: tuple[str, ...] = (
    "pooling.ordering",
    "pooling.deposits",
    "pooling.sensing",
    "pooling.auctions",
    "pooling",
    "procurement",
    "logistics.papers",
    "logistics.cases",
    "logistics.freight",
    "logistics.planning",
    "logistics.epcis",
    "logistics",
    "warehousing.keeping",
    "warehousing.watching",
    "warehousing.receiving",
    "warehousing.picking",
    "warehousing",
    "finance.figures",
    "finance.financing",
    "finance.disputes",
    "finance.schedules",
    "finance.bank",
    "finance.reconciliation",
    "finance.payouts",
    "finance.methods",
    "finance.credit",
    "finance.dunning",
    "finance.receivables",
    "finance.commission",
    "finance.fx",
    "finance.invoicing",
    "finance.provider",
    "finance.ledger",
    "finance",
    "catalog.pricing",
    "catalog.exchange",
    "catalog",
    "messages.incoming",
    "messages",
    "documents",
    "parties",
    "language",
    "reference",
)
"""From the deals down to the resources; the order of the plan of the house. A part of a room that has tables and routes of
its own stands before the room."""

_KIT_TABLES = ("app.kit.allowance", "app.kit.clock", "app.kit.audit", "app.kit.idempotency", "app.kit.outbox")


@cache
def _load(room: str, part: str) -> object | None:
    name = f"app.{room}.{part}"
    spec = find_spec(name)
    # An empty folder left by a rebase would otherwise pass for a package.
    return import_module(name) if spec and spec.origin else None


def metadata() -> MetaData:
    """All tables, for Alembic."""
    for name in _KIT_TABLES:
        import_module(name)
    for room in ROOMS:
        _load(room, "models")
    return Base.metadata


def bring_up(settings: Settings) -> None:
    """Bring the database to this version: login roles, migrations, and the reference data that foreign keys point at."""
    migrate(settings)
    uvloop.run(_load_reference(settings))


async def _load_reference(settings: Settings) -> None:
    database = Database(settings)
    try:
        async with database.transaction(Role.OWNER) as session:
            formats = await sync_formats(session)
            await sync_categories(session)
            await sync_labels(session, formats=formats)
    finally:
        await database.close()


def load_background() -> None:
    """Register every notice, job, reaction, handler of incoming messages and verification."""
    metadata()
    import_module("app.kit.dispatch")
    for room in ROOMS:
        for part in ("events", "notices", "jobs", "reactions", "incoming", "checks"):
            _load(room, part)


def routers() -> list[APIRouter]:
    """Every room's routers: `router` or `routers` of its `routes` module."""
    found: list[APIRouter] = []
    for room in reversed(ROOMS):
        module = _load(room, "routes")
        if module is not None:
            found += getattr(module, "routers", None) or [module.router]  # type: ignore[attr-defined]
    return found


def hot_routers() -> list[APIRouter]:
    """Every room's routers of what is read most: `router` of its `routes_hot` and `routes_search` modules. They come first."""
    loaded = (_load(room, part) for room in ROOMS for part in ("routes_hot", "routes_search"))
    return [module.router for module in loaded if module]  # type: ignore[attr-defined]


def gateways(settings: Settings, clock: Clock | None = None) -> dict[str, Any]:
    """The ways out of the house, by name: the real ones, or the local ones where a setting is absent.

    The local ones go by the process's clock.
    """
    return {
        "files": LocalFileStore(settings.data_dir / "files"),
        "mailer": _mailer(settings),
        "payments": _payments(settings, clock),
        "rate_feed": _rate_feed(settings),
        "translator": _translator(settings),
        "webhooks": HttpWebhookSender(
            allowed_networks=settings.webhook_allowed_networks, allow_http=settings.environment == "development"
        ),
        "web_files": HttpWebFiles(
            max_bytes=settings.max_upload_bytes,
            allowed_networks=settings.media_allowed_networks,
            allow_http=settings.environment == "development",
        ),
    }


def warm_up() -> None:
    """Read what the first requests would otherwise wait for."""
    prepare_search()


async def close_gateways(gateways: dict[str, Any]) -> None:
    """Close the connections that some of them keep."""
    for gateway in gateways.values():
        if hasattr(gateway, "aclose"):
            await gateway.aclose()


def _mailer(settings: Settings) -> Mailer:
    password = settings.smtp_password
    return SmtpMailer(
        settings.smtp_host,
        settings.smtp_port,
        sender=settings.mail_from,
        tls=settings.smtp_tls,
        username=settings.smtp_username,
        password=password.get_secret_value() if password else None,
    )


def _payments(settings: Settings, clock: Clock | None) -> LocalPayments | StripePayments:
    if settings.stripe_secret_key is None:
        development = settings.environment == "development"
        return LocalPayments(settings.data_dir / "payments", clock=clock, takes_test_tokens=development)
    return StripePayments(settings.stripe_secret_key, api_base=settings.stripe_api_base, clock=clock)


def _rate_feed(settings: Settings) -> HttpRateFeed | None:
    if settings.fx_rates_url is None:
        return None
    development = settings.environment == "development"
    return HttpRateFeed(settings.fx_rates_url, HttpWebFiles(max_bytes=MOST_BYTES_OF_RATES, allow_http=development))


def _translator(settings: Settings) -> Translator:
    if settings.translation_url is None:
        return GlossaryTranslator(trade_glossary())
    key = settings.translation_api_key
    return LibreTranslator(settings.translation_url, api_key=key.get_secret_value() if key else None)


PUBLIC_ROUTES: dict[str, str] = {
    "GET /v1/categories": "the category tree",
    "GET /v1/categories/{category_code}": "a category and its attributes",
    "GET /v1/categories/{category_code}/listing-template": "the columns of a category's listings",
    "GET /v1/catalog/products": "published listings",
    "GET /v1/catalog/products/{product_id}": "a published listing",
    "GET /v1/catalog/products/{product_id}/equivalents": "published listings",
    "GET /v1/catalog/products/{product_id}/spare-parts": "published listings",
    "GET /v1/catalog/search": "published listings",
    "GET /v1/catalog/facets": "published listings",
    "GET /v1/catalog/suggestions": "names of the trade and published listings",
    "GET /healthz": "liveness probe",
    "GET /readyz": "readiness probe",
    "GET /v1/reference/fx-rates": "rates of exchange are public",
    "GET /v1/reference/units": "reference data that ship with the house",
    "GET /v1/reference/currencies": "reference data that ship with the house",
    "GET /v1/reference/incoterms": "reference data that ship with the house",
    "GET /v1/reference/steels": "reference data that ship with the house",
    "GET /v1/reference/finishes": "reference data that ship with the house",
    "GET /v1/reference/plastics": "reference data that ship with the house",
    "GET /v1/reference/hs-headings": "reference data that ship with the house",
    "GET /v1/reference/countries": "reference data that ship with the house",
    "GET /v1/reference/places": "reference data that ship with the house",
    "POST /v1/auth/token": "signing in is how an actor comes to be",
    "POST /v1/auth/password-reset": "whoever forgot a password cannot sign in; the answer tells nothing",
    "PUT /v1/auth/password-reset": "the token of the mailed link stands for the person",
    "PUT /v1/auth/email-confirmation": "the token of the mailed link stands for the person",
    "POST /v1/organizations": "registration comes before the first sign-in",
    "GET /v1/organizations": "the public directory of suppliers",
    "GET /v1/organizations/{organization_id}": "listed suppliers are public; others need a sign-in",
    "GET /v1/suppliers": "the public directory of suppliers with what they can do",
    "GET /v1/suppliers/{organization_id}": "a listed supplier's page",
    "GET /v1/supplier-terms": "codes of capabilities, machines and certificates; ship with the house",
    "POST /v1/invitations/preview": "the token of the mailed link stands for the invited person",
    "POST /v1/invitations/acceptance": "the token of the mailed link stands for the invited person",
    "POST /v1/webhook-sources/{source_id}/messages": "the signature of the source is the proof; without it nothing is told",
    "POST /v1/incoming/stripe": "the signature of the payment provider is the proof; without it nothing is told",
    "GET /v1/locales": "the languages of the house",
    "GET /v1/media/{document_id}": "files that their owners published with a listing",
    "GET /v1/glossary": "terms of the trade; a list that ships with the house",
}
"""Routes without an actor, each with the reason. Every other route refuses nobody with 401."""

TABLES_WITHOUT_TENANT: dict[str, str] = {
    "categories": "codes of the category tree; the same for everybody, written after the migrations",
    "catalog_labels": "names of categories, attributes and values; from the data files, written after the migrations",
    "category_attributes": "which attributes a category has; from the data files",
    "category_spares": "which parts wear out in what; from the data files",
    "display_editions": "one digest, the same for all",
    "alembic_version": "the schema's version",
    "locale_formats": "number symbols and fallbacks of locales; from CLDR, written after the migrations",
    "unit_formats": "conversions and plural patterns of units; from CLDR and the data files",
    "currency_formats": "patterns of money; from CLDR",
    "country_names": "names of countries; from CLDR",
    "rate_editions": "one number, the same for all",
    "steel_families": "families of steels; from the data files",
    "search_misses": "questions that found nothing, by day; who asked is not kept",
    "clock_offset": "one number, the same for all",
    "outbox_sequences": "counters by subject; no content",
    "client_allowances": "when each machine's allowance is whole again; drawn on before anybody acts",
    "login_throttles": "keyed digests and counters, read before anybody is known; no address or account is readable",
    "reactions_done": "names of reactions and event ids; no content",
    "stored_files": "digests and sizes of stored contents; no name, no owner",
    "procrastinate_jobs": "the queue: ids only, written by requests, read by the worker",
    "procrastinate_events": "history of the queue",
    "procrastinate_periodic_defers": "when periodic jobs ran",
    "procrastinate_workers": "heartbeats of workers",
}
"""Tables without row-level security, each with the reason."""
