"""Stripe's gateway alone: faults at every call, keys that Stripe has forgotten, secrets that stay secret."""

import logging
from datetime import timedelta

import pytest
from pydantic import SecretStr, ValidationError

from app import wiring
from app.demo.provider import API_KEY, StripeServer, intents, money
from app.gateways.payments import (
    Amount,
    DisputeState,
    LocalPayments,
    MethodKind,
    PaymentDeclined,
    PaymentNotDone,
    PaymentRequestInvalid,
    PaymentState,
    PaymentUnavailable,
    PayoutState,
    RefundState,
    StripePayments,
)
from app.gateways.payments.stripe.calling import API_VERSION
from app.gateways.payments.stripe.declines import reason_of
from app.kit.clock import Clock
from app.settings import Settings
from tests.proofs.payment_faults import told, worst_of
from tests.rooms.gateways.paying import CAUSE, PAYER, SUM
from tests.rooms.gateways.providers import Stand, stripe_payments


async def test_whatever_call_goes_wrong_nothing_is_done_twice_or_lost() -> None:
    """The worst of the stories that `make prove POINT=payment-faults` tells."""
    figures, holds = await told(worst_of)
    assert holds, figures
    assert figures["stories"] > 20 and figures["calls_of_the_story"] > 25


async def test_what_silence_means() -> None:
    with StripeServer(late_s=0.5) as server:
        payments, impatient = stripe_payments(server), stripe_payments(server, timeout_s=0.3)
        # Whose customer it is is known from here on.
        await impatient.save_method(payer=PAYER, token="pm_card_visa", key="save-first")
        method = (await payments.save_method(payer=PAYER, token="pm_card_visa", key="save")).reference
        hold = {"payer": PAYER, "method": method, "cause": CAUSE}
        for how, not_done in (("busy", True), ("before", False), ("after", False), ("late", False), ("broken", False)):
            # The first call of a hold looks whether it was made before; the second makes it.
            server.fails(2, how)
            asked = impatient if how == "late" else payments
            with pytest.raises(PaymentUnavailable) as silent:
                await asked.hold(SUM, **hold, key=f"hold-{how}")
            assert silent.value.retryable and isinstance(silent.value, PaymentNotDone) is not_done
            done = [one for one in server.all("payment_intent") if one["metadata"]["key"] == f"hold-{how}"]
            assert len(done) == (how not in ("busy", "before"))
        await payments.aclose()
        await impatient.aclose()
        assert server.versions == {API_VERSION}
        stranger = stripe_payments(server, key="sk_test_of_somebody_else")
        with pytest.raises(PaymentNotDone) as unknown:
            await stranger.hold(SUM, **hold, key="hold")
        assert unknown.value.params == {"reason": "not_authorized"}
        await stranger.aclose()
    nowhere = stripe_payments(server)
    with pytest.raises(PaymentNotDone) as gone:
        await nowhere.hold(SUM, **hold, key="hold")
    assert gone.value.params == {"reason": "unreachable"}
    await nowhere.aclose()


async def test_the_browser_confirms_what_is_saved() -> None:
    with StripeServer() as server:
        payments = stripe_payments(server)
        kinds = [MethodKind.CARD, MethodKind.BANK_DEBIT]
        saving = await payments.begin_saving(payer=PAYER, kinds=kinds, key="begin")
        assert saving.client_secret not in repr(saving)
        with pytest.raises(PaymentDeclined) as open_still:
            await payments.save_method(payer=PAYER, token=saving.reference, key="save-early")
        assert open_still.value.reason == "authentication_required"
        server.browser(saving.client_secret, "pm_sepa_debit")
        saved = await payments.save_method(payer=PAYER, token=saving.reference, key="save")
        assert (saved.kind, saved.brand, saved.last_digits, saved.can_hold) == ("bank_debit", "SEPA", "3201", False)
        assert saved.expires_on is None
        # What another payer's browser confirmed is nobody else's, and a debit needs the payer's mandate.
        for payer, token in (("somebody-else", saving.reference), (PAYER, "pm_sepa_debit"), (PAYER, "seti_none")):
            with pytest.raises(PaymentRequestInvalid) as invalid:
                await payments.save_method(payer=payer, token=token, key=f"{payer}-{token}")
            assert invalid.value.params == {"field": "token"}
        await payments.aclose()


async def test_what_happens_at_the_provider_is_seen() -> None:
    with StripeServer() as server:
        clock = Clock()
        stand = Stand(stripe_payments(server, clock), clock, server)
        payments = stand.payments
        cancelled, charged = await stand.hold(), await stand.charge()
        server.act(intents.cancel_intent, {}, cancelled.reference)
        now = await payments.find_payment(cancelled.reference)
        assert (now.state, now.released_minor, now.refunded_minor) == (PaymentState.RELEASED, SUM.minor, 0)
        dispute = server.act(money.dispute, charged.reference)
        seen = await payments.find_dispute(dispute["id"])
        assert (seen.payment, seen.amount, seen.state) == (charged.reference, SUM, DisputeState.TO_ANSWER)
        assert seen.answer_by is not None
        account = await payments.open_account(supplier="supplier", country="DE", key="open")
        server.act(money.pay_out, 700, "eur", account.reference)
        server.act(money.pay_out, 900, "eur", "acct_other")
        [payout] = await payments.payouts_of(account.reference)
        assert (payout.amount, payout.state) == (Amount(700, "EUR"), PayoutState.PROCESSING)
        slow = await payments.save_method(payer=PAYER, token="pm_card_pendingRefund", key="save-slow")
        paid = await payments.charge(SUM, payer=PAYER, method=slow.reference, cause=CAUSE, key="slow")
        for index in range(12):
            back = await payments.refund(paid.reference, Amount(1, "EUR"), key=f"refund-{index}")
            assert back.state is RefundState.PROCESSING
        # An object shows ten refunds: the others count too.
        assert (await payments.find_payment(paid.reference)).refunded_minor == 12
        assert (await payments.refund(paid.reference, Amount(1, "EUR"), key="refund-0")).amount.minor == 1
        assert (await payments.find_payment(paid.reference)).refunded_minor == 12
        stand.later(timedelta(hours=30))
        await payments.refund(paid.reference, Amount(1, "EUR"), key="refund-0")
        assert (await payments.find_payment(paid.reference)).refunded_minor == 12
        await payments.aclose()  # type: ignore[attr-defined]


async def test_secrets_are_in_no_log_and_no_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with StripeServer() as server:
        payments = stripe_payments(server)
        saving = await payments.begin_saving(payer=PAYER, kinds=[MethodKind.CARD], key="begin")
        method = await payments.save_method(payer=PAYER, token="pm_saved_insufficient_funds", key="save")
        paying = {"payer": PAYER, "method": method.reference, "cause": CAUSE}
        errors: list[BaseException] = []
        for how in (None, "busy", "broken", "after"):
            if how:
                server.fails(2, how)
            with pytest.raises((PaymentDeclined, PaymentUnavailable)) as failed:
                await payments.charge(SUM, **paying, key=f"charge-{how}")
            errors.append(failed.value)
        shown = [repr(payments), repr(payments.__dict__), caplog.text]
        for error in errors:
            chain: BaseException | None = error
            while chain is not None:
                shown.append(f"{chain!r} {chain} {chain.__dict__}")
                chain = chain.__cause__ or chain.__context__
        told_all = "\n".join(shown)
        assert len(shown) > 6
        for secret in (API_KEY, saving.client_secret, "Bearer"):
            assert secret not in told_all
        await payments.aclose()


def test_stripe_is_used_where_there_is_a_key(settings_of_stripe: Settings) -> None:
    assert isinstance(wiring.gateways(settings_of_stripe)["payments"], StripePayments)
    without = settings_of_stripe.model_copy(update={"stripe_secret_key": None})
    assert isinstance(wiring.gateways(without)["payments"], LocalPayments)
    assert "sk_test" not in repr(settings_of_stripe)
    for base, environment in (
        ("http://127.0.0.1:9", "production"),
        ("http://stripe.example", "development"),
        ("https://api.stripe.com/", "production"),
        ("ftp://127.0.0.1", "development"),
    ):
        with pytest.raises(ValidationError):
            Settings(stripe_api_base=base, environment=environment)
    assert Settings(stripe_api_base="http://127.0.0.1:9", environment="development").stripe_api_base.endswith(":9")


@pytest.fixture
def settings_of_stripe() -> Settings:
    return Settings(stripe_secret_key=SecretStr("sk_test_x"), environment="development")


def test_declines_have_stable_reasons() -> None:
    assert reason_of("insufficient_funds", "card_declined") == "insufficient_funds"
    assert reason_of("never_heard_of", "card_declined") == reason_of(None, 5) == "generic"
    assert reason_of(None, "expired_card") == "expired_method"
