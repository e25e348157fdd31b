"""What recipients are told about invoices."""

from app.kit.locales import N_
from app.messages.facade import register_notice

ISSUED = "finance.invoice_issued"
CREDITED = "finance.invoice_credited"
PRO_FORMA = "finance.pro_forma_issued"

register_notice(
    ISSUED,
    subject=N_("{firm} has sent you invoice {number}"),
    body=N_("Invoice {number} of {firm}: {payable} are due on {due_on}. The PDF is in your language."),
    path="/invoices/{invoice_id}",
)
register_notice(
    CREDITED,
    subject=N_("{firm} has credited you: {number}"),
    body=N_("Credit note {number} of {firm} over {gross} takes back invoice {preceding}, in whole or in part."),
    path="/invoices/{invoice_id}",
)
register_notice(
    PRO_FORMA,
    subject=N_("{firm} has sent you pro-forma invoice {number}"),
    body=N_("Pro-forma invoice {number} of {firm} comes to {gross}. It asks for no payment."),
    path="/invoices/{invoice_id}",
)
