"""What freight refuses."""

from app.kit.errors import Problem
from app.kit.locales import N_


class NotAPartner(Problem):
    """Cards and shared containers are of those who carry."""

    code = "not-a-logistics-partner"
    status = 403
    title = N_("This is for logistics partners")
    detail = N_("Your organization is not registered as a logistics partner.")


class CardDiffers(Problem):
    """A version of a card stands as it was sent."""

    code = "card-differs"
    status = 409
    title = N_("This version of the card stands with other words")
    detail = N_("Send what has changed under a higher version.")


class CardOutdated(Problem):
    """A card is replaced by higher versions alone."""

    code = "card-outdated"
    status = 409
    title = N_("A later version of this card is known")
    detail = N_("Version {version} of this card is known. Send a higher one.")


class FreightInquiryEnded(Problem):
    """What is closed takes no offers; what was taken or cancelled is not ended again."""

    code = "freight-inquiry-ended"
    status = 409
    title = N_("This freight inquiry is not open any more")
    detail = N_("The freight inquiry is in the state “{state}”.")


class FreightInquiryOpen(Problem):
    """Partners may revise until the closing, so an offer is taken afterwards."""

    code = "freight-inquiry-open"
    status = 409
    title = N_("This freight inquiry is still open")
    detail = N_("Close it first, or wait until it closes. Until then partners may revise their offers.")


class FreightOfferEnded(Problem):
    """An offer that was revised, withdrawn or not taken, or that is not valid any more."""

    code = "freight-offer-ended"
    status = 409
    title = N_("This offer does not stand any more")
    detail = N_("It was revised or withdrawn, or is not valid any more. Read the offers again.")


class ConsolidationEnded(Problem):
    """Shares that are fixed stay; what was cancelled stays so."""

    code = "consolidation-ended"
    status = 409
    title = N_("This shared container is not open any more")
    detail = N_("The shared container is in the state “{state}”.")


class ConsolidationFull(Problem):
    """More goods than the container holds."""

    code = "consolidation-full"
    status = 409
    title = N_("The container does not hold so much")
    detail = N_("It holds {volume_m3} m³ and {mass_kg} kg.")


class BookingConsolidated(Problem):
    """A booking's goods are in one container."""

    code = "booking-consolidated"
    status = 409
    title = N_("This booking shares a container already")
    detail = N_("Take it out of that container first.")


class NothingToShare(Problem):
    """A container is shared by shipments of two shippers or more that are still booked."""

    code = "nothing-to-share"
    status = 409
    title = N_("There is nothing to share yet")
    detail = N_(
        "Shares are fixed when bookings of two shippers or more are in the container, all of them still accepted."
    )
