"""An installation that has issued invoices before there were open items finds them open, in the books, and counted as credit."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import psycopg

from tests.market import Market
from tests.rooms.finance.credit_lines import verified_credit
from tests.rooms.finance.invoices import GROSS, invoiced, issuer
from tests.rooms.finance.open_items import verified_items
from tests.rooms.warehousing.stock import made

VERSIONS = Path(__file__).resolve().parents[2] / "migrations" / "versions"


def statements(name: str, *constants: str) -> list[str]:
    """What a migration says."""
    [file] = VERSIONS.glob(f"*_{name}.py")
    spec = spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return [getattr(module, constant) for constant in constants]


async def test_what_was_invoiced_before_is_open(market: Market, owner: psycopg.Connection[Any]) -> None:
    buyer, supplier = await market.people("buyer"), await issuer(market)
    await invoiced(market, buyer, supplier)
    part, paid = await invoiced(market, buyer, supplier), await invoiced(market, buyer, supplier, prepaid_minor=10**9)
    lines = {"reason": "Rost", "lines": [{"line": "2"}]}
    await made(supplier, f"/v1/invoices/{part['id']}/credit-notes", lines)
    await made(supplier, f"/v1/invoices/{paid['id']}/credit-notes", {"reason": "Storno"})

    async def told() -> list[tuple[str, str, int, int]]:
        items = (await buyer.get("/v1/open-items?which=all&limit=100")).json()["items"]
        return sorted(
            (one["kind"]["code"], one["number"], one["amount"]["minor"], one["settled"]["minor"]) for one in items
        )

    before = await told()
    assert before[0] == ("credit", "GS-000002", GROSS, 0) and len(before) == 3
    owner.execute("SET session_replication_role = replica")
    for table in ("open_item_entries", "open_items", "credit_exposures", "ledger_entries", "ledger_postings"):
        owner.execute(f"DELETE FROM {table}")  # type: ignore[arg-type]
    owner.execute("UPDATE ledger_balances SET balance_minor = 0, entries = 0")
    owner.execute("SET session_replication_role = origin")
    owner.execute("SET row_security = on")
    # The trigger that counts exposures came after the items.
    owner.execute("ALTER TABLE open_items DISABLE TRIGGER open_items_owed")
    owner.execute("ALTER TABLE open_items DISABLE TRIGGER open_items_owed_less")
    for statement in statements("open_items", "OF_BEFORE", "BOOKS_OF_BEFORE") + statements("credit_lines", "OF_BEFORE"):
        owner.execute(statement)  # type: ignore[arg-type]
    assert await told() == before
    assert await verified_items(market) == [] and await verified_credit(market) == []
