"""What is asked of the payment provider during a request, ahead of its transaction and with none open.

Every call carries a key that follows from what is asked for: a request made again after a silence has the same one effect.
"""

from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

from app.finance.methods.errors import PaymentMethodDeclined
from app.finance.methods.states import DECLINE_TEXTS, SavedKind
from app.finance.provider.facade import ProviderSilent
from app.gateways.payments import (
    CardDataRefused,
    HostedSaving,
    Method,
    MethodKind,
    MethodUnknown,
    PaymentDeclined,
    PaymentKeyReused,
    PaymentRequestInvalid,
    Payments,
    PaymentUnavailable,
    Saving,
)
from app.kit.errors import FieldError, IdempotencyKeyReused, Invalid, Labelled
from app.kit.locales import N_

_NOT_OFFERED = N_("The payment provider does not take this kind of payment method. Choose another one.")
_NOT_KNOWN = N_("This is no payment method that your browser has just given. Begin once more.")
_CARD_DATA = N_("This looks like a card number. Card numbers are given to the payment provider alone, by its own form.")


def payer_of(organization_id: UUID) -> str:
    """How the provider knows an organization that pays."""
    return str(organization_id)


async def begun(payments: Payments, organization_id: UUID, kinds: Sequence[SavedKind], intent: str) -> Saving:
    """A setup for the payer's browser. `intent` is the request's own key. Raises `ProviderSilent`, `IdempotencyKeyReused`."""
    wanted = [MethodKind(kind) for kind in dict.fromkeys(kinds)]
    key = f"method-setup/{organization_id}/{_digest(intent)}"
    try:
        return await payments.begin_saving(payer=payer_of(organization_id), kinds=wanted, key=key)
    except PaymentUnavailable as silence:
        raise ProviderSilent() from silence
    except PaymentKeyReused as reused:
        raise IdempotencyKeyReused() from reused


async def page_begun(
    payments: Payments, organization_id: UUID, kind: SavedKind, *, back_url: str, locale: str, intent: str
) -> HostedSaving:
    """A page of the provider's for the payer, from which he is led back to `back_url`. `intent` is the form's own key. Who
    may, the caller has asked.

    Raises `ProviderSilent`, `IdempotencyKeyReused`, `Invalid`.
    """
    key = f"method-page/{organization_id}/{_digest(intent)}"
    about = {"payer": payer_of(organization_id), "back_url": back_url, "locale": locale}
    try:
        return await payments.begin_hosted_saving(kinds=[MethodKind(kind)], key=key, **about)
    except PaymentUnavailable as silence:
        raise ProviderSilent() from silence
    except PaymentKeyReused as reused:
        raise IdempotencyKeyReused() from reused
    except PaymentRequestInvalid:
        raise Invalid(errors=[FieldError("/kinds", "not-offered", _NOT_OFFERED)]) from None


async def saved(payments: Payments, organization_id: UUID, token: str) -> Method:
    """The method that a token stands for, kept by the provider. The token is repeated nowhere.

    Raises `PaymentMethodDeclined`, `ProviderSilent`, `Invalid`.
    """
    key = f"method-save/{organization_id}/{_digest(token)}"
    try:
        return await payments.save_method(payer=payer_of(organization_id), token=token, key=key)
    except PaymentDeclined as declined:
        raise PaymentMethodDeclined(reason=Labelled.of(declined.reason, DECLINE_TEXTS)) from None
    except PaymentUnavailable:
        raise ProviderSilent() from None
    except CardDataRefused:
        raise Invalid(errors=[FieldError("/token", "card-data", _CARD_DATA)]) from None
    except (MethodUnknown, PaymentRequestInvalid, PaymentKeyReused):
        raise Invalid(errors=[FieldError("/token", "token-unknown", _NOT_KNOWN)]) from None


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]
