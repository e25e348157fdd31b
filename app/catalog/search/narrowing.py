"""What a search is narrowed down by: the filters of a request as conditions of SQL on `public_products`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from app.catalog.search.finding import Statement

TOLERANCE = 0.005
"""A size that is asked for is found within half a percent: 8 in is 203.2 mm, and catalogues say 203."""


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high`, either may be open."""

    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True)
class Narrowing:
    """The filters of a search.

    `choices` are by facet (`category`, `supplier`, `country`, `certification`, `verified`, `stocked`, or an attribute's code)
    the values of which one must be met; `numbers` by attribute in its own unit; `price` in minor units of the reader's
    currency.
    """

    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    numbers: Mapping[str, Range] = field(default_factory=dict)
    price: Range | None = None
    lead_time_max: int | None = None

    @property
    def facets(self) -> tuple[str, ...]:
        """The facets that something was chosen of."""
        chosen = (*self.choices, *self.numbers)
        return (*chosen, *(["price"] if self.price else []), *(["lead_time"] if self.lead_time_max is not None else []))

    def without(self, facet: str) -> "Narrowing":
        """The same without what was chosen of a facet: what else could be chosen of it."""
        return replace(
            self,
            choices={code: values for code, values in self.choices.items() if code != facet},
            numbers={code: values for code, values in self.numbers.items() if code != facet},
            price=None if facet == "price" else self.price,
            lead_time_max=None if facet == "lead_time" else self.lead_time_max,
        )

    def conditions(self, statement: Statement, factors: Mapping[str, Decimal]) -> list[str]:
        """Conditions on a row. `factors` turn minor units of a currency into the reader's."""
        found = [
            f"facets && {statement.bind([f'{facet}={value}' for value in values])}::text[]"
            for facet, values in self.choices.items()
        ]
        for code, wanted in self.numbers.items():
            place = f"numbers->{statement.bind(code)}::text"
            if wanted.high is not None:
                found.append(f"({place}->>0)::float8 <= {statement.bind(float(wanted.high) * (1 + TOLERANCE))}::float8")
            if wanted.low is not None:
                found.append(f"({place}->>1)::float8 >= {statement.bind(float(wanted.low) * (1 - TOLERANCE))}::float8")
        if self.price is not None:
            found.append(self._price(statement, factors))
        if self.lead_time_max is not None:
            found.append(f"lead_time_days <= {statement.bind(self.lead_time_max)}::smallint")
        return found

    def _price(self, statement: Statement, factors: Mapping[str, Decimal]) -> str:
        """Each currency's own bounds, so that the index on prices serves them."""
        wanted = self.price or Range()
        lows, highs = [], []
        for factor in factors.values():
            lows.append(None if wanted.low is None else wanted.low / factor)
            highs.append(None if wanted.high is None else wanted.high / factor)
        return (
            f"EXISTS (SELECT 1 FROM unnest({statement.bind(list(factors))}::text[], {statement.bind(lows)}::numeric[], "
            f"{statement.bind(highs)}::numeric[]) AS b (currency, low, high) WHERE b.currency = price_currency "
            f"AND (b.low IS NULL OR price_minor >= b.low) AND (b.high IS NULL OR price_minor <= b.high))"
        )
