"""People with passwords, for the tests of this room."""

import itertools
from typing import Any

import httpx
import pyotp

from tests.market import Caller, Market

PASSWORD = "correct horse battery staple"
_numbers = itertools.count(1)


def registration(**changes: Any) -> dict[str, Any]:
    """A registration form; `changes` go to the organization."""
    number = next(_numbers)
    organization = {
        "legal_name_local": "模具制造有限公司",
        "legal_name_latin": f"Ningbo Mould Making {number} Co., Ltd.",
        "country": "CN",
        "city": "Ningbo",
        "roles": ["supplier"],
        "locale": "zh-Hans",
        "address": {"street": "1 Mould Road", "postal_code": "315000"},
        "registration_numbers": [{"kind": "uscc", "number": "91110000600037341L"}],
    }
    owner = {
        "email": f"owner{number}@supplier.example",
        "name": "王伟",
        "password": PASSWORD,
        "locale": "zh-Hans",
    }
    return {"organization": organization | changes, "owner": owner}


async def registered(market: Market, **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Register: the form and the answer."""
    form = registration(**changes)
    answer = await market.nobody.post("/v1/organizations", json=form)
    assert answer.status_code == 201, answer.text
    return form, answer.json()


async def token(market: Market, **fields: Any) -> httpx.Response:
    """Ask the token endpoint."""
    return await market.nobody.post("/v1/auth/token", data={"grant_type": "password"} | fields)


async def signed_in(market: Market, **changes: Any) -> "Person":
    """A registered owner who signed in."""
    form, answer = await registered(market, **changes)
    email = form["owner"]["email"]
    tokens = (await token(market, username=email, password=PASSWORD)).json()
    return Person(market, email, tokens, answer)


class Person(Caller):
    """Somebody with a password and a session."""

    def __init__(self, market: Market, email: str, tokens: dict[str, Any], registered: dict[str, Any]) -> None:
        super().__init__(market.http, {"Authorization": f"Bearer {tokens['access_token']}"})
        self.email = email
        self.tokens = tokens
        self.organization_id = tokens["organization_id"]
        self.person_id = tokens["person_id"]
        self.registered = registered

    async def with_second_factor(self, market: Market) -> tuple[pyotp.TOTP, list[str]]:
        """Set up TOTP; the generator and the recovery codes."""
        seed = (await self.post("/v1/me/second-factor", json={"password": PASSWORD})).json()["secret"]
        totp = pyotp.TOTP(seed)
        answer = await self.request("PUT", "/v1/me/second-factor", json={"otp": totp.at(market.clock.now())})
        assert answer.status_code == 200, answer.text
        return totp, answer.json()["recovery_codes"]
