"""Which suppliers an inquiry of the demo market goes to, and which item of a catalogue a line asks for. Pure."""

from collections.abc import Sequence
from hashlib import sha256

from app.catalog import facade as catalog
from app.demo.inquiries.seeds import InquirySeed, LineSeed
from app.demo.market import load_products, load_suppliers
from app.demo.market.seeds import ProductSeed, ProductState, SupplierSeed, VariantSeed

MAKES = {
    "injection": "injection-moulds",
    "die_casting_high_pressure": "die-casting-dies",
    "stamping_progressive": "stamping-dies",
}


def invited_suppliers(seed: InquirySeed) -> list[SupplierSeed]:
    """As many as the inquiry asks for: those who make all of it first, of the preferred countries first."""

    def rank(supplier: SupplierSeed) -> tuple[int, int, str]:
        country = supplier.address.country
        preferred = seed.preferred_countries
        place = preferred.index(country) if country in preferred else len(preferred)
        return -sum(_supplies(supplier, line) for line in seed.lines), place, _shuffled(seed.code, supplier.code)

    able = [supplier for supplier in load_suppliers() if any(_supplies(supplier, line) for line in seed.lines)]
    return sorted(able, key=rank)[: seed.supplier_count]


def wanted_item(line: LineSeed, suppliers: Sequence[SupplierSeed]) -> tuple[SupplierSeed, VariantSeed] | None:
    """The item that the line means, of the first supplier who lists one."""
    for supplier in suppliers:
        for product in _listed(line, supplier):
            for variant in product.variants:
                if line.keyword is None or line.keyword in f"{variant.label} {variant.sku}":
                    return supplier, variant
    return None


def _supplies(supplier: SupplierSeed, line: LineSeed) -> bool:
    if line.spec is not None:
        wanted = MAKES[str(line.spec["process"])]
        return any(wanted in catalog.category_path(code) for code in supplier.capabilities)
    return bool(_listed(line, supplier))


def _listed(line: LineSeed, supplier: SupplierSeed) -> list[ProductSeed]:
    return [
        product
        for product in load_products()
        if product.supplier_code == supplier.code
        and product.state is ProductState.PUBLISHED
        and line.category_code in catalog.category_path(product.category_code)
    ]


def _shuffled(*words: str) -> str:
    return sha256(" ".join(words).encode()).hexdigest()
