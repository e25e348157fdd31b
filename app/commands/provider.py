"""The demo's own payment provider, as commands find it: where it listens, and the keys that were made for it."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path

HOST = "127.0.0.1"
KEPT_IN = "payment_provider.json"
KEY = "PARTINGLINE_STRIPE_SECRET_KEY"
EMBEDDED = "embedded"


@dataclass(frozen=True)
class KeptProvider:
    """What is kept of it, for nobody else to read. `database` says whose payments it knows."""

    port: int
    database: str
    secret_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)

    @property
    def address(self) -> str:
        """Where it is asked."""
        return f"http://{HOST}:{self.port}"

    def variables(self) -> dict[str, str]:
        """The settings by which a process asks it."""
        return {
            KEY: self.secret_key,
            "PARTINGLINE_STRIPE_API_BASE": self.address,
            "PARTINGLINE_STRIPE_WEBHOOK_SECRETS": self.webhook_secret,
        }


def kept_provider(data_dir: Path) -> KeptProvider | None:
    """What the folder keeps of one, if it does."""
    try:
        return KeptProvider(**json.loads((data_dir / KEPT_IN).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def keep_provider(data_dir: Path, port: int, database: str) -> KeptProvider:
    """Keep where it listens from now on; its keys are made at random, once."""
    kept = kept_provider(data_dir)
    secret_key = kept.secret_key if kept else f"sk_test_{secrets.token_urlsafe(32)}"
    webhook_secret = kept.webhook_secret if kept else f"whsec_{secrets.token_urlsafe(32)}"
    made = KeptProvider(port, database, secret_key, webhook_secret)
    partial = data_dir / f"{KEPT_IN}.{os.getpid()}"
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(json.dumps(asdict(made)))
    partial.replace(data_dir / KEPT_IN)
    return made


def database_name(environment: Mapping[str, str], *, embedded: bool) -> str:
    """What tells one database from another, without its password."""
    return EMBEDDED if embedded else sha256(environment.get("DATABASE_URL", "").encode()).hexdigest()


def variables_of_demo(data_dir: Path, environment: Mapping[str, str], *, embedded: bool) -> dict[str, str]:
    """The settings that lead to the provider to which a demo in this folder has paid; none where the operator has said otherwise.

    It answers while the demo runs. When it does not run, it gives no answer, rather than that another one is asked which knows
    nothing of those payments.
    """
    if environment.get(KEY) or environment.get("PARTINGLINE_ENVIRONMENT") != "development":
        return {}
    kept = kept_provider(data_dir)
    is_its = kept is not None and kept.database == database_name(environment, embedded=embedded)
    return kept.variables() if kept is not None and is_its else {}
