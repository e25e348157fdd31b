"""`partingline found-operator`: the only way in which an operator comes to be."""

import os
from collections.abc import Iterator

import psycopg
import pytest
from typer.testing import CliRunner, Result

from app.cli import cli
from app.settings import Settings, get_settings
from tests.market import Market

PASSWORD = "a password of five words"
FIRM = ["--name", "例子市场有限公司", "--name-latin", "Example Market Ltd.", "--country", "CN", "--city", "Dongguan"]
FIRM += ["--street", "Changan Road 1", "--owner", "Ada Example", "--locale", "zh-Hans", "--time-zone", "Asia/Shanghai"]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[CliRunner]:
    """The command line with this test's database in its environment."""
    for name in list(os.environ):
        if name.startswith("PARTINGLINE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("DATABASE_URL", settings.database_url.get_secret_value())
    monkeypatch.setenv("PARTINGLINE_SECRET_KEY", settings.secret_key.get_secret_value())
    monkeypatch.setenv("COLUMNS", "200")
    get_settings.cache_clear()
    yield CliRunner()
    get_settings.cache_clear()


def found(run: CliRunner, *more: str, password: str = PASSWORD, email: str = "ada@example.org") -> Result:
    return run.invoke(cli, ["found-operator", *FIRM, "--email", email, *more], input=f"{password}\n")


def count(owner: psycopg.Connection[tuple[object, ...]], table: str) -> object:
    row = owner.execute(f"SELECT count(*) FROM {table}").fetchone()
    return row[0] if row else None


def test_the_operator_exists_and_is_nothing_else(run: CliRunner, owner: psycopg.Connection[tuple[object, ...]]) -> None:
    result = found(run)
    assert result.exit_code == 0, result.output
    assert "example-market-ltd" in result.output
    assert PASSWORD not in result.output
    assert owner.execute("SELECT legal_name_local, roles FROM organizations").fetchall() == [
        ("例子市场有限公司", ["operator"])
    ]
    again = found(run)
    assert again.exit_code == 1
    assert count(owner, "organizations") == 1, again.output


async def test_its_owner_operates(run: CliRunner, market: Market) -> None:
    # The command has an event loop of its own, so it runs as a thread does.
    import asyncio

    assert (await asyncio.to_thread(found, run)).exit_code == 0
    form = {"grant_type": "password", "username": "ada@example.org", "password": PASSWORD}
    tokens = (await market.nobody.post("/v1/auth/token", data=form)).json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    answer = await market.nobody.get("/v1/operator/organizations", headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("more", "password", "said"),
    [
        (("--country", "ZZ"), PASSWORD, "/organization/country"),
        (("--name-latin", "例子"), PASSWORD, "/organization/legal_name_latin"),
        (("--time-zone", "Mars/Base"), PASSWORD, "/owner/time_zone"),
        ((), "short", "/owner/password"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(
    run: CliRunner, owner: psycopg.Connection[tuple[object, ...]], more: tuple[str, ...], password: str, said: str
) -> None:
    result = found(run, *more, password=password)
    assert result.exit_code == 1
    assert said in result.output
    assert "Traceback" not in result.output
    assert count(owner, "organizations") == count(owner, "people") == 0
