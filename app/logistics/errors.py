"""What the logistics room refuses."""

from app.kit.errors import Problem
from app.kit.locales import N_


class LegTaken(Problem):
    """A leg has one offer or one carrier at a time."""

    code = "leg-taken"
    status = 409
    title = N_("This leg is taken")
    detail = N_("A partner has been asked for this leg, or carries it. Withdraw that booking first.")


class OptionTaken(Problem):
    """A price is for goods that travel once."""

    code = "option-taken"
    status = 409
    title = N_("This option is booked")
    detail = N_("A booking that is open or accepted names it. Ask for a new freight quote for other goods.")


class BookingEnded(Problem):
    """An offer that was answered, withdrawn or has expired is not answered again."""

    code = "booking-ended"
    status = 409
    title = N_("This booking is not open any more")
    detail = N_("The booking is {state}.")


class ShipmentUnderWay(Problem):
    """What has left is not cancelled: it is stopped, returned or delivered."""

    code = "shipment-under-way"
    status = 409
    title = N_("The shipment cannot be cancelled any more")
    detail = N_("The shipment is {state}. Agree with the carrier what becomes of it.")


class ContainerPacked(Problem):
    """A container that packages are in is not taken from a shipment."""

    code = "container-packed"
    status = 409
    title = N_("Packages are in this container")
    detail = N_("By the packages of the shipment something is in {container}. Change the packages first.")


class ShipmentCancelled(Problem):
    """Nothing is booked for a cancelled shipment."""

    code = "shipment-cancelled"
    status = 409
    title = N_("The shipment is cancelled")
    detail = N_("Make a new shipment for these goods.")
