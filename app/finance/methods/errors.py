"""What is refused about payment methods."""

from app.kit.errors import Problem
from app.kit.locales import N_


class PaymentMethodDeclined(Problem):
    """Whoever keeps the payer's money does not let the method be used."""

    code = "payment-method-declined"
    status = 422
    title = N_("The payment method was declined")
    detail = N_("It was not saved. {reason}")


class PaymentMethodGone(Problem):
    """A method that was forgotten, at the provider or here."""

    code = "payment-method-gone"
    status = 409
    title = N_("This payment method is not there any more")
    detail = N_("It was removed. Give the payment method once more if you want to use it again.")
