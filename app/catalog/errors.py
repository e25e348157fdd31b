"""Refusals of the catalogue."""

from app.kit.errors import Problem
from app.kit.locales import N_


class CodeTaken(Problem):
    """A product code or SKU that this supplier uses already."""

    code = "code-taken"
    status = 409
    title = N_("This code is taken")
    detail = N_("Your catalogue already has “{taken}”. Codes and SKUs are unique within one supplier.")


class NotPublishable(Problem):
    """A listing that lacks what a buyer needs; `errors` names each thing to add."""

    code = "not-publishable"
    status = 422
    title = N_("This listing cannot be published yet")
    detail = N_("It stays a draft. Complete what is named below and publish it again.")


class WrongProductState(Problem):
    """The state of the listing does not allow this."""

    code = "wrong-product-state"
    status = 409
    title = N_("The listing's state does not allow this")
    detail = N_("The listing is in the state “{state}”. Read it again; somebody may have changed it.")
