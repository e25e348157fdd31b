"""`partingline verify` as a table."""

import asyncio

from rich.console import Console
from rich.table import Table

from app import wiring
from app.kit.db.engine import Database
from app.kit.verify import Finding, verify_all
from app.settings import Settings

SHOWN_BROKEN = 20


def run_checks(settings: Settings, *, empty_ok: bool) -> bool:
    """Run every registered check and print what it saw; whether all hold."""
    wiring.load_background()
    findings = asyncio.run(_findings(settings))
    holds = {finding.check: finding.holds or (empty_ok and not finding.broken) for finding in findings}
    console = Console(highlight=False)
    table = Table("check", "looked at", "result", title="partingline verify", title_justify="left")
    for finding in findings:
        result = "holds" if holds[finding.check] else _trouble(finding)
        table.add_row(finding.check, f"{finding.looked_at:,}", result, style=None if holds[finding.check] else "red")
    console.print(table)
    for finding in findings:
        for line in finding.broken[:SHOWN_BROKEN]:
            console.print(f"{finding.check}: {line}", markup=False)
        if len(finding.broken) > SHOWN_BROKEN:
            console.print(f"{finding.check}: … and {len(finding.broken) - SHOWN_BROKEN} more", markup=False)
    return bool(findings) and all(holds.values())


def _trouble(finding: Finding) -> str:
    return f"{len(finding.broken)} broken" if finding.broken else "looked at nothing (--empty-ok allows it)"


async def _findings(settings: Settings) -> list[Finding]:
    database = Database(settings)
    try:
        return await verify_all(database)
    finally:
        await database.close()
