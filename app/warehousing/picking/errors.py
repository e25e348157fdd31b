"""What is refused about waves, packages, dispatches and returns."""

from app.kit.errors import Problem
from app.kit.locales import N_


class NothingToPick(Problem):
    """A wave of nothing."""

    code = "nothing-to-pick"
    status = 409
    title = N_("There is nothing to pick")
    detail = N_("None of it is held in this warehouse any more, or all of it is in an open wave already.")


class PickDone(Problem):
    """A stop that somebody else has confirmed, or a wave that has ended."""

    code = "pick-done"
    status = 409
    title = N_("This was picked already")
    detail = N_("Somebody else has confirmed this stop, or the wave has ended. Look at the wave again.")


class PackageClosed(Problem):
    """What is closed or has left stays as it is."""

    code = "package-closed"
    status = 409
    title = N_("This package is closed")
    detail = N_(
        "The package {number} is closed, or a package that it shall go into is. Nothing changes in it any more."
    )


class PackageNotReady(Problem):
    """A package that cannot be closed, or packages that cannot leave; `errors` says why."""

    code = "package-not-ready"
    status = 409
    title = N_("Not everything is packed yet")
    detail = N_("Complete what is named below and try again.")


class PackedTooMuch(Problem):
    """More than was picked, or picked for somebody else; `errors` says which."""

    code = "packed-too-much"
    status = 409
    title = N_("This cannot be packed so")
    detail = N_("A package holds what was picked for its consignee and is not in another package.")


class SsccUsedUp(Problem):
    """Every serial number behind a company prefix is given."""

    code = "sscc-used-up"
    status = 409
    title = N_("There are no more SSCCs")
    detail = N_("All serial numbers behind this company prefix are given. Set another extension digit or prefix.")


class ReturnedTooMuch(Problem):
    """More than was dispatched and has not come back; `errors` says which."""

    code = "returned-too-much"
    status = 409
    title = N_("So much was not dispatched")
    detail = N_("No more comes back than was dispatched, less what has come back or is to come back already.")


class ReturnEnded(Problem):
    """It was received or cancelled before."""

    code = "return-ended"
    status = 409
    title = N_("This return has ended")
    detail = N_("The return is {state}.")
