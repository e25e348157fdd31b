"""The forty invented suppliers."""

from functools import cache
from typing import Any

from app.demo.market.files import HERE, read_yaml
from app.demo.market.seeds import Address, Contact, RegistrationNumber, SupplierSeed


@cache
def load_suppliers() -> tuple[SupplierSeed, ...]:
    """Every supplier, in the order of the file."""
    return tuple(_supplier(row) for row in read_yaml(HERE / "suppliers.yaml")["suppliers"])


def _supplier(row: dict[str, Any]) -> SupplierSeed:
    nested: dict[str, Any] = {
        "address": Address(**row["address"]),
        "registration_numbers": tuple(RegistrationNumber(**number) for number in row["registration_numbers"]),
        "capabilities": tuple(row["capabilities"]),
        "contacts": tuple(Contact(**contact) for contact in row["contacts"]),
    }
    return SupplierSeed(**{**row, **nested})
