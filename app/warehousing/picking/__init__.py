"""Goods going out: waves and picking lists, packages, dispatches, and what comes back."""
