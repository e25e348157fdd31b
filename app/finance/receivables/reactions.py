"""What follows from invoices, in their own transaction."""

from app.finance.invoicing.facade import follows_invoices
from app.finance.receivables.usecases.open_items import follow_invoices

follows_invoices("receivables", follow_invoices)
