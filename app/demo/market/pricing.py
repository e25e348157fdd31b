"""List prices of the demo market: plausible, repeatable, and nobody's real prices."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from app.demo.market.seeds import PriceTier, SupplierSeed

TIER_FACTORS = (Decimal("1"), Decimal("0.92"), Decimal("0.85"))

# How far a country's list prices lie from a German catalogue's, for the demo only.
PRICE_LEVELS = {
    "BR": Decimal("0.95"),
    "CN": Decimal("0.58"),
    "DE": Decimal("1.12"),
    "ES": Decimal("0.98"),
    "FR": Decimal("1.08"),
    "IT": Decimal("1.02"),
    "JP": Decimal("1.05"),
    "PT": Decimal("0.90"),
    "TW": Decimal("0.74"),
}

# Units of the currency to one euro of list price, and the number of its minor digits.
LIST_RATES = {
    "BRL": (Decimal("6.20"), 2),
    "CNY": (Decimal("7.80"), 2),
    "EUR": (Decimal("1"), 2),
    "JPY": (Decimal("165"), 0),
    "USD": (Decimal("1.09"), 2),
}

EXPORT_CURRENCIES = {"CN": "USD", "JP": "USD", "BR": "USD"}


def price_tiers(list_price_eur: Decimal, quantities: Sequence[int], supplier: SupplierSeed) -> tuple[PriceTier, ...]:
    """Tiers in the supplier's currency, and in dollars where the country's exporters quote so."""
    country = supplier.address.country
    currencies = [supplier.currency]
    if (export := EXPORT_CURRENCIES.get(country)) is not None:
        currencies.append(export)
    level = PRICE_LEVELS[country]
    return tuple(
        PriceTier(quantity, currency, _catalogue_price(list_price_eur * level * factor, currency))
        for currency in currencies
        for quantity, factor in zip(quantities, TIER_FACTORS, strict=False)
    )


def _catalogue_price(eur: Decimal, currency: str) -> int:
    """Minor units, rounded to three significant digits as a price list would print them."""
    rate, digits = LIST_RATES[currency]
    minor = eur * rate * 10**digits
    step = Decimal(10) ** max(0, minor.adjusted() - 2)
    return max(1, int((minor / step).quantize(Decimal(1), ROUND_HALF_UP) * step))
