"""What `partingline verify` proves of credit."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.verify import check

MOST_TOLD = 100
_PATIENTLY = text("SET LOCAL statement_timeout = 0")

_COUNT = text("SELECT (SELECT count(*) FROM credit_exposures) + (SELECT count(*) FROM credit_takes)")
_EXPOSURES = text("""
WITH owed AS (
    SELECT supplier_id, buyer_id, currency, sum(amount_minor) AS ordered, 0 AS invoiced
    FROM credit_takes WHERE state = 'taken' GROUP BY 1, 2, 3
    UNION ALL
    SELECT issuer_id, recipient_id, currency, 0, sum(amount_minor - settled_minor)
    FROM open_items WHERE kind = 'invoice' GROUP BY 1, 2, 3
), sums AS (
    SELECT supplier_id, buyer_id, currency, sum(ordered) AS ordered, sum(invoiced) AS invoiced FROM owed GROUP BY 1, 2, 3
)
SELECT coalesce(e.supplier_id, s.supplier_id) AS supplier_id, coalesce(e.buyer_id, s.buyer_id) AS buyer_id,
    e.ordered_minor, e.invoiced_minor, coalesce(s.ordered, 0) AS ordered, coalesce(s.invoiced, 0) AS invoiced
FROM credit_exposures e
FULL JOIN sums s ON (s.supplier_id, s.buyer_id, s.currency) = (e.supplier_id, e.buyer_id, e.currency)
WHERE (e.ordered_minor, e.invoiced_minor) IS DISTINCT FROM (coalesce(s.ordered, 0), coalesce(s.invoiced, 0)) LIMIT :most
""")
_TAKES = text("""
SELECT t.id, t.exposure_minor, t.limit_minor FROM credit_takes t JOIN credit_lines l ON l.id = t.line_id
WHERE t.exposure_minor > t.limit_minor OR t.exposure_minor < t.amount_minor
   OR (l.supplier_id, l.buyer_id, l.currency) IS DISTINCT FROM (t.supplier_id, t.buyer_id, t.currency) LIMIT :most
""")


@check("credit")
async def credit(session: AsyncSession) -> tuple[int, list[str]]:
    """What is used of credit is what was ordered on account and is not invoiced, and what is open of invoices; nothing was ever
    taken beyond the limit of its moment."""
    await session.execute(_PATIENTLY)
    most = {"most": MOST_TOLD}
    broken = [
        f"of {row.buyer_id} with {row.supplier_id}: {row.ordered_minor} ordered and {row.invoiced_minor} invoiced are not "
        f"{row.ordered} and {row.invoiced}"
        for row in (await session.execute(_EXPOSURES, most)).all()
    ]
    broken += [
        f"take {row.id} with {row.exposure_minor} of {row.limit_minor}"
        for row in (await session.execute(_TAKES, most)).all()
    ]
    return int(await session.scalar(_COUNT) or 0), broken
