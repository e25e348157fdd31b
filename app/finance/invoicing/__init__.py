"""Invoices between companies: numbered without gaps, never changed, taken back by credit notes, printed in every language."""
