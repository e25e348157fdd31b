"""What is refused about invoices."""

from app.kit.errors import Problem
from app.kit.locales import N_


class InvoicingDetailsMissing(Problem):
    """An issue before the issuer has said where he is paid."""

    code = "invoicing-details-missing"
    status = 409
    title = N_("Your details for invoices are missing")
    detail = N_("Say first where you are paid, and how your invoices are numbered, under the invoicing details.")


class TaxUndecided(Problem):
    """No tax can be named; `errors` says what is missing."""

    code = "tax-undecided"
    status = 422
    title = N_("It is not certain which tax applies")
    detail = N_("No invoice was issued. Complete what is named below; tax is never guessed.")


class InvoiceUnsound(Problem):
    """What was to be invoiced breaks a rule of electronic invoices; `errors` names the rule, and where."""

    code = "invoice-unsound"
    status = 422
    title = N_("The invoice would break a rule of electronic invoices")
    detail = N_("No invoice was issued, and no number was used up. Correct what is named below.")


class AlreadyInvoiced(Problem):
    """A second invoice for the same."""

    code = "already-invoiced"
    status = 409
    title = N_("This was invoiced already")
    detail = N_("Invoice {number} stands. Take it back by a credit note before you issue another one.")


class NothingToInvoice(Problem):
    """An invoice about nothing."""

    code = "nothing-to-invoice"
    status = 409
    title = N_("There is nothing to be invoiced")
    detail = N_("What is to be charged comes to nothing, or was invoiced already.")


class InvoiceTooLarge(Problem):
    """A total beyond what is stored."""

    code = "invoice-too-large"
    status = 422
    title = N_("The invoice is too large")
    detail = N_("An invoice comes to at most {limit_minor} minor units of its currency.")


class NotCreditable(Problem):
    """A credit note of what is not to be taken back, or is already."""

    code = "not-creditable"
    status = 409
    title = N_("This cannot be taken back")
    detail = N_("Only invoices are taken back by credit notes, and only as far as they were not taken back before.")


class InvoiceDeducted(Problem):
    """A credit note of a prepayment that a final invoice has deducted."""

    code = "invoice-deducted"
    status = 409
    title = N_("A final invoice deducts this one")
    detail = N_("Invoice {number} deducts this prepayment. Take that invoice back first.")


class PartUnknown(Problem):
    """A part that the deal does not have, or that nothing is charged for."""

    code = "part-unknown"
    status = 422
    title = N_("There is nothing to be charged for this part")
    detail = N_("The order has no milestone {part} with a share of its total.")


class FilesPending(Problem):
    """The electronic forms are not made yet."""

    code = "invoice-files-pending"
    status = 409
    title = N_("The electronic forms are being made")
    detail = N_("The invoice stands. Its electronic forms are made and checked now; please ask again in a moment.")

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "5"})


class FilesRefused(Problem):
    """What was written broke an official rule, which is a defect of the house."""

    code = "invoice-files-refused"
    status = 409
    title = N_("The electronic forms did not pass the official rules")
    detail = N_(
        "The invoice stands, and its PDF can be had. Its electronic forms do not leave before they keep every official rule, and "
        "are tried again every day. Broken are: {rules}"
    )


class InvoiceNotPrinted(Problem):
    """The invoice stands, and its page could not be drawn."""

    code = "invoice-not-printed"
    status = 503
    title = N_("The invoice could not be printed now")
    detail = N_("The invoice stands. Please ask for its PDF again in a moment.")
