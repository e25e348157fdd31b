"""Take over many new listings of a supplier at once, each in its state, by the same rules as one by one."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import listing_rows, queries
from app.catalog.events import ListingsImported
from app.catalog.listing_rows import ListingImport, Rows
from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid
from app.kit.outbox import announce
from app.language import facade as language
from app.parties import facade as parties


async def import_listings(
    session: AsyncSession, actor: Actor, listings: Sequence[ListingImport], *, now: datetime
) -> list[UUID]:
    """Store listings whose codes and SKUs the supplier does not use yet; their ids in the order given.

    All or nothing: raises `Invalid` with the findings of every listing, each under its position. One event tells of all.
    """
    supplier = (await parties.organizations(session, [actor.organization_id]))[actor.organization_id]
    rows, errors = Rows(), []
    for position, listing in enumerate(listings):
        cleaned, found = listing_rows.checked(listing)
        errors += [
            FieldError(f"/listings/{position}{error.pointer}", error.code, error.message, error.params)
            for error in found
        ]
        listing_rows.add(rows, listing, cleaned, supplier, now=now)
    if errors:
        raise Invalid(errors=errors)
    await queries.insert_listings(session, rows.products, rows.variants, rows.tiers, rows.public)
    await language.import_texts(session, supplier.id, rows.texts)
    after = {"listings": len(rows.products), "published": len(rows.public), "variants": len(rows.variants)}
    await audit.record(session, actor, "listings.import", "organization", supplier.id, after=after)
    event = ListingsImported(supplier_id=supplier.id, listings=len(rows.products), published=len(rows.public))
    await announce(session, event, organizations=[supplier.id])
    return [row["id"] for row in rows.products]
