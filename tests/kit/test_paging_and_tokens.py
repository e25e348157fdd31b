"""Cursors that cannot be bent, tokens that cannot be forged."""

import base64
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey
from pydantic import SecretStr

from app.kit.crypto import derive_key, seal, unseal
from app.kit.errors import Invalid, Unauthenticated
from app.kit.ids import new_id
from app.kit.paging import _decode, cursor_of
from app.kit.tokens import AccessClaims, bearer_token, issue_access_token, read_access_token
from app.settings import Settings

SETTINGS = Settings(secret_key=SecretStr("k" * 40), public_url="https://market.example")
NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)


def test_a_cursor_comes_back_as_it_was() -> None:
    values = [datetime(2027, 1, 1, tzinfo=UTC), new_id(), 7, "模架"]
    assert _decode(cursor_of(values), 4) == values


@given(st.text(max_size=100))
def test_a_bent_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid):
        _decode(cursor, 2)


@pytest.mark.parametrize(
    "values",
    [[["u", 5]], [["s", "a\x00b"]], [["s", 5]], [["i", None]], [["d", {}]], [["x", "1"]], [["u"]], "u", 5, {"u": 1}],
)
def test_a_well_formed_cursor_that_is_not_ours_is_refused(values: object) -> None:
    bent = base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")
    with pytest.raises(Invalid):
        _decode(bent, 1)


def test_a_token_says_who_and_for_how_long() -> None:
    claims = AccessClaims(organization_id=new_id(), person_id=new_id(), session_id=new_id())
    token, seconds = issue_access_token(SETTINGS, claims, now=NOW)
    assert seconds == 900
    assert read_access_token(SETTINGS, token, now=NOW + timedelta(minutes=14)) == claims
    for moment in (NOW + timedelta(minutes=15), NOW - timedelta(hours=1)):
        with pytest.raises(Unauthenticated):
            read_access_token(SETTINGS, token, now=moment)


@pytest.mark.parametrize(
    "change",
    [
        {"header": {"alg": "HS256", "typ": "JWT"}},
        {"claims": {"aud": "another-api"}},
        {"claims": {"iss": "https://elsewhere.example"}},
        {"claims": {"sub": "person:not-a-uuid"}},
        {"claims": {"exp": "never"}},
        {"key": b"another key of thirty-two bytes!"},
    ],
)
def test_a_token_that_is_not_quite_ours(change: dict[str, object]) -> None:
    claims = {
        "iss": SETTINGS.public_url, "aud": "partingline-api", "sub": f"person:{new_id()}", "org": str(new_id()),
        "iat": int(NOW.timestamp()), "exp": int(NOW.timestamp()) + 900,
    }  # fmt: skip
    claims.update(change.get("claims", {}))  # type: ignore[arg-type,call-overload]
    header = {"alg": "HS256", "typ": "at+jwt", **change.get("header", {})}  # type: ignore[dict-item]
    key = OctKey.import_key(change.get("key", derive_key(SETTINGS, "access tokens")))  # type: ignore[arg-type]
    with pytest.raises(Unauthenticated):
        read_access_token(SETTINGS, jwt.encode(header, claims, key), now=NOW)


@given(st.text(max_size=60))
def test_any_text_is_refused_as_a_token(text: str) -> None:
    with pytest.raises(Unauthenticated):
        read_access_token(SETTINGS, text, now=NOW)
    with pytest.raises(Unauthenticated):
        bearer_token(text if not text.lower().startswith("bearer") else "")


def test_a_sealed_secret_is_bound_to_its_row() -> None:
    sealed = seal(SETTINGS, "totp", b"seed", bound_to=b"row 1")
    assert unseal(SETTINGS, "totp", sealed, bound_to=b"row 1") == b"seed"
    from cryptography.exceptions import InvalidTag

    for purpose, row in (("totp", b"row 2"), ("webhooks", b"row 1")):
        with pytest.raises(InvalidTag):
            unseal(SETTINGS, purpose, sealed, bound_to=row)
