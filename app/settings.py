"""Every setting of the process, read once from the environment and then frozen.

Variables carry the prefix `PARTINGLINE_`, except `DATABASE_URL`, which hosting platforms set by that name.
"""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

import stdnum.iban
from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError


class HouseBankAccount(BaseModel):
    """An account of the house at a bank: an IBAN where its bank has them, or the account's number."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    holder: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=140)]
    account: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{4,34}$")]
    bic: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{8}([A-Z0-9]{3})?$")] | None = None

    @field_validator("account")
    @classmethod
    def _is_mistyped_nowhere(cls, account: str) -> str:
        if account[:2].isalpha() and not stdnum.iban.is_valid(account):
            raise ValueError("an account that begins with two letters is an IBAN, and this one is none")
        return account


class Settings(BaseSettings):
    """Frozen process settings. Secrets are `SecretStr`, so that no log line can show them."""

    model_config = SettingsConfigDict(env_prefix="PARTINGLINE_", frozen=True, extra="ignore")

    database_url: SecretStr = Field(
        default=SecretStr(""),
        validation_alias="DATABASE_URL",
        description="Administrative PostgreSQL URL: it may create roles. Only `migrate` needs it when the role URLs are given.",
    )
    app_database_url: SecretStr | None = Field(default=None, description="URL of the `app` role; derived when unset.")
    worker_database_url: SecretStr | None = Field(
        default=None, description="URL of the `worker` role; derived when unset."
    )
    reader_database_url: SecretStr | None = Field(
        default=None, description="URL of the `reader` role; derived when unset."
    )
    auditor_database_url: SecretStr | None = Field(
        default=None, description="URL of the `auditor` role; derived when unset."
    )
    backoffice_database_url: SecretStr | None = Field(
        default=None, description="URL of the `backoffice` role; derived when unset."
    )
    secret_key: SecretStr = Field(
        default=SecretStr(""),
        description="Root of every derived secret (token signing, stored secrets, role passwords); at least 32 characters.",
    )
    environment: Literal["development", "production"] = Field(
        default="production", description="`development` allows plain HTTP callbacks and shows the API documentation."
    )
    public_url: str = Field(
        default="http://127.0.0.1:8000", description="Where users reach this installation; no slash at its end."
    )
    data_dir: Path = Field(
        default=Path(".partingline"), description="Folder of uploaded files, logs and the embedded database."
    )
    pool_size: int = Field(default=10, ge=1, le=200, description="Database connections a process keeps per role.")
    statement_timeout_ms: int = Field(
        default=15_000, ge=100, description="The longest a request's SQL statement may run."
    )
    max_body_bytes: int = Field(default=1_048_576, ge=1024, description="The largest JSON body accepted.")
    max_batch_bytes: int = Field(default=16_777_216, ge=1024, description="The largest batch of events accepted.")
    max_upload_bytes: int = Field(default=52_428_800, ge=1024, description="The largest uploaded file accepted.")
    document_quota_bytes: int = Field(
        default=10 * 1024**3,
        ge=1024,
        description="What an organization's documents may take up, unless it has a quota of its own.",
    )
    trusted_proxies: tuple[str, ...] = Field(default=(), description="Addresses whose X-Forwarded-For is believed.")
    throttle_login: bool = Field(
        default=True, description="Slow down guessing of passwords; switched off only for load tests."
    )
    client_requests_per_minute: int = Field(
        default=600, ge=1, le=1_000_000, description="How often an API client may ask in a minute, in the long run."
    )
    client_burst: int = Field(
        default=120, ge=1, le=1_000_000, description="How often an API client may ask at once after a rest."
    )
    stream_seconds: int = Field(
        default=300,
        ge=1,
        le=3600,
        description="How long an answer that tells news live lasts before its reader asks again.",
    )
    access_token_minutes: int = Field(default=15, ge=1, le=120, description="Life of an access token.")
    refresh_token_days: int = Field(default=30, ge=1, le=365, description="Life of a refresh token family without use.")
    smtp_host: str = Field(default="127.0.0.1", description="Mail relay.")
    smtp_port: int = Field(default=1025, description="Port of the mail relay.")
    smtp_tls: Literal["none", "starttls", "tls"] = Field(default="none", description="How the mail relay is spoken to.")
    smtp_username: str | None = Field(default=None, description="User name at the mail relay.")
    smtp_password: SecretStr | None = Field(default=None, description="Password at the mail relay.")
    mail_from: str = Field(default="Partingline <no-reply@partingline.example>", description="Sender of every mail.")
    webhook_allowed_networks: tuple[str, ...] = Field(
        default=(), description="Private networks (CIDR) that webhooks may be sent to; none by default."
    )
    media_allowed_networks: tuple[str, ...] = Field(
        default=(),
        description="Private networks (CIDR) that pictures and drawings may be fetched from; none by default.",
    )
    translation_url: str | None = Field(
        default=None, description="A LibreTranslate-compatible service; the glossary alone when unset."
    )
    translation_api_key: SecretStr | None = Field(default=None, description="Key of the translation service.")
    fx_rates_url: str | None = Field(
        default=None,
        description="Where euro reference rates are fetched on working days, such as "
        "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml; none are fetched when unset.",
    )
    house_currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = Field(
        default="EUR", description="The currency in which the house reckons what it gains and loses by others."
    )
    house_bank_accounts: tuple[HouseBankAccount, ...] = Field(
        default=(),
        description="The house's accounts that payers may transfer to, as JSON: a list of objects with `currency`, `holder`, "
        "`account` and `bic`, the last only where there is one.",
    )
    stripe_secret_key: SecretStr | None = Field(
        default=None,
        description="Secret key of the Stripe account that payments go through; a local provider when unset.",
    )
    stripe_webhook_secrets: SecretStr | None = Field(
        default=None,
        description="Signing secrets of the endpoint that Stripe sends events to; several, with spaces between, during a change.",
    )
    stripe_api_base: str = Field(
        default="https://api.stripe.com",
        description="Where Stripe is asked; plain HTTP only in `development`, and only on this machine.",
    )
    einvoice_rules_dir: Path | None = Field(
        default=None,
        description="Folder of further rule sets that electronic invoices must keep; the program's own alone when unset.",
    )
    log_format: Literal["json", "console"] = Field(default="json", description="Shape of the log lines.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least severity logged."
    )
    telemetry: bool = Field(default=False, description="Send OpenTelemetry traces (needs the `telemetry` extra).")
    metrics_token: SecretStr | None = Field(
        default=None, description="Bearer token of /metrics; without it only loopback may read."
    )

    @field_validator(
        "database_url",
        "app_database_url",
        "worker_database_url",
        "reader_database_url",
        "auditor_database_url",
        "backoffice_database_url",
    )
    @classmethod
    def _names_a_postgresql(cls, url: SecretStr | None) -> SecretStr | None:
        """Refuse what is no PostgreSQL URL, without repeating it: a password may stand in it."""
        if url is None or not url.get_secret_value():
            return url
        try:
            backend = make_url(url.get_secret_value()).get_backend_name()
        except (ArgumentError, ValueError):
            backend = ""
        if backend not in ("postgresql", "postgres"):
            raise ValueError("a PostgreSQL URL is needed, such as postgresql://user:password@host:5432/partingline")
        return url

    @model_validator(mode="after")
    def _asks_stripe_safely(self) -> Self:
        """Keys and payments never travel in plain text, but for a test server on this machine."""
        base = urlsplit(self.stripe_api_base)
        is_test_server = (
            self.environment == "development"
            and base.scheme == "http"
            and base.hostname in ("127.0.0.1", "::1", "localhost")
        )
        if (base.scheme != "https" and not is_test_server) or not base.hostname or base.path or base.query:
            raise ValueError("PARTINGLINE_STRIPE_API_BASE is to be https://host, without a slash at its end")
        return self


@lru_cache
def get_settings() -> Settings:
    """The settings of this process."""
    return Settings()
