"""Statements of the house's bank accounts, and what the money on them is for."""
