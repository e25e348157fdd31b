"""The settings as a list."""

from pydantic import SecretStr
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from app.settings import Settings


def show() -> None:
    """Print each setting's environment variable, default and meaning; never its present value."""
    prefix = Settings.model_config.get("env_prefix", "")
    console = Console(highlight=False)
    for name, field in Settings.model_fields.items():
        variable = str(field.validation_alias or f"{prefix}{name}".upper())
        default = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
        shown = "" if default in (None, "", ()) else str(default)
        console.print(f"[bold]{variable}[/]={escape(shown)}", soft_wrap=True)
        console.print(Padding(escape(field.description or ""), (0, 0, 0, 4)))
