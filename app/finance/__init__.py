"""Money between companies: what is owed, what is invoiced, what was paid."""
