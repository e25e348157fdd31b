"""Figures of money: what is open, how old it is, what is expected when."""
