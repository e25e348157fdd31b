"""What the forty suppliers say of themselves: capabilities, machines, certificates."""

from functools import cache
from typing import Any

from app.demo.market.files import HERE, read_yaml
from app.demo.market.seeds import CertificateSeed, MachineSeed, SupplierProfileSeed


@cache
def load_profiles() -> dict[str, SupplierProfileSeed]:
    """Every supplier's profile by his code."""
    return {code: _profile(row) for code, row in read_yaml(HERE / "profiles.yaml")["profiles"].items()}


def _profile(row: dict[str, Any]) -> SupplierProfileSeed:
    nested: dict[str, Any] = {
        "languages": tuple(row["languages"]),
        "capabilities": tuple(row["capabilities"]),
        "machines": tuple(MachineSeed(**machine) for machine in row["machines"]),
        "certificates": tuple(CertificateSeed(**certificate) for certificate in row["certificates"]),
    }
    return SupplierProfileSeed(**{**row, **nested})
