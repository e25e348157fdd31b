"""What the catalogue does by itself."""

from uuid import UUID

from app.catalog import quality_queries, queries
from app.catalog.media import fetching
from app.catalog.media.editing import FETCH_JOB
from app.catalog.publication import refresh_listings_of
from app.catalog.search.edition import search_edition
from app.catalog.search.entries import search_columns
from app.catalog.search.misses import forget_misses
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for, acting_for
from app.kit.jobs import Runtime, job


@job("catalog.rate_listings", cron="*/10 * * * *")
async def rate_listings(runtime: Runtime) -> None:
    """Compute the scores that an older edition of the rules gave anew, one supplier's range in a transaction."""
    async with runtime.database.transaction(Role.WORKER) as session:
        suppliers = await quality_queries.rated_by_older_rules(session)
    for supplier_id in suppliers:
        async with runtime.database.transaction(Role.WORKER) as session:
            await act_for(session, supplier_id)
            await refresh_listings_of(session, supplier_id)


@job("catalog.forget_misses", cron="17 3 * * *")
async def forget_old_misses(runtime: Runtime) -> None:
    """Forget questions that found nothing long ago."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await forget_misses(session, now=runtime.clock.now())


AT_ONCE = 200


@job("catalog.index_again", cron="*/5 * * * *")
async def index_again(runtime: Runtime) -> None:
    """Go through the listings whose search words were made by other names and rules than this version's, some at a time."""
    while True:
        async with runtime.database.transaction(Role.WORKER) as session:
            outdated = await queries.outdated_public(session, search_edition(), AT_ONCE)
            for supplier_id in dict.fromkeys(row.supplier_id for row in outdated):
                async with acting_for(session, supplier_id):
                    for row in outdated:
                        if row.supplier_id == supplier_id:
                            columns = search_columns(
                                row.product_id, row.document, row.category_path, supplier_id, quality=row.quality
                            )
                            await queries.set_search_columns(session, row.product_id, row.digest, columns)
        if not outdated:
            return


@job(FETCH_JOB, queue="fetches")
async def fetch_medium(runtime: Runtime, *, fetch_id: str, organization_id: str) -> None:
    """One try to fetch a picture or drawing from the address that a supplier named."""
    await fetching.fetch_medium(runtime, organization_id=UUID(organization_id), fetch_id=UUID(fetch_id))
