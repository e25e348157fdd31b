"""One chunk of an import in one transaction: read what is stored, judge, write, count, and keep how far it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from anyio.to_thread import run_sync
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import listing_rows
from app.catalog import queries as catalog
from app.catalog.exchange import queries
from app.catalog.exchange.decisions import Change, Circumstances, Decision, Outcome, decide
from app.catalog.exchange.drafting import Defaults, Finding, Stored
from app.catalog.exchange.models import ListingImportRun
from app.catalog.exchange.spool import Group
from app.catalog.listing_rows import Rows
from app.catalog.publication import public_rows
from app.catalog.states import ProductState
from app.documents import facade as documents
from app.kit import audit
from app.kit.actor import Actor
from app.language import facade as language
from app.parties import facade as parties

MAX_FINDINGS = 100_000
"""So many are kept of one import; the rows are counted all the same."""

FINDINGS_OF_A_PRODUCT = 50


@dataclass(frozen=True, slots=True)
class Work:
    """What holds for every chunk of one import."""

    actor: Actor
    supplier: parties.OrganizationRef
    defaults: Defaults
    may_translate: bool
    dry_run: bool


async def take_over(
    session: AsyncSession, run: ListingImportRun, work: Work, groups: Sequence[Group], *, now: datetime
) -> None:
    """Judge and write the products of a chunk, in the transaction that also moves the locked import's offset."""
    skus = sorted({row.cells.get("sku", "").strip()[:200] for group in groups for row in group.rows} - {""})
    codes = sorted({group.code[:200] for group in groups} - {""})
    known = await queries.known(session, run.supplier_id, codes, skus, hold=not work.dry_run)
    at = Circumstances(run.supplier_id, work.defaults, work.may_translate, now, known.taken)
    decisions = await run_sync(_decide_all, groups, known, at)
    rows = Rows()
    if not work.dry_run:
        await _write(session, work, decisions, rows, now=now)
    await _count(session, run, decisions)
    if rows.products or any(one.change for one in decisions):
        await _record(session, run, work, decisions, rows)


def _decide_all(groups: Sequence[Group], known: queries.Known, at: Circumstances) -> list[Decision]:
    """All the thinking of a chunk, beside the loop that others' jobs run on."""
    decided = []
    for group in groups:
        product = known.products.get(group.code)
        stored = None
        if product is not None:
            texts = known.texts.get(("product", product.id), [])
            stored = Stored(product, known.variants.get(product.id, []), known.tiers, texts)
        decided.append(decide(group, stored, at))
    return decided


async def _write(
    session: AsyncSession, work: Work, decisions: Sequence[Decision], rows: Rows, *, now: datetime
) -> None:
    """Write what is new and what changed."""

    def build() -> None:
        for one in decisions:
            if one.outcome == Outcome.CREATED and one.listing is not None:
                listing_rows.add(rows, one.listing, one.cleaned, work.supplier, now=now)

    await run_sync(build)
    await catalog.insert_listings(session, rows.products, rows.variants, rows.tiers, rows.public)
    await language.import_texts(session, work.supplier.id, rows.texts)
    changes = [one.change for one in decisions if one.change is not None]
    if changes:
        await _change(session, work, changes)


def _published(decisions: Sequence[Decision]) -> int:
    """How many are public in the end; of a dry run, how many would be."""
    created = [one.listing.state for one in decisions if one.outcome == Outcome.CREATED and one.listing]
    return (created + [one.change.after for one in decisions if one.change]).count(ProductState.PUBLISHED)


async def _change(session: AsyncSession, work: Work, changes: Sequence[Change]) -> None:
    await queries.change_products(session, [change.product for change in changes])
    await queries.change_variants(
        session,
        [row for change in changes for row in change.new_variants],
        [row for change in changes for row in change.variants],
        [variant_id for change in changes for variant_id in change.tiers_of],
        [row for change in changes for row in change.tiers],
    )
    await language.renew_texts(session, work.supplier.id, [text for change in changes for text in change.texts])
    for shown in (True, False):
        moved = [_entity(change) for change in changes if _moves(change) and _is_shown(change) == shown]
        await language.publish_many(session, moved, published=shown)
        await documents.publish_many(session, moved, published=shown)
    hidden = [change.product["id"] for change in changes if _moves(change) and not _is_shown(change)]
    await queries.drop_public(session, hidden)
    await _refresh(session, work, [change.product["id"] for change in changes if _is_shown(change)])


def _entity(change: Change) -> tuple[str, UUID]:
    return ("product", change.product["id"])


def _is_shown(change: Change) -> bool:
    return change.after == ProductState.PUBLISHED


def _moves(change: Change) -> bool:
    """Whether the listing becomes public, or is no longer."""
    return change.before != change.after and ProductState.PUBLISHED in (change.before, change.after)


async def _refresh(session: AsyncSession, work: Work, product_ids: Sequence[UUID]) -> None:
    """Write the public documents of changed listings anew, from what the database holds now."""
    if not product_ids:
        return
    products = await queries.products_by_id(session, product_ids)
    variants, tiers = await queries.variants_with_tiers(session, product_ids)
    rows = await public_rows(session, work.supplier, products, variants, tiers)
    await catalog.put_many_public(session, rows)


async def _count(session: AsyncSession, run: ListingImportRun, decisions: Sequence[Decision]) -> None:
    """Move the counters and the offset, and keep the findings."""
    for one in decisions:
        rows = one.group.count
        if one.outcome == Outcome.REFUSED:
            run.rows_refused += rows
            run.products_refused += 1
            await keep(session, run, one.findings[:FINDINGS_OF_A_PRODUCT])
            continue
        run.rows_accepted += rows
        run.products_created += one.outcome == Outcome.CREATED
        run.products_changed += one.outcome == Outcome.CHANGED
        if one.outcome == Outcome.UNCHANGED:
            run.products_unchanged += 1
            run.rows_unchanged += rows
    run.products_published += _published(decisions)
    run.products_done = decisions[-1].group.position
    run.version += 1
    await session.flush()


async def keep(session: AsyncSession, run: ListingImportRun, findings: Sequence[Finding]) -> None:
    """Store findings behind those there are, up to a limit."""
    findings = findings[: max(0, MAX_FINDINGS - run.findings)]
    await queries.add_findings(
        session,
        [
            {
                "import_id": run.id,
                "number": run.findings + position,
                "supplier_id": run.supplier_id,
                "row_number": one.row,
                "product_code": one.product_code.replace("\x00", ""),
                "sku": one.sku.replace("\x00", ""),
                "column": one.column[:200].replace("\x00", ""),
                "code": one.code,
                "message": one.message,
                "params": dict(one.params),
            }
            for position, one in enumerate(findings, 1)
        ],
    )
    run.findings += len(findings)


async def _record(
    session: AsyncSession, run: ListingImportRun, work: Work, decisions: Sequence[Decision], rows: Rows
) -> None:
    """One entry a chunk tells what it wrote."""
    changed = [str(one.change.product["id"]) for one in decisions if one.change is not None]
    after = {
        "created": [str(row["id"]) for row in rows.products],
        "changed": changed,
        "published": len(rows.public),
        "up_to": run.products_done,
    }
    await audit.record(session, work.actor, "listings.import", "listing_import", run.id, after=after)
