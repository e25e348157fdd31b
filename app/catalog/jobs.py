"""What the catalogue does by itself."""

from app.catalog import quality_queries
from app.catalog.publication import refresh_listings_of
from app.kit.db.engine import Role
from app.kit.db.tenancy import acting_for
from app.kit.jobs import Runtime, job


@job("catalog.rate_listings", cron="*/10 * * * *")
async def rate_listings(runtime: Runtime) -> None:
    """Compute the scores that an older edition of the rules gave anew, one supplier's range in a transaction."""
    async with runtime.database.transaction(Role.WORKER) as session:
        suppliers = await quality_queries.rated_by_older_rules(session)
    for supplier_id in suppliers:
        async with runtime.database.transaction(Role.WORKER) as session, acting_for(session, supplier_id):
            await refresh_listings_of(session, supplier_id)
