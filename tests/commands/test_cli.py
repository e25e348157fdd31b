"""The `partingline` command as an operator meets it: its help, and its sentences when something is wrong."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli import cli
from app.commands import installation
from app.commands.failures import sentence
from app.settings import Settings, get_settings

COMMANDS = ("serve", "worker", "migrate", "seed", "verify", "tour", "demo", "settings", "found-operator", "solve")


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[pytest.MonkeyPatch]:
    """No setting from outside, and a folder of its own, in which nothing may appear unless it should."""
    for name in list(os.environ):
        if name == "DATABASE_URL" or name.startswith("PARTINGLINE_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    get_settings.cache_clear()
    terminated = signal.getsignal(signal.SIGTERM)
    yield monkeypatch
    signal.signal(signal.SIGTERM, terminated)
    get_settings.cache_clear()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def use_database(environment: pytest.MonkeyPatch, settings: Settings) -> None:
    environment.setenv("DATABASE_URL", settings.database_url.get_secret_value())
    environment.setenv("PARTINGLINE_SECRET_KEY", settings.secret_key.get_secret_value())


def test_help_names_every_command_and_each_has_its_own() -> None:
    overview = run("--help")
    assert overview.exit_code == 0
    for command in COMMANDS:
        assert f" {command} " in overview.output
        own = run(command, "--help")
        assert own.exit_code == 0
        assert len(own.output.splitlines()) > 5
    assert "DATABASE_URL" in overview.output


def test_settings_are_listed_without_their_values(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PARTINGLINE_SECRET_KEY", "what nobody may see, not even here")
    said = run("settings").output
    assert "DATABASE_URL=" in said
    for name in Settings.model_fields:
        assert name == "database_url" or f"PARTINGLINE_{name.upper()}=" in said
    assert "nobody may see" not in said


def test_a_missing_secret_key_is_said(environment: pytest.MonkeyPatch, settings: Settings, tmp_path: Path) -> None:
    environment.setenv("DATABASE_URL", settings.database_url.get_secret_value())
    result = run("migrate")
    assert result.exit_code == 1
    assert "Set PARTINGLINE_SECRET_KEY" in result.output
    assert not (tmp_path / ".partingline").exists(), "with DATABASE_URL nothing embedded may start"


def test_a_database_that_is_not_there_is_said(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("DATABASE_URL", "postgresql://somebody:a-secret-word@127.0.0.1:1/nowhere")
    environment.setenv("PARTINGLINE_SECRET_KEY", "long enough to derive something from it")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free_port = str(probe.getsockname()[1])
    for command in (["migrate"], ["serve", "--port", free_port], ["worker"]):
        result = run(*command)
        assert result.exit_code == 1
        assert "PostgreSQL does not let us in" in result.output
        assert "a-secret-word" not in result.output
        assert "Traceback" not in result.output
    assert not (tmp_path / ".partingline").exists()


@pytest.mark.parametrize(
    "url", ["nowhere", "mysql://u:a-secret-word@h/x", "postgresql://u:a-secret-word@h:port/x", "://"]
)
def test_what_is_no_postgresql_is_said(environment: pytest.MonkeyPatch, url: str) -> None:
    environment.setenv("DATABASE_URL", url)
    result = run("migrate")
    assert result.exit_code == 1
    assert "DATABASE_URL: a PostgreSQL URL is needed" in result.output
    assert "a-secret-word" not in result.output


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_data_folder_that_cannot_be_is_said(environment: pytest.MonkeyPatch, tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("in the way")
    environment.setenv("PARTINGLINE_DATA_DIR", str(tmp_path / place))
    result = run("demo", "--exit")
    assert result.exit_code == 1
    assert "Set PARTINGLINE_DATA_DIR to a folder of yours" in result.output


def test_an_old_server_is_refused_in_a_sentence(environment: pytest.MonkeyPatch, settings: Settings) -> None:
    use_database(environment, settings)
    environment.setattr(installation, "LEAST_SERVER", 99)
    environment.setattr("app.kit.db.migrate.LEAST_SERVER", 99)
    for command in ("migrate", "worker"):
        result = run(command)
        assert result.exit_code == 1
        assert "Partingline needs 99 or newer" in result.output


def test_a_wrong_setting_is_named_without_its_value(environment: pytest.MonkeyPatch, settings: Settings) -> None:
    use_database(environment, settings)
    environment.setenv("PARTINGLINE_POOL_SIZE", "plenty")
    result = run("migrate")
    assert result.exit_code == 1
    assert "pool_size" in result.output
    assert "plenty" not in result.output


def test_verify_fails_when_it_looked_at_nothing(environment: pytest.MonkeyPatch, settings: Settings) -> None:
    use_database(environment, settings)
    result = run("verify")
    assert result.exit_code == 1
    assert "looked at nothing" in result.output
    assert run("verify", "--empty-ok").exit_code == 0


def test_a_defect_keeps_its_traceback() -> None:
    assert sentence(ZeroDivisionError()) is None


def test_the_secret_of_an_embedded_installation_is_made_once(tmp_path: Path) -> None:
    first = installation._kept_secret(tmp_path / "secret_key")
    assert len(first) >= 32
    assert installation._kept_secret(tmp_path / "secret_key") == first
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]
