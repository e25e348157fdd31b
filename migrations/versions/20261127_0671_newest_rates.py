"""Indications in the reader's currency by the newest way: straight, turned round or across the euro."""

from alembic import op

revision = "20261127_0671"
down_revision = "20261127_0670"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(PAIR)
    op.execute(LATEST)


PAIR = """
CREATE OR REPLACE FUNCTION pair_rate(source text, target text) RETURNS TABLE (rate numeric, on_date date)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT found.rate, found.on_date
    FROM (
        (SELECT 0 AS turned, f.rate::numeric, f.on_date FROM fx_rates f
         WHERE f.base = pair_rate.source AND f.quote = pair_rate.target AND f.on_date <= (app_now() AT TIME ZONE 'UTC')::date
         ORDER BY f.on_date DESC, f.loaded_at DESC, f.source LIMIT 1)
        UNION ALL
        (SELECT 1, round(1.000000000000000000000000 / f.rate, 12), f.on_date FROM fx_rates f
         WHERE f.base = pair_rate.target AND f.quote = pair_rate.source AND f.on_date <= (app_now() AT TIME ZONE 'UTC')::date
         ORDER BY f.on_date DESC, f.loaded_at DESC, f.source LIMIT 1)
    ) found
    ORDER BY found.on_date DESC, found.turned LIMIT 1;
END;
"""

LATEST = """
CREATE OR REPLACE FUNCTION latest_rate(source text, target text) RETURNS TABLE (rate numeric, on_date date)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT found.rate, found.on_date
    FROM (
        (SELECT 0 AS crossed, p.rate, p.on_date FROM pair_rate(latest_rate.source, latest_rate.target) p)
        UNION ALL
        (SELECT 1, round_half_even(a.rate * b.rate, 12), least(a.on_date, b.on_date)
         FROM pair_rate(latest_rate.source, 'EUR') a, pair_rate('EUR', latest_rate.target) b)
    ) found
    ORDER BY found.on_date DESC, found.crossed LIMIT 1;
END;
"""
