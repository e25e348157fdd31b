"""What is refused about packages and documents of shipments."""

from app.kit.errors import Problem
from app.kit.locales import N_


class PackagesFixed(Problem):
    """What was picked up, or cleared, stays as it was told."""

    code = "packages-fixed"
    status = 409
    title = N_("The packages cannot be changed any more")
    detail = N_("The shipment is {state}. Tell whoever carries it what is wrong, or open an incident.")


class PaperKnown(Problem):
    """A file is attached once as what it is."""

    code = "shipment-document-known"
    status = 409
    title = N_("This document is attached already")
    detail = N_("The same file is attached to this shipment as a document of this type.")


class PaperWithdrawn(Problem):
    """What was withdrawn stays withdrawn."""

    code = "shipment-document-withdrawn"
    status = 409
    title = N_("This document is withdrawn")
    detail = N_("It was withdrawn before. Attach the right one.")


class NoLabel(Problem):
    """A label bears the number of one package."""

    code = "package-without-sscc"
    status = 409
    title = N_("There is no label for this package")
    detail = N_("A label bears an SSCC. Give the package one first.")
