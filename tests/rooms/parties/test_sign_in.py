"""Passwords, second factors, refresh tokens, sessions, throttling."""

import asyncio
from uuid import UUID

import httpx
import psycopg
import pytest

from app.parties.secrets import known_device
from tests.market import Caller, Market
from tests.rooms.parties.people import PASSWORD, registered, signed_in, token


async def test_registration_sign_in_and_who_am_i(market: Market) -> None:
    person = await signed_in(market)
    me = await person.get("/v1/me", headers={"Accept-Language": "en"})
    assert me.status_code == 200
    body = me.json()
    assert body["email"] == person.email and not body["email_confirmed"]
    assert body["memberships"][0]["roles"] == [{"code": "owner", "label": "Owner"}]
    assert "catalog:edit" in body["permissions"] and "award" not in body["permissions"]
    changed = await person.patch(
        "/v1/me", json={"unit_system": "inch", "locale": "ja"}, headers={"If-Match": me.headers["etag"]}
    )
    assert changed.status_code == 200 and changed.json()["unit_system"]["code"] == "inch"
    stale = await person.patch("/v1/me", json={"name": "X"}, headers={"If-Match": me.headers["etag"]})
    assert stale.status_code == 412
    assert (await person.patch("/v1/me", json={"name": "X"})).status_code == 428


async def test_an_unknown_address_and_a_wrong_password_look_the_same(market: Market) -> None:
    form, _ = await registered(market)
    wrong = await token(market, username=form["owner"]["email"], password="not the password at all")
    unknown = await token(market, username="nobody@nowhere.example", password="not the password at all")
    assert wrong.status_code == unknown.status_code == 400
    one, other = wrong.json(), unknown.json()
    assert one["error"] == "invalid_grant" and one["code"] == "wrong-credentials"
    assert {k: v for k, v in one.items() if k != "request_id"} == {k: v for k, v in other.items() if k != "request_id"}


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"grant_type": "implicit"}, 400, "unsupported-grant-type"),
        ({"grant_type": "password"}, 400, "incomplete-token-request"),
        ({"grant_type": "password", "username": "a@b.example"}, 400, "incomplete-token-request"),
        ({"grant_type": "refresh_token"}, 400, "incomplete-token-request"),
        ({"grant_type": "refresh_token", "refresh_token": "plr_nothing"}, 400, "refresh-token-invalid"),
        ({"grant_type": "client_credentials"}, 401, "invalid-client"),
        ({"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"}, 401, "invalid-client"),
        ({"grant_type": "password", "username": "a\x00b", "password": "c"}, 422, "invalid"),
        ({}, 400, "incomplete-token-request"),
    ],
)
async def test_what_the_token_endpoint_refuses(market: Market, fields: dict[str, str], status: int, code: str) -> None:
    answer = await market.nobody.post("/v1/auth/token", data=fields)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    # What programs made for OAuth 2 look at (RFC 6749, 5.2).
    assert (status == 422) == ("error" not in answer.json())
    if code == "incomplete-token-request":
        assert answer.json()["error"] == "invalid_request"
        assert answer.json()["errors"][0]["code"] == "missing"


async def test_no_cache_keeps_a_token(market: Market) -> None:
    person = await signed_in(market)
    answer = await token(market, username=person.email, password=PASSWORD)
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")


async def test_passwords_have_rules_and_keep_their_spaces(market: Market) -> None:
    person = await signed_in(market)
    short = await person.put("/v1/me/password", json={"password": PASSWORD, "new_password": "short"})
    assert short.status_code == 422 and short.json()["errors"][0]["pointer"] == "/new_password"
    own = await person.put("/v1/me/password", json={"password": PASSWORD, "new_password": person.email})
    assert own.json()["errors"][0]["code"] == "password-is-email"
    wrong = await person.put("/v1/me/password", json={"password": "x", "new_password": "long enough for us"})
    assert wrong.status_code == 403 and wrong.json()["code"] == "wrong-password"
    other = (await token(market, username=person.email, password=PASSWORD)).json()
    spaced = "  a new password  "
    done = await person.put("/v1/me/password", json={"password": PASSWORD, "new_password": spaced})
    assert done.status_code == 204
    assert (await token(market, username=person.email, password=spaced.strip())).status_code == 400
    assert (await token(market, username=person.email, password=spaced)).status_code == 200
    assert (await person.get("/v1/me")).status_code == 200
    elsewhere = Caller(market.http, {"Authorization": f"Bearer {other['access_token']}"})
    assert (await elsewhere.get("/v1/me")).status_code == 401


async def refresh(market: Market, value: str) -> tuple[int, dict[str, str]]:
    answer = await market.nobody.post("/v1/auth/token", data={"grant_type": "refresh_token", "refresh_token": value})
    return answer.status_code, answer.json()


async def test_a_used_refresh_token_ends_the_session(market: Market) -> None:
    person = await signed_in(market)
    first = person.tokens["refresh_token"]
    status, second = await refresh(market, first)
    assert status == 200 and second["refresh_token"] != first
    assert (await person.get("/v1/me")).status_code == 200
    status, problem = await refresh(market, first)
    assert status == 400 and problem["code"] == "refresh-token-reused"
    assert (await refresh(market, second["refresh_token"]))[1]["code"] == "refresh-token-invalid"
    assert (await person.get("/v1/me")).status_code == 401


async def test_of_two_refreshes_at_once_one_wins_and_the_session_ends(market: Market) -> None:
    person = await signed_in(market)
    answers = await asyncio.gather(*(refresh(market, person.tokens["refresh_token"]) for _ in range(6)))
    assert sorted(status for status, _ in answers) == [200, 400, 400, 400, 400, 400]
    assert (await person.get("/v1/me")).status_code == 401


async def test_a_refresh_token_lives_only_so_long(market: Market) -> None:
    person = await signed_in(market)
    market.move_clock(days=31)
    assert (await refresh(market, person.tokens["refresh_token"]))[0] == 400


async def test_sessions_are_listed_and_ended(market: Market) -> None:
    person = await signed_in(market)
    other_tokens = (await token(market, username=person.email, password=PASSWORD)).json()
    other = Caller(market.http, {"Authorization": f"Bearer {other_tokens['access_token']}"})
    listed = (await person.get("/v1/me/sessions")).json()["items"]
    assert len(listed) == 2 and [item["current"] for item in listed] == [False, True]
    stranger = await signed_in(market)
    assert (await stranger.delete(f"/v1/me/sessions/{listed[0]['id']}")).status_code == 404
    assert (await other.get("/v1/me")).status_code == 200
    assert (await person.delete(f"/v1/me/sessions/{listed[0]['id']}")).status_code == 204
    assert (await other.get("/v1/me")).status_code == 401
    assert (await person.post("/v1/auth/sign-out")).status_code == 204
    assert (await person.get("/v1/me")).status_code == 401
    assert (await refresh(market, person.tokens["refresh_token"]))[0] == 400


async def test_a_code_works_once(market: Market) -> None:
    person = await signed_in(market)
    wrong = await person.put("/v1/me/second-factor", json={"otp": "000000"})
    assert wrong.status_code == 409 and wrong.json()["code"] == "second-factor-missing"
    totp, codes = await person.with_second_factor(market)
    assert len(set(codes)) == 10
    needed = await token(market, username=person.email, password=PASSWORD)
    assert needed.json()["code"] == "second-factor-required"
    used = totp.at(market.clock.now())
    replay = await token(market, username=person.email, password=PASSWORD, otp=used)
    assert replay.json()["code"] == "wrong-second-factor"
    market.move_clock(seconds=30)
    fresh = totp.at(market.clock.now())
    results = await asyncio.gather(
        *(token(market, username=person.email, password=PASSWORD, otp=fresh) for _ in range(4))
    )
    assert [answer.status_code for answer in results].count(200) == 1
    market.move_clock(hours=2)
    by_code = await token(market, username=person.email, password=PASSWORD, otp=codes[0].upper())
    assert by_code.status_code == 200
    assert (await token(market, username=person.email, password=PASSWORD, otp=codes[0])).status_code == 400
    person.headers = {"Authorization": f"Bearer {by_code.json()['access_token']}"}
    assert (await person.get("/v1/me")).json()["recovery_codes_left"] == 9
    removal = {"password": PASSWORD, "otp": codes[1]}
    assert (await person.post("/v1/me/second-factor/removal", json=removal)).status_code == 204
    assert (await token(market, username=person.email, password=PASSWORD)).status_code == 200


async def test_the_seed_is_sealed(market: Market, owner: psycopg.Connection[tuple[object, ...]]) -> None:
    person = await signed_in(market)
    totp, _ = await person.with_second_factor(market)
    row = owner.execute("SELECT totp_sealed, password_hash FROM credentials").fetchone()
    assert row is not None
    assert totp.secret.encode() not in bytes(row[0]) and str(row[1]).startswith("$argon2id$")  # type: ignore[call-overload]


async def guess(market: Market, email: str, times: int, **fields: str) -> list[int]:
    return [
        (await token(market, username=email, password="a wrong password", **fields)).status_code for _ in range(times)
    ]


async def test_guessing_is_slowed_down_and_forgiven(market: Market) -> None:
    form, _ = await registered(market)
    email = form["owner"]["email"]
    assert await guess(market, email, 6) == [400] * 5 + [429]
    blocked = await token(market, username=email, password=PASSWORD)
    assert blocked.status_code == 429 and int(blocked.headers["retry-after"]) >= 1
    market.move_clock(seconds=2)
    assert (await token(market, username=email, password=PASSWORD)).status_code == 200
    assert await guess(market, email, 5) == [400] * 5


async def test_a_stranger_cannot_lock_the_owner_out(market: Market) -> None:
    """Failures from elsewhere never count for the owner; nor do those behind his own address, on a device he knows."""
    person = await signed_in(market)
    device = person.tokens["device_token"]
    for _ in range(12):
        await guess(market, person.email, 4)
        market.move_clock(seconds=40)
        await guess(market, person.email, 4)
    assert (await guess(market, person.email, 1)) == [429]
    here = await token(market, username=person.email, password=PASSWORD, device_token=device)
    assert here.status_code == 200
    await guess(market, person.email, 1)
    forged = device[:-1] + ("1" if device.endswith("0") else "0")
    assert await guess(market, person.email, 1, device_token=forged) == [429]
    other = await signed_in(market)
    assert known_device(market.settings, UUID(person.person_id), device) is not None
    assert known_device(market.settings, UUID(other.person_id), device) is None


async def test_another_address_is_not_slowed_down(market: Market) -> None:
    person = await signed_in(market)
    await guess(market, person.email, 8)
    transport = httpx.ASGITransport(app=market.app, raise_app_exceptions=False, client=("198.51.100.7", 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as elsewhere:
        form = {"grant_type": "password", "username": person.email, "password": PASSWORD}
        assert (await elsewhere.post("/v1/auth/token", data=form)).status_code == 200


async def test_throttling_can_be_switched_off(market: Market) -> None:
    form, _ = await registered(market)
    market.app.state.settings = market.settings.model_copy(update={"throttle_login": False})
    assert await guess(market, form["owner"]["email"], 8) == [400] * 8


async def test_a_stolen_access_token_is_no_place_to_guess_the_password(market: Market) -> None:
    person = await signed_in(market)
    change = {"password": "not this one", "new_password": "something new and long"}
    statuses = [(await person.put("/v1/me/password", json=change)).status_code for _ in range(6)]
    assert statuses == [403] * 5 + [429]


async def test_machines_have_no_profile(market: Market) -> None:
    person = await signed_in(market)
    machine = await market.machine(person, "read")
    for method, path in [("GET", "/v1/me"), ("GET", "/v1/me/sessions"), ("POST", "/v1/auth/sign-out")]:
        assert (await machine.request(method, path)).json()["code"] == "people-only"


async def test_nobody_is_refused_everywhere(market: Market) -> None:
    for method, path in [
        ("GET", "/v1/me"), ("PATCH", "/v1/me"), ("PUT", "/v1/me/password"), ("POST", "/v1/me/second-factor"),
        ("PUT", "/v1/me/second-factor"), ("POST", "/v1/me/second-factor/removal"), ("GET", "/v1/me/sessions"),
        ("POST", "/v1/me/email-confirmation"), ("POST", "/v1/auth/organization"), ("POST", "/v1/auth/sign-out"),
        ("DELETE", "/v1/me/sessions/018f0000-0000-7000-8000-000000000000"),
    ]:  # fmt: skip
        assert (await market.nobody.request(method, path, json={})).status_code == 401, path
