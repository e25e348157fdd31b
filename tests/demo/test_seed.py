"""The demo market comes whole, by the rooms' own use cases, once."""

import asyncio
from collections.abc import Callable
from itertools import cycle

import psycopg
import pytest
from sqlalchemy import select

from app.catalog.models import Product, PublicProduct
from app.catalog.publication import refresh_public
from app.catalog.reading import Reader, detail
from app.catalog.schemas import DisplayedProduct
from app.demo import seed
from app.demo.seed.history import sample_ids
from app.kit.db.engine import Database, Role
from app.kit.db.tenancy import act_for
from app.kit.locales import LOCALES
from app.kit.verify import CHECKS
from app.settings import Settings

Owner = psycopg.Connection[tuple[object, ...]]
BOOKS = (
    "ledger postings",
    "ledger balances",
    "deposits in the ledger",
    "open items",
    "open items in the books",
    "reminders",
    "claims for late payment",
    "credit",
    "payment schedules",
    "milestone sums",
    "milestones in the ledger",
    "commissions",
    "commission invoices",
    "payment methods",
    "payouts in the ledger",
    "payouts sent once",
    "what suppliers are owed",
    "bank statements",
    "bank entries",
    "bank balances",
    "reconciliation",
    "disputes and their histories",
    "dispute proposals",
    "disputed milestones",
    "advances in the ledger",
    "receivables assigned once",
)


def _counts(owner: Owner) -> dict[str, int]:
    tables = (
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace "
        "AND relname NOT LIKE 'procrastinate%'"
    )
    names = [str(row[0]) for row in owner.execute(tables).fetchall()]
    return {name: _number(owner, f"SELECT count(*) FROM {name}") for name in names}


def _number(owner: Owner, statement: str) -> int:
    row = owner.execute(statement).fetchone()  # type: ignore[arg-type]
    assert row is not None
    return int(str(row[0]))


def _pages_are_told(owner: Owner) -> None:
    """Forty pages; some certificates end soon and a few have ended; answering times come from the inquiries."""
    assert _number(owner, "SELECT count(*) FROM supplier_profiles WHERE cardinality(capabilities) > 0") == 40
    assert _number(owner, "SELECT count(DISTINCT organization_id) FROM supplier_machines") == 40
    assert _number(owner, "SELECT count(DISTINCT locale) FROM texts WHERE entity_kind = 'supplier_profile'") >= 8
    by_stage = dict(owner.execute("SELECT told_days, count(*) FROM supplier_certificates GROUP BY 1").fetchall())
    assert set(by_stage) == {None, 60, 14, 0}
    assert _number(owner, "SELECT count(*) FROM notifications WHERE notice = 'parties.certificate_expiring'") > 5
    differing = """
        SELECT count(*) FROM organizations o WHERE certifications <> ARRAY(
            SELECT DISTINCT scheme::text FROM supplier_certificates c
            WHERE c.organization_id = o.id AND c.expires_on >= current_date ORDER BY 1)::varchar[]
        """
    assert _number(owner, differing) == 0
    shown = "SELECT count(*) FROM public_products WHERE jsonb_array_length(document->'supplier'->'certifications') > 0"
    assert _number(owner, shown) > 400
    ids = "(SELECT array_agg(id) FROM organizations)"
    owner.execute("SET row_security = on")
    assert _number(owner, f"SELECT count(*) FROM app_supplier_responses({ids}) WHERE answered > 0") >= 8
    owner.execute("SET row_security = off")
    assert _number(owner, "SELECT count(*) FROM public_products WHERE quality_edition = 0") == 0


async def _documents_that_differ(settings: Settings) -> list[str]:
    """Public documents that came in bulk and would be written otherwise one by one; a sample over all suppliers."""
    database = Database(settings)
    differing, suppliers = [], set()
    try:
        async with database.transaction() as session:
            for row in (await session.scalars(select(PublicProduct).order_by(PublicProduct.digest).limit(60))).all():
                suppliers.add(row.supplier_id)
                await act_for(session, row.supplier_id)
                product = await session.get_one(Product, row.product_id)
                if await refresh_public(session, product):
                    differing.append(product.code)
    finally:
        await database.close()
    assert len(suppliers) > 10
    return differing


async def _books(settings: Settings) -> dict[str, list[str]]:
    """What is found wrong with the ledger by checks that looked at something."""
    database = Database(settings)
    found = {}
    try:
        for check in BOOKS:
            async with database.transaction(Role.AUDITOR, readonly=True) as session:
                looked, found[check] = await CHECKS[check](session)
            assert looked > 0
    finally:
        await database.close()
    return found


async def _texts_shown(settings: Settings) -> int:
    """Every published listing as some reader sees it, the locales and unit systems in turn; how many there are."""
    database = Database(settings)
    try:
        async with database.transaction() as session:
            ids = (await session.scalars(select(PublicProduct.product_id).order_by(PublicProduct.digest))).all()
        for product_id, locale, system in zip(ids, cycle(LOCALES), cycle(("metric", "inch")), strict=False):
            answer = await detail(database.reading, product_id, Reader(locale, system))
            assert answer is not None and answer.body is not None
            shown = DisplayedProduct.model_validate_json(answer.body)
            assert shown.title and shown.description and all(attribute.text for attribute in shown.attributes)
    finally:
        await database.close()
    return len(ids)


def test_the_market_is_seeded_once(demo_markets: Callable[[], Settings]) -> None:
    settings = demo_markets()
    with psycopg.connect(settings.database_url.get_secret_value(), autocommit=True) as owner:
        owner.execute("SET row_security = off")
        _is_whole(settings, owner)
        counts = _counts(owner)
        assert not seed.run(settings)
        assert _counts(owner) == counts


def _is_whole(settings: Settings, owner: Owner) -> None:
    counts = _counts(owner)
    assert counts["organizations"] == 40 + 12 + 14 + 6 + 1
    assert counts["products"] == 600
    assert counts["public_products"] == 560
    assert counts["inquiries"] == 30 + 7
    assert (counts["demand_consents"], counts["demand_suggestions"], counts["demand_members"]) == (6, 1, 6)
    assert (counts["price_lists"], counts["price_list_grants"]) == (4, 7)
    of_catalogue = "SELECT count(*), min(price_source), max(price_source) FROM order_lines WHERE kind = 'item'"
    assert owner.execute(of_catalogue).fetchone() == (5, "contract", "contract")
    assert counts["warehouses"] == 4
    # Each move made a balance, but for three sizes that left again and for a count.
    assert counts["stock_moves"] == counts["stock_balances"] + 4 > 100
    assert (counts["stock_counts"], counts["stock_transfers"], counts["stock_alerts"]) == (1, 1, 1)
    assert counts["stock_levels"] == counts["stock_items"]
    assert (counts["arrivals"], counts["receipts"], counts["inspections"]) == (1, 1, 1)
    assert counts["arrival_differences"] == 2
    assert (counts["pick_lines"], counts["packages"], counts["dispatches"]) == (3, 4, 1)
    assert counts["stock_reservations"] == 2
    assert (counts["shipments"], counts["bookings"], counts["tracking_events"]) == (4, 4, 10)
    assert (counts["shipment_packages"], counts["shipment_documents"], counts["shipment_incidents"]) == (3, 2, 1)
    assert (counts["rate_cards"], counts["freight_quotes"], counts["freight_inquiries"]) == (9, 2, 1)
    assert (counts["consolidations"], counts["load_plans"]) == (1, 1)
    # Each was taken, and then put towards an order or given back.
    of_deposits = _number(owner, "SELECT count(*) FROM ledger_postings WHERE cause_kind = 'deposit'")
    assert (counts["pool_deposits"], of_deposits) == (7, 14)
    # Each invoice and credit note is told to the books, and the payment that came; commission stands there already.
    of_invoices = "SELECT count(*) FROM ledger_postings WHERE cause_kind IN ('invoice', 'payment')"
    assert _number(owner, of_invoices) == counts["invoices"] - counts["commission_invoices"] + 1
    # A milestone was paid, released less commission, and sent on; the bank told of two accounts; the books were compared.
    of_milestones = "SELECT kind FROM ledger_postings WHERE cause_kind IN ('milestone', 'payout') ORDER BY kind"
    kinds = ["commission", "milestone_funded", "milestone_released", "payout"]
    assert [row[0] for row in owner.execute(of_milestones).fetchall()] == kinds
    assert (counts["payment_methods"], counts["supplier_accounts"], counts["payouts"]) == (1, 1, 1)
    assert (counts["bank_statements"], counts["reconciliations"], counts["reconciliation_differences"]) == (2, 1, 0)
    assert (counts["credit_lines"], counts["dunning_notices"], counts["late_payment_claims"]) == (1, 1, 1)
    assert asyncio.run(_books(settings)) == {check: [] for check in BOOKS}
    assert counts["clock_offset"] == 0
    _pages_are_told(owner)
    assert counts["documents"] >= 50
    rows = owner.execute("SELECT state, count(*) FROM inquiries GROUP BY state").fetchall()
    states = {str(state): int(str(count)) for state, count in rows}
    assert states == {"draft": 4, "published": 8 + 7, "closed": 4, "awarded": 10, "cancelled": 4}
    assert owner.execute("SELECT id FROM organizations WHERE code = 'partingline'").fetchone() == (next(sample_ids()),)
    assert _number(owner, "SELECT count(*) FROM notifications WHERE created_at > now() - interval '12 hours'") == 0
    assert _number(owner, "SELECT count(*) FROM mails WHERE state <> 'suppressed'") == 0
    left = owner.execute("SELECT DISTINCT task_name FROM procrastinate_jobs ORDER BY 1").fetchall()
    waiting = (
        "documents.scan",
        "finance.make_invoice_files",
        "finance.match_bank_entries",
        # Of these two all is done already: they find nothing left to do.
        "finance.move_milestone_payment",
        "finance.send_payout",
        "finance.tell_suppliers_of_commission",
        "language.translate",
        "pooling.freeze_campaign",
    )
    assert left == [(task,) for task in waiting]
    assert _number(owner, "SELECT count(*) FROM document_pictures WHERE state = 'ready'") >= 30
    pictured = "SELECT count(*) FROM public_products WHERE jsonb_array_length(document #> '{media,0,renditions}') = 3"
    assert _number(owner, pictured) == _number(owner, "SELECT count(*) FROM document_pictures")
    assert asyncio.run(_documents_that_differ(settings)) == []
    assert asyncio.run(_texts_shown(settings)) == 560


def test_an_interrupted_seeding_leaves_nothing(
    settings: Settings, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = _counts(owner)
    monkeypatch.setattr("app.demo.seed.market.describe", stop)
    with pytest.raises(KeyboardInterrupt):
        seed.run(settings)
    assert _counts(owner) == before
