"""Our signatures, sent and received, are those of Standard Webhooks: its published vector, and its own library over there."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from app.messages.incoming.rules import TOLERANCE, Signed, is_signed_by, is_timely
from app.messages.rules import signature_headers
from app.messages.secrets import new_secret

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
MOMENT = datetime.fromtimestamp(1614265330, UTC)
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_published_vector() -> None:
    assert signature_headers(ID, BODY, [SECRET], now=MOMENT) == {
        "webhook-id": ID,
        "webhook-timestamp": "1614265330",
        "webhook-signature": SIGNATURE,
    }


def test_each_secret_of_a_rotation_verifies() -> None:
    new, old = new_secret(), new_secret()
    headers = signature_headers(ID, BODY, [new, old], now=datetime.now(UTC))
    for secret in (new, old):
        assert Webhook(secret).verify(BODY, headers) == {"test": 2432232314}
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(new).verify(BODY + b" ", headers)


def test_the_published_vector_is_taken() -> None:
    signed = Signed(ID, "1614265330", SIGNATURE, BODY)
    assert is_signed_by(signed, [SECRET]) and is_signed_by(signed, [new_secret(), SECRET])
    assert is_signed_by(replace(signed, signature=f"v1,AAAA v2,x {SIGNATURE}"), [SECRET])
    assert not is_signed_by(signed, [new_secret()])
    for other in (
        replace(signed, body=BODY + b" "),
        replace(signed, webhook_id=ID + "x"),
        replace(signed, timestamp="1614265331"),
        replace(signed, signature=SIGNATURE.removeprefix("v1,")),
        replace(signed, signature=SIGNATURE.replace("v1,", "v2,")),
        replace(signed, signature=None),
        # As many as are looked at, before the good one.
        replace(signed, signature=" ".join(["v1,AAAA"] * 10 + [SIGNATURE])),
    ):
        assert not is_signed_by(other, [SECRET]), other


def test_only_what_is_timely_is_taken() -> None:
    signed = Signed(ID, "1614265330", SIGNATURE, BODY)
    second = timedelta(seconds=1)
    for now, good in ((TOLERANCE, True), (-TOLERANCE, True), (TOLERANCE + second, False), (-TOLERANCE - second, False)):
        assert is_timely(signed, now=MOMENT + now) is good
    for stamp in (None, "", "1614265330.0", "-1", "\u0661\u0662", "9" * 13, "soon"):
        assert not is_timely(replace(signed, timestamp=stamp), now=MOMENT)
    for name in (None, "", "a b", "ü", "x" * 256):
        assert not is_timely(replace(signed, webhook_id=name), now=MOMENT)


def test_what_its_library_signs_is_taken() -> None:
    secret, now = new_secret(), datetime.now(UTC)
    body = '{"type": "tracking.events", "data": {"place": "Lüdenscheid 金型"}}'
    signature = Webhook(secret).sign("msg_1", now, body)
    assert is_signed_by(Signed("msg_1", str(int(now.timestamp())), signature, body.encode()), [secret])
