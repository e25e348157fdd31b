"""Types of packages: a part of UN/ECE Recommendation 21."""

from dataclasses import dataclass
from functools import cache

from app.reference.errors import UnknownCode
from app.reference.loading import Confidence, names_of, yaml_rows


@dataclass(frozen=True, slots=True)
class PackageType:
    """What goods are packed in: its code of two characters and its names."""

    code: str
    names: dict[str, str]
    confidence: Confidence
    source: str
    edition: str


@cache
def package_types() -> dict[str, PackageType]:
    """Every type by its code."""
    return {row["code"]: PackageType(**{**row, "names": names_of(row)}) for row in yaml_rows("package_types.yaml")}


def is_package_type(code: str) -> bool:
    """Whether the code is one of them."""
    return code in package_types()


def package_type_name(code: str, locale: str) -> str:
    """The name of a type in a language. Raises UnknownCode."""
    try:
        return package_types()[code].names[locale]
    except KeyError:
        raise UnknownCode("package_types", code) from None
