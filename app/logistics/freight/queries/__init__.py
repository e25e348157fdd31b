"""SQL on the freight tables, locks included, by what it is about."""
