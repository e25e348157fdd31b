"""Reading the market's YAML files."""

from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent


def read_yaml(path: Path) -> Any:
    """Read with libyaml where PyYAML was built with it: some ten times quicker."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with path.open("rb") as stream:
        return yaml.load(stream, Loader=loader)  # noqa: S506 - both are safe loaders
