"""Access tokens: short-lived JWTs of one fixed algorithm, type, issuer and audience (RFC 8725, RFC 9068)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from app.kit.crypto import derive_key
from app.kit.errors import Unauthenticated
from app.kit.ids import new_id
from app.settings import Settings

ALGORITHM = "HS256"
TYPE = "at+jwt"
AUDIENCE = "partingline-api"


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What an access token says. Permissions are not in it: they are read from the database at every request."""

    organization_id: UUID
    person_id: UUID | None = None
    session_id: UUID | None = None
    client_id: UUID | None = None
    scopes: tuple[str, ...] = ()


def _key(settings: Settings) -> OctKey:
    return OctKey.import_key(derive_key(settings, "access tokens"))


def issue_access_token(settings: Settings, claims: AccessClaims, *, now: datetime) -> tuple[str, int]:
    """A signed token and its life in seconds."""
    life = timedelta(minutes=settings.access_token_minutes)
    subject = f"person:{claims.person_id}" if claims.person_id else f"client:{claims.client_id}"
    payload: dict[str, object] = {
        "iss": settings.public_url,
        "aud": AUDIENCE,
        "sub": subject,
        "org": str(claims.organization_id),
        "iat": int(now.timestamp()),
        "exp": int((now + life).timestamp()),
        "jti": str(new_id()),
    }
    if claims.session_id:
        payload["sid"] = str(claims.session_id)
    if claims.scopes:
        payload["scope"] = " ".join(claims.scopes)
    return jwt.encode({"alg": ALGORITHM, "typ": TYPE}, payload, _key(settings)), int(life.total_seconds())


def read_access_token(settings: Settings, token: str, *, now: datetime) -> AccessClaims:
    """Verify a token. Raises `Unauthenticated` for anything but a valid, unexpired token of ours."""
    try:
        decoded = jwt.decode(token, _key(settings), algorithms=[ALGORITHM])
        claims = decoded.claims
        if decoded.header.get("typ") != TYPE or claims["iss"] != settings.public_url or claims["aud"] != AUDIENCE:
            raise Unauthenticated()
        moment = now.timestamp()
        if not float(claims["iat"]) - 60 <= moment < float(claims["exp"]):
            raise Unauthenticated()
        kind, _, subject = str(claims["sub"]).partition(":")
        return AccessClaims(
            organization_id=UUID(claims["org"]),
            person_id=UUID(subject) if kind == "person" else None,
            client_id=UUID(subject) if kind == "client" else None,
            session_id=UUID(claims["sid"]) if "sid" in claims else None,
            scopes=tuple(str(claims.get("scope", "")).split()),
        )
    except (JoseError, ValueError, KeyError, TypeError, AttributeError, UnicodeError) as error:
        raise Unauthenticated() from error


def bearer_token(authorization: str | None) -> str:
    """The token of an `Authorization: Bearer …` header. Raises `Unauthenticated` without one."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated()
    return token.strip()
