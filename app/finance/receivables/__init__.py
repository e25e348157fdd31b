"""Open items: what of invoices is still to be paid, and by when."""
