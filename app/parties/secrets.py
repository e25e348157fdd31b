"""Passwords, second factors, recovery codes, known devices: how each is made and checked. No SQL."""

import asyncio
import base64
import hmac
import secrets
import unicodedata
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import pyotp
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from app.kit import crypto
from app.kit.errors import FieldError, Invalid
from app.kit.locales import N_
from app.settings import Settings

RECOVERY_CODES = 10
STEP_SECONDS = 30
ISSUER = "Partingline"

# The OWASP Password Storage Cheat Sheet's Argon2id with 19 MiB, two passes, one lane: strong enough, and no easy way to
# exhaust a server's memory by signing in.
_hasher = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19_456, parallelism=1),))
# Checked for unknown accounts, so that they take as long as known ones.
_DUMMY = _hasher.hash(secrets.token_urlsafe(24))


def _normalized(password: str) -> str:
    """The same letters typed on different keyboards are the same password (NIST SP 800-63B, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


async def hash_password(password: str) -> str:
    """The Argon2id hash; computed beside the event loop."""
    return await asyncio.to_thread(_hasher.hash, _normalized(password))


async def password_fits(password: str, stored: str | None) -> bool:
    """Whether the password is the stored one. Takes as long when there is none."""
    fits = await asyncio.to_thread(_hasher.verify, _normalized(password), stored or _DUMMY)
    return fits and stored is not None


def require_good_password(password: str, *, email: str, pointer: str) -> None:
    """Raise `Invalid` for a password that is the account's own address. The length is the schema's business."""
    name = email.partition("@")[0]
    if _normalized(password).casefold() in (email.casefold(), name.casefold()):
        message = N_("The password must not be your e-mail address.")
        raise Invalid(errors=[FieldError(pointer, "password-is-email", message)])


def new_seed() -> str:
    """A new TOTP seed, base32 (RFC 6238 with SHA-1, six digits, 30 seconds: what every authenticator app knows)."""
    return pyotp.random_base32(32)


def seal_seed(settings: Settings, person_id: UUID, seed: str) -> bytes:
    """The seed as it is stored."""
    return crypto.seal(settings, "totp seeds", seed.encode(), bound_to=person_id.bytes)


def open_seed(settings: Settings, person_id: UUID, sealed: bytes) -> str:
    """The seed again."""
    return crypto.unseal(settings, "totp seeds", sealed, bound_to=person_id.bytes).decode()


def otpauth_uri(seed: str, email: str) -> str:
    """What the QR code for authenticator apps says."""
    return pyotp.TOTP(seed).provisioning_uri(name=email, issuer_name=ISSUER)


def accepted_step(seed: str, code: str, *, now: datetime, last_step: int | None) -> int | None:
    """The time step whose code this is: the present one or a neighbour, and later than the last that was accepted."""
    present = int(now.timestamp()) // STEP_SECONDS
    totp = pyotp.TOTP(seed)
    for step in (present - 1, present, present + 1):
        fits = hmac.compare_digest(totp.at(step * STEP_SECONDS).encode(), code.encode("utf-8", "replace"))
        if fits and (last_step is None or step > last_step):
            return step
    return None


def new_recovery_codes() -> list[str]:
    """Ten codes of 50 random bits, such as `k3vq7-m2xwa`."""
    raw = [base64.b32encode(secrets.token_bytes(7)).decode().lower()[:10] for _ in range(RECOVERY_CODES)]
    return [f"{code[:5]}-{code[5:]}" for code in raw]


def keyed_digest(settings: Settings, purpose: str, text: str) -> bytes:
    """A digest that cannot be searched for without the installation's key: for what is too short for a plain one."""
    return hmac.new(crypto.derive_key(settings, purpose), text.encode("utf-8", "replace"), sha256).digest()


def recovery_digest(settings: Settings, code: str) -> bytes:
    """The stored form of a recovery code."""
    return keyed_digest(settings, "recovery codes", code.strip().lower().replace("-", "").replace(" ", ""))


def new_device_token(settings: Settings, person_id: UUID) -> str:
    """A mark for a device from which a person signed in, so that strangers' failures never slow it down."""
    device = secrets.token_urlsafe(16)
    return f"{device}.{_device_mark(settings, person_id, device)}"


def known_device(settings: Settings, person_id: UUID | None, token: str | None) -> str | None:
    """The device that a token names, if we gave it to this person."""
    device, _, mark = (token or "").partition(".")
    if person_id is None or not mark:
        return None
    fits = hmac.compare_digest(_device_mark(settings, person_id, device).encode(), mark.encode("utf-8", "replace"))
    return device if fits else None


def _device_mark(settings: Settings, person_id: UUID, device: str) -> str:
    return keyed_digest(settings, "known devices", f"{person_id} {device}").hex()
