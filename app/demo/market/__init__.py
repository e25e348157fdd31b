"""The demo market as pure data: who sells, what they sell, at which prices. No database, no clock, no chance.

`load_suppliers()` gives the invented suppliers, `load_products()` their 600 listings. Both read the YAML files beside
this module and give the same answer every time.
"""

from app.demo.market.expansion import load_products
from app.demo.market.profiles import load_profiles
from app.demo.market.seeds import (
    Address,
    AttributeValue,
    Contact,
    ListedRange,
    ListingText,
    PriceTier,
    ProductSeed,
    ProductState,
    RegistrationNumber,
    SupplierSeed,
    VariantSeed,
)
from app.demo.market.suppliers import load_suppliers

__all__ = [
    "Address",
    "AttributeValue",
    "Contact",
    "ListedRange",
    "ListingText",
    "PriceTier",
    "ProductSeed",
    "ProductState",
    "RegistrationNumber",
    "SupplierSeed",
    "VariantSeed",
    "load_products",
    "load_profiles",
    "load_suppliers",
]
