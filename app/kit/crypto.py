"""Secrets at rest and tokens in flight. Every key is derived from the installation's secret key for one purpose."""

import secrets
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.settings import Settings


def derive_key(settings: Settings, purpose: str, length: int = 32) -> bytes:
    """A key for one purpose (HKDF-SHA256, RFC 5869)."""
    root = settings.secret_key.get_secret_value().encode()
    return HKDF(algorithm=SHA256(), length=length, salt=b"partingline", info=purpose.encode()).derive(root)


def seal(settings: Settings, purpose: str, plain: bytes, *, bound_to: bytes = b"") -> bytes:
    """Encrypt a secret that must be read again (TOTP seeds, webhook secrets): AES-256-GCM, nonce first.

    `bound_to` (such as the row's id) must be the same on opening, so that a ciphertext cannot be moved to another row.
    """
    nonce = secrets.token_bytes(12)
    return nonce + AESGCM(derive_key(settings, purpose)).encrypt(nonce, plain, bound_to)


def unseal(settings: Settings, purpose: str, sealed: bytes, *, bound_to: bytes = b"") -> bytes:
    """Decrypt what `seal` made. Raises `cryptography.exceptions.InvalidTag` when it was altered."""
    return AESGCM(derive_key(settings, purpose)).decrypt(sealed[:12], sealed[12:], bound_to)


def new_token(prefix: str = "", *, random_bytes: int = 32) -> str:
    """A random, URL-safe secret. Only its digest is stored."""
    return prefix + secrets.token_urlsafe(random_bytes)


def token_digest(token: str) -> bytes:
    """SHA-256 of a random token. Right for tokens of full entropy only, never for passwords."""
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
