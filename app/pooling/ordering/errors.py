"""What is refused about framework orders."""

from app.kit.errors import Problem
from app.kit.locales import N_


class NothingToShip(Problem):
    """No order under it stands."""

    code = "nothing-to-ship"
    status = 409
    title = N_("There is nothing to be sent")
    detail = N_("No order under this framework order stands, or none is placed yet.")


class NothingOrdered(Problem):
    """An invoice of a framework order under which no order binds."""

    code = "nothing-ordered"
    status = 409
    title = N_("There is nothing to be invoiced")
    detail = N_("No order under this framework order stands, or none is placed yet.")
