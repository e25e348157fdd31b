"""Credit lines: how much a supplier lets a buyer order before he pays."""
