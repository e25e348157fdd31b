"""Formats of locales, units, currencies and countries, and the functions that display values by them."""

import sqlalchemy as sa
from alembic import op

from app.kit.db.policies import APP, AUDITOR, READER, WORKER, grant

revision = "20261126_1450"
down_revision = "20261126_1410"
branch_labels = None
depends_on = None

TABLES = ("locale_formats", "unit_formats", "currency_formats", "country_names", "steel_families", "rate_editions")

# Of values: what is not inlined is PL/pgSQL, whose plain expressions cost less to start than a query.
NUMBERS = """
CREATE FUNCTION round_half_even(value numeric, places integer) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT COST 1 AS $$
DECLARE
    scaled numeric := value * ('1e' || places)::numeric;
    whole numeric := trunc(scaled);
BEGIN
    IF abs(scaled - whole) > 0.5 OR (abs(scaled - whole) = 0.5 AND mod(whole, 2) <> 0) THEN
        whole := whole + sign(scaled);
    END IF;
    RETURN round(whole * ('1e-' || places)::numeric, places);
END $$;

CREATE FUNCTION convert_shown(
    value numeric, numerator numeric, shift numeric, denominator numeric, places integer, least_places integer
) RETURNS numeric LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT COST 1 AS $$
DECLARE
    kept integer := greatest(least_places, least(6, greatest(0, min_scale(value) + places)));
    scaled numeric := (value * numerator + shift) * ('1e' || kept)::numeric;
    whole numeric := div(scaled, denominator);
    twice_rest numeric := 2 * abs(scaled - whole * denominator);
BEGIN
    IF twice_rest > denominator OR (twice_rest = denominator AND mod(whole, 2) <> 0) THEN
        whole := whole + sign(scaled);
    END IF;
    RETURN round(whole * ('1e-' || kept)::numeric, kept);
END $$;

-- Stable, as to_char is: an immutable function would not be inlined.
CREATE FUNCTION format_number(value numeric, separators text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE
    WHEN abs(value) < 1000 THEN translate(trim_scale(value)::text, '.', right(separators, 1))
    ELSE translate(
        rtrim(to_char(value, 'FM999,999,999,999,999,999,999,999,999,990.999999'), '.'), ',.', separators)
END;

CREATE FUNCTION plural_form(rule smallint, value numeric) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE rule
    WHEN 1 THEN CASE WHEN abs(value) = 1 AND scale(value) = 0 THEN 2 ELSE 6 END
    WHEN 2 THEN CASE
        WHEN abs(value) = 1 THEN 2
        WHEN value <> 0 AND scale(value) = 0 AND mod(value, 1000000) = 0 THEN 5 ELSE 6 END
    WHEN 3 THEN CASE
        WHEN abs(value) < 2 THEN 2
        WHEN scale(value) = 0 AND mod(value, 1000000) = 0 THEN 5 ELSE 6 END
    WHEN 4 THEN CASE
        WHEN value = 0 THEN 1
        WHEN abs(value) = 1 THEN 2
        WHEN abs(value) = 2 THEN 3
        WHEN value <> trunc(value) THEN 6
        WHEN mod(abs(value), 100) BETWEEN 3 AND 10 THEN 4
        WHEN mod(abs(value), 100) BETWEEN 11 AND 99 THEN 5 ELSE 6 END
    ELSE 6
END;
"""

QUANTITIES = """
CREATE FUNCTION shown_value(
    value numeric, numerator numeric, shift numeric, denominator numeric, places smallint, least_places smallint
) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN denominator IS NOT NULL THEN convert_shown(value, numerator, shift, denominator, places, least_places)
    WHEN scale(value) > 6 THEN round_half_even(value, 6)
    ELSE value
END;

CREATE FUNCTION unit_pattern(shown numeric, forms text[], plural_rule smallint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN cardinality(forms) = 1 THEN forms[1] ELSE forms[plural_form(plural_rule, shown)] END;

-- The functions that return a table are inlined into the query that calls them in FROM.
CREATE FUNCTION quantity_text(value numeric, unit text, locale text, system text) RETURNS TABLE (text text)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT replace(unit_pattern(s.shown, u.forms, u.plural_rule), '{0}', format_number(s.shown, u.separators))
    FROM unit_formats u, LATERAL (
        SELECT shown_value(quantity_text.value, u.numerator, u.shift, u.denominator, u.places, u.least_places) AS shown
        OFFSET 0) s
    WHERE u.unit = quantity_text.unit AND u.locale = quantity_text.locale AND u.system = quantity_text.system;
END;

CREATE FUNCTION range_text(low numeric, high numeric, unit text, locale text, system text) RETURNS TABLE (text text)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT CASE
        WHEN s.low = s.high THEN replace(unit_pattern(s.high, u.forms, u.plural_rule), '{0}', format_number(s.high, u.separators))
        ELSE replace(
            CASE WHEN unit_pattern(s.high, u.forms, u.plural_rule) LIKE '%{0}%'
                THEN unit_pattern(s.high, u.forms, u.plural_rule) ELSE u.forms[6] END,
            '{0}',
            CASE WHEN u.isolated THEN U&'\\2068' ELSE '' END
                || format_number(s.low, u.separators) || U&'\\2013' || format_number(s.high, u.separators)
                || CASE WHEN u.isolated THEN U&'\\2069' ELSE '' END
        )
    END
    FROM unit_formats u,
        LATERAL (
            SELECT shown_value(range_text.low, u.numerator, u.shift, u.denominator, u.places, u.least_places) AS low,
                   shown_value(range_text.high, u.numerator, u.shift, u.denominator, u.places, u.least_places) AS high
            OFFSET 0
        ) s
    WHERE u.unit = range_text.unit AND u.locale = range_text.locale AND u.system = range_text.system;
END;

CREATE FUNCTION money_text(amount_minor bigint, currency text, locale text) RETURNS TABLE (text text)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT replace(
        CASE WHEN amount_minor < 0 THEN c.negative ELSE c.positive END, '{0}',
        translate(to_char(abs(amount_minor) * c.one_minor, c.mask), ',.', c.separators)
    )
    FROM currency_formats c
    WHERE c.currency = money_text.currency AND c.locale = money_text.locale;
END;
"""

# For whoever wants one text in a statement of his own.
DISPLAY = """
CREATE FUNCTION display_number(value numeric, locale text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT format_number(CASE WHEN scale(value) > 6 THEN round_half_even(value, 6) ELSE value END, l.separators)
    FROM locale_formats l WHERE l.locale = display_number.locale;
END;

CREATE FUNCTION display_quantity(value numeric, unit text, locale text, system text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT q.text FROM quantity_text(value, unit, locale, system) q;
END;

CREATE FUNCTION display_range(low numeric, high numeric, unit text, locale text, system text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT r.text FROM range_text(low, high, unit, locale, system) r;
END;

CREATE FUNCTION display_money(amount_minor bigint, currency text, locale text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT m.text FROM money_text(amount_minor, currency, locale) m;
END;
"""

RATES = """
-- Counts the changes of the rates: what was converted by them is another answer afterwards.
INSERT INTO rate_editions (only_row, number) VALUES (true, 0);

CREATE FUNCTION count_rate_edition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE rate_editions SET number = number + 1;
    RETURN NULL;
END $$;

CREATE TRIGGER fx_rates_edition AFTER INSERT OR UPDATE OR DELETE ON fx_rates
    FOR EACH STATEMENT EXECUTE FUNCTION count_rate_edition();

-- The latest rate of a pair until today, in the direction it was loaded or turned round.
CREATE FUNCTION pair_rate(source text, target text) RETURNS TABLE (rate numeric, on_date date)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT found.rate, found.on_date
    FROM (
        (SELECT 0 AS turned, f.rate::numeric, f.on_date FROM fx_rates f
         WHERE f.base = pair_rate.source AND f.quote = pair_rate.target AND f.on_date <= (app_now() AT TIME ZONE 'UTC')::date
         ORDER BY f.on_date DESC LIMIT 1)
        UNION ALL
        (SELECT 1, round(1.000000000000000000000000 / f.rate, 12), f.on_date FROM fx_rates f
         WHERE f.base = pair_rate.target AND f.quote = pair_rate.source AND f.on_date <= (app_now() AT TIME ZONE 'UTC')::date
         ORDER BY f.on_date DESC LIMIT 1)
    ) found
    ORDER BY found.turned LIMIT 1;
END;

-- How many of `target` one `source` buys: direct, turned round, or by way of the euro, dated by its older half.
CREATE FUNCTION latest_rate(source text, target text) RETURNS TABLE (rate numeric, on_date date)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT found.rate, found.on_date
    FROM (
        (SELECT 0 AS crossed, p.rate, p.on_date FROM pair_rate(latest_rate.source, latest_rate.target) p)
        UNION ALL
        (SELECT 1, round_half_even(a.rate * b.rate, 12), least(a.on_date, b.on_date)
         FROM pair_rate(latest_rate.source, 'EUR') a, pair_rate('EUR', latest_rate.target) b)
    ) found
    ORDER BY found.crossed LIMIT 1;
END;
"""


def upgrade() -> None:
    _tables()
    for table in TABLES:
        # The same for everybody; only a migration writes them.
        grant(table, ("SELECT",), APP, WORKER, READER, AUDITOR)
    grant("rate_editions", ("UPDATE",), APP)
    for functions in (NUMBERS, QUANTITIES, DISPLAY, RATES):
        op.execute(functions)


def _tables() -> None:
    code = {"collation": "C"}
    op.create_table(
        "locale_formats",
        sa.Column("locale", sa.String(8, **code), nullable=False),
        sa.Column("second", sa.String(8, **code), nullable=True),
        sa.Column("third", sa.String(8, **code), nullable=True),
        sa.Column("separators", sa.String(2), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("locale", name=op.f("pk_locale_formats")),
    )
    op.create_table(
        "unit_formats",
        sa.Column("unit", sa.String(3, **code), nullable=False),
        sa.Column("locale", sa.String(8, **code), nullable=False),
        sa.Column("system", sa.String(6, **code), nullable=False),
        sa.Column("shown_unit", sa.String(3, **code), nullable=False),
        sa.Column("numerator", sa.Numeric(), nullable=True),
        sa.Column("shift", sa.Numeric(), nullable=True),
        sa.Column("denominator", sa.Numeric(), nullable=True),
        sa.Column("places", sa.SmallInteger(), nullable=False),
        sa.Column("least_places", sa.SmallInteger(), nullable=False),
        sa.Column("forms", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("plural_rule", sa.SmallInteger(), nullable=False),
        sa.Column("separators", sa.String(2), nullable=False),
        sa.Column("isolated", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("unit", "locale", "system", name=op.f("pk_unit_formats")),
    )
    op.create_table(
        "currency_formats",
        sa.Column("currency", sa.String(3, **code), nullable=False),
        sa.Column("locale", sa.String(8, **code), nullable=False),
        sa.Column("exponent", sa.SmallInteger(), nullable=False),
        sa.Column("one_minor", sa.Numeric(), nullable=False),
        sa.Column("mask", sa.String(60), nullable=False),
        sa.Column("positive", sa.String(40), nullable=False),
        sa.Column("negative", sa.String(40), nullable=False),
        sa.Column("separators", sa.String(2), nullable=False),
        sa.PrimaryKeyConstraint("currency", "locale", name=op.f("pk_currency_formats")),
    )
    op.create_table(
        "country_names",
        sa.Column("country", sa.String(2, **code), nullable=False),
        sa.Column("locale", sa.String(8, **code), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.PrimaryKeyConstraint("country", "locale", name=op.f("pk_country_names")),
    )
    op.create_table(
        "steel_families",
        sa.Column("steel", sa.String(40, **code), nullable=False),
        sa.Column("family", sa.String(40, **code), nullable=False),
        sa.Column("relation", sa.String(8, **code), nullable=True),
        sa.PrimaryKeyConstraint("steel", name=op.f("pk_steel_families")),
    )
    op.create_table(
        "rate_editions",
        sa.Column("only_row", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("only_row", name=op.f("ck_rate_editions_only_row")),
        sa.PrimaryKeyConstraint("only_row", name=op.f("pk_rate_editions")),
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER fx_rates_edition ON fx_rates; DROP FUNCTION count_rate_edition()")
    for name in ("latest_rate", "pair_rate", "display_money", "display_range", "display_quantity", "display_number",
                 "money_text", "range_text", "quantity_text", "unit_pattern", "shown_value", "plural_form",
                 "format_number", "convert_shown", "round_half_even"):  # fmt: skip
        op.execute(f"DROP FUNCTION {name}")
    for table in TABLES:
        op.drop_table(table)
