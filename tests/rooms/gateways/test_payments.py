"""The local payment provider: one effect for a key, sums that add up, holds that end, and no card number anywhere."""

import asyncio
import contextlib
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import wiring
from app.gateways.errors import GatewayError
from app.gateways.payments import (
    Amount,
    AmountExceeded,
    CurrencyDiffers,
    DeclineReason,
    HoldExpired,
    LocalPayments,
    MethodCannotHold,
    MethodUnknown,
    Operation,
    PaymentDeclined,
    PaymentKeyReused,
    PaymentRefused,
    PaymentRequestInvalid,
    Payments,
    PaymentState,
    PaymentStateForbids,
    PaymentUnavailable,
    PaymentUnknown,
    RefundState,
)
from app.gateways.payments.errors import REFUSALS
from app.gateways.payments.tokens import TOKENS
from app.kit.clock import Clock
from app.settings import Settings
from tests.rooms.gateways.paying import CAUSE, PAYER, SUM, Stand


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return Stand(tmp_path / "payments")


async def test_in_production_a_test_token_secures_nothing(stand: Stand, tmp_path: Path) -> None:
    held, method = await stand.hold(), await stand.method()
    production = Settings(environment="production", data_dir=tmp_path)
    payments: Payments = wiring.gateways(production, stand.clock)["payments"]
    with pytest.raises(PaymentRequestInvalid):
        await payments.save_method(payer=PAYER, token="tok_visa", key="save")
    asked: dict[str, Any] = {"payer": PAYER, "method": method, "cause": CAUSE}
    for call in (payments.hold, payments.charge):
        with pytest.raises(MethodUnknown):
            await call(SUM, **asked, key="take")
    with pytest.raises(PaymentDeclined):
        await payments.capture(held.reference, key="capture")
    # What was held while it was tried out can be let go.
    assert (await payments.release(held.reference, key="release")).state is PaymentState.RELEASED
    assert (await payments.forget_method(method, payer=PAYER, key="forget")).forgotten
    development = wiring.gateways(Settings(environment="development", data_dir=tmp_path), stand.clock)["payments"]
    assert (await development.save_method(payer=PAYER, token="tok_visa", key="save")).can_hold


async def test_money_is_held_captured_in_part_and_given_back(stand: Stand) -> None:
    payments = stand.payments
    method = await payments.save_method(payer=PAYER, token="tok_mastercard", key="save")
    assert (method.brand, method.last_digits, method.can_hold) == ("Mastercard", "4444", True)
    assert method.expires_on is not None and await payments.find_method(method.reference) == method
    held = await payments.hold(SUM, payer=PAYER, method=method.reference, cause=CAUSE, key="hold")
    assert (held.state, held.amount, held.cause, held.method) == (PaymentState.HELD, SUM, CAUSE, method.reference)
    assert held.held_until == held.made_at + timedelta(days=7)
    with pytest.raises(AmountExceeded) as over:
        await payments.capture(held.reference, Amount(SUM.minor + 1, "EUR"), key="too-much")
    assert over.value.params["most_minor"] == SUM.minor
    with pytest.raises(CurrencyDiffers):
        await payments.capture(held.reference, Amount(1, "USD"), key="dollars")
    taken = await payments.capture(held.reference, Amount(80_000, "EUR"), key="capture")
    assert (taken.state, taken.captured_minor, taken.released_minor) == (PaymentState.CAPTURED, 80_000, 45_000)
    part = await payments.refund(held.reference, Amount(30_000, "EUR"), key="part")
    assert (part.payment, part.amount.minor, part.state) == (held.reference, 30_000, RefundState.DONE)
    assert await payments.find_refund(part.reference) == part
    with pytest.raises(AmountExceeded) as over:
        await payments.refund(held.reference, Amount(50_001, "EUR"), key="more")
    assert over.value.params["most_minor"] == 50_000
    rest = await payments.refund(held.reference, key="rest")
    after = await payments.find_payment(held.reference)
    assert (rest.amount.minor, after.state, after.refunded_minor) == (50_000, PaymentState.REFUNDED, 80_000)
    for forbidden in (payments.refund, payments.capture, payments.release):
        with pytest.raises(PaymentStateForbids) as no:
            await forbidden(held.reference, key=f"late-{forbidden.__name__}")
        assert no.value.params["state"] == "refunded" and not no.value.retryable
    released = await payments.release((await stand.hold()).reference, key="release")
    assert (released.state, released.released_minor) == (PaymentState.RELEASED, SUM.minor)
    assert await stand.adds_up() == 2


@pytest.mark.parametrize("reason", DeclineReason)
async def test_a_decline_has_a_reason_and_is_no_reason_to_try_again(stand: Stand, reason: DeclineReason) -> None:
    token = "tok_declined" if reason is DeclineReason.GENERIC else f"tok_declined_{reason}"
    for verb in (stand.hold, stand.charge):
        with pytest.raises(PaymentDeclined) as no:
            await verb(token, key=verb.__name__)
        assert (no.value.code, no.value.reason, no.value.retryable) == ("payment_declined", reason, False)
        payment = await stand.payments.find_payment(str(no.value.params["reference"]))
        assert (payment.state, payment.decline, payment.captured_minor) == (PaymentState.DECLINED, reason, 0)
        outcome = await stand.payments.outcome_of(verb.__name__, payer=PAYER)
        assert outcome is not None and outcome.answer == payment and isinstance(outcome.refusal, PaymentDeclined)
        assert (outcome.operation, outcome.refusal.params) == (Operation(verb.__name__), no.value.params)
    assert await stand.adds_up() == 2


async def test_declines_at_other_moments(stand: Stand) -> None:
    payments = stand.payments
    with pytest.raises(PaymentDeclined):
        await payments.save_method(payer=PAYER, token="tok_declined_when_saved", key="save")
    held = await stand.hold("tok_declined_at_capture")
    for _ in range(2):
        with pytest.raises(PaymentDeclined) as no:
            await payments.capture(held.reference, Amount(5, "EUR"), key="capture")
        assert no.value.reason is DeclineReason.INSUFFICIENT_FUNDS
    after = await payments.find_payment(held.reference)
    assert (after.state, after.released_minor) == (PaymentState.DECLINED, SUM.minor)
    with pytest.raises(PaymentDeclined):
        await stand.charge("tok_declined_at_capture")
    with pytest.raises(MethodCannotHold):
        await stand.hold("tok_sepa_debit")
    assert await stand.adds_up() == 2


async def test_what_time_does(stand: Stand) -> None:
    payments = stand.payments
    brief, usual = await stand.hold("tok_short_hold"), await stand.hold()
    arriving, failing = await stand.charge("tok_sepa_debit"), await stand.charge("tok_sepa_debit_fails")
    expiring = await stand.method("tok_expires")
    assert arriving.state is failing.state is PaymentState.PROCESSING
    for forbidden in (payments.refund, payments.capture, payments.release):
        with pytest.raises(PaymentStateForbids):
            await forbidden(arriving.reference, key=f"early-{forbidden.__name__}")
    stand.clock.offset += timedelta(hours=2)
    assert (await payments.find_payment(brief.reference)).state is PaymentState.EXPIRED
    stand.clock.offset += timedelta(days=6)
    assert (await payments.find_payment(arriving.reference)).captured_minor == SUM.minor
    failed = await payments.find_payment(failing.reference)
    assert (failed.state, failed.decline) == (PaymentState.DECLINED, DeclineReason.INSUFFICIENT_FUNDS)
    assert (await payments.find_payment(usual.reference)).state is PaymentState.HELD
    stand.clock.offset += timedelta(days=1)
    for late in (payments.capture, payments.release):
        with pytest.raises(HoldExpired) as over:
            await late(usual.reference, key=f"late-{late.__name__}")
        assert usual.held_until is not None and over.value.params["held_until"] == usual.held_until.isoformat()
    assert (await payments.find_payment(usual.reference)).released_minor == SUM.minor
    hold = {"payer": PAYER, "method": expiring, "cause": CAUSE}
    await payments.hold(SUM, **hold, key="in-time")
    stand.clock.offset += timedelta(days=30)
    with pytest.raises(PaymentDeclined) as no:
        await payments.hold(SUM, **hold, key="too-late")
    assert no.value.reason is DeclineReason.EXPIRED_METHOD
    assert await stand.adds_up() == 6
    assert isinstance(payments, LocalPayments)
    with_time = [entry.operation for entry in await payments.journal() if entry.key is None]
    assert with_time == [Operation.EXPIRE, Operation.SETTLE, Operation.SETTLE, Operation.EXPIRE, Operation.EXPIRE]


async def test_a_key_has_one_effect_and_one_answer(stand: Stand) -> None:
    payments, method = stand.payments, await stand.method()
    others = LocalPayments(stand.folder, clock=stand.clock)
    hold = {"payer": PAYER, "method": method, "cause": CAUSE}
    at_once = [provider.hold(SUM, **hold, key="hold") for provider in (payments, others) for _ in range(8)]
    first, *more = await asyncio.gather(*at_once)
    assert more == [first] * 15
    await payments.capture(first.reference, key="capture")
    # The answer is that of then, not the payment of now; a refusal stays one too.
    assert await others.hold(SUM, **hold, key="hold") == first
    outcome = await others.outcome_of("hold", payer=PAYER)
    assert outcome is not None and (outcome.answer, outcome.refusal) == (first, None)
    assert (
        await others.outcome_of("hold", payer="somebody-else") is await others.outcome_of("none", payer=PAYER) is None
    )
    for _ in range(2):
        with pytest.raises(PaymentStateForbids):
            await payments.release(first.reference, key="release")
    for other in (
        payments.hold(Amount(1, "EUR"), **hold, key="hold"),
        payments.hold(Amount(SUM.minor, "USD"), **hold, key="hold"),
        payments.hold(SUM, **hold | {"cause": "other/1"}, key="hold"),
        payments.charge(SUM, **hold, key="hold"),
        payments.capture(first.reference, SUM, key="capture"),
        payments.refund(first.reference, key="capture"),
        payments.save_method(payer=PAYER, token="tok_visa", key="capture"),
    ):
        with pytest.raises(PaymentKeyReused):
            await other
    assert await stand.adds_up() == 1
    assert isinstance(payments, LocalPayments)
    assert [entry.key for entry in await payments.journal()][1:] == ["hold", "capture", "release"]


async def test_no_answer_is_no_refusal(stand: Stand, tmp_path: Path) -> None:
    method = await stand.method("tok_answer_lost")
    hold = {"payer": PAYER, "method": method, "cause": CAUSE, "key": "hold"}
    with pytest.raises(PaymentUnavailable) as lost:
        await stand.payments.hold(SUM, **hold)
    assert lost.value.retryable
    outcome = await stand.payments.outcome_of("hold", payer=PAYER)
    assert outcome is not None and await stand.payments.hold(SUM, **hold) == outcome.answer
    for _ in range(2):
        with pytest.raises(PaymentUnavailable):
            await stand.hold("tok_unavailable", key="never")
    assert await stand.payments.outcome_of("never", payer=PAYER) is None
    assert await stand.adds_up() == 1
    # Somebody writes for longer than one's patience.
    hasty = Stand(stand.folder, patience_s=0.05)
    with sqlite3.connect(stand.folder / "payments.sqlite3") as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(PaymentUnavailable):
            await hasty.method()
    await hasty.method()
    (tmp_path / "file").touch()
    with pytest.raises(PaymentUnavailable):
        await Stand(tmp_path / "file" / "payments").method()


async def test_what_is_unknown_or_wrong_leaves_no_trace(stand: Stand) -> None:
    payments, method = stand.payments, await stand.method()
    held = await stand.hold()
    hold = {"payer": PAYER, "method": method, "cause": CAUSE, "key": "hold"}
    for wrong in (
        Amount(0, "EUR"),
        Amount(-1, "EUR"),
        Amount(10**15 + 1, "EUR"),
        Amount(True, "EUR"),
        Amount(1, "eur"),
    ):
        with pytest.raises(PaymentRequestInvalid):
            await payments.hold(wrong, **hold)
        with pytest.raises(PaymentRequestInvalid):
            await payments.capture(held.reference, wrong, key="capture")
    for change in ({"key": ""}, {"key": "k" * 201}, {"payer": "a b"}, {"cause": "x\n"}, {"method": "pm'--"}):
        with pytest.raises(PaymentRequestInvalid):
            await payments.charge(SUM, **hold | change)
    with pytest.raises(PaymentRequestInvalid):
        await stand.method("tok_unheard_of")
    with pytest.raises(MethodUnknown):
        await payments.hold(SUM, **hold | {"payer": "somebody-else"})
    forgotten = await payments.forget_method(method, payer=PAYER, key="forget")
    assert forgotten.forgotten and (await payments.find_method(method)).forgotten
    with pytest.raises(MethodUnknown):
        await payments.hold(SUM, **hold)
    for unknown in (payments.capture, payments.release, payments.refund):
        with pytest.raises(PaymentUnknown):
            await unknown("pay_none", key="unknown")
    for find in (payments.find_payment, payments.find_refund):
        with pytest.raises(PaymentUnknown):
            await find("none")
    with pytest.raises(MethodUnknown):
        await payments.find_method("none")
    assert isinstance(payments, LocalPayments)
    done = [entry.operation for entry in await payments.journal()]
    assert done == [Operation.SAVE_METHOD, Operation.SAVE_METHOD, Operation.HOLD, Operation.FORGET_METHOD]


CALLS = st.tuples(
    st.sampled_from(["capture", "release", "refund", "wait", "again"]),
    st.integers(0, 2),
    st.integers(1, 1200) | st.none(),
)


@hypothesis.settings(max_examples=15)
@given(st.lists(CALLS, max_size=10))
async def test_whatever_is_asked_the_journal_adds_up(
    tmp_path_factory: pytest.TempPathFactory, calls: list[Any]
) -> None:
    stand = Stand(tmp_path_factory.mktemp("payments"))
    made = [await stand.hold(amount=Amount(1000, "EUR")) for _ in range(2)]
    made.append(await stand.charge("tok_sepa_debit", amount=Amount(1000, "EUR")))
    key = 0
    for verb, which, minor in calls:
        if verb == "wait":
            stand.clock.offset += timedelta(days=2)
            continue
        key += verb != "again"
        call = getattr(stand.payments, "refund" if verb == "again" else verb)
        amount = {} if minor is None or verb == "release" else {"amount": Amount(minor, "EUR")}
        with contextlib.suppress(PaymentRefused, PaymentKeyReused):
            await call(made[which].reference, **amount, key=f"key-{key}")
    assert await stand.adds_up() == 3


def test_refusals_can_be_remembered() -> None:
    subclasses = {refusal.code: refusal for refusal in PaymentRefused.__subclasses__()}
    assert subclasses == REFUSALS and len(TOKENS) > 10
    assert all(issubclass(refusal, GatewayError) and not refusal.retryable for refusal in REFUSALS.values())


async def test_a_process_pays_by_its_own_clock(settings: Settings) -> None:
    clock = Clock(timedelta(days=400))
    payments: Payments = wiring.gateways(settings, clock)["payments"]
    method = await payments.save_method(payer=PAYER, token="tok_visa", key="save")
    held = await payments.hold(SUM, payer=PAYER, method=method.reference, cause=CAUSE, key="hold")
    assert abs(clock.now() - held.made_at) < timedelta(minutes=1)
    assert (settings.data_dir / "payments" / "payments.sqlite3").is_file()
