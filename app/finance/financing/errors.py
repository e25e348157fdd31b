"""What is refused about financing."""

from app.kit.errors import Problem
from app.kit.locales import N_


class NotFinanceable(Problem):
    """A milestone of which nothing can be offered: not accepted, paid, or disputed."""

    code = "not-financeable"
    status = 409
    title = N_("This milestone cannot be financed")
    detail = N_("Only a milestone that is accepted, not disputed and not paid in full can be offered for financing.")


class FinancedAlready(Problem):
    """A second offer or financing of a milestone."""

    code = "financed-already"
    status = 409
    title = N_("This milestone is offered or financed already")
    detail = N_("A milestone is financed once. Withdraw the offer that is open before you make another one.")


class OfferClosed(Problem):
    """A step of an offer that is open no more."""

    code = "financing-offer-closed"
    status = 409
    title = N_("This offer is not open any more")
    detail = N_("It was assigned or withdrawn, or its time is over.")


class QuotedAlready(Problem):
    """A second quote of a financier."""

    code = "financing-quoted-already"
    status = 409
    title = N_("You have quoted already")
    detail = N_("Withdraw your quote before you give another one.")


class QuoteClosed(Problem):
    """A step of a quote that is open no more."""

    code = "financing-quote-closed"
    status = 409
    title = N_("This quote is not open any more")
    detail = N_("It was accepted or withdrawn, or its time is over.")


class NothingToFund(Problem):
    """A payment of an advance that is paid, under way or not wanted any more."""

    code = "nothing-to-fund"
    status = 409
    title = N_("There is nothing to be paid out")
    detail = N_("The advance is paid or a payment is under way, or the financing was cancelled.")
