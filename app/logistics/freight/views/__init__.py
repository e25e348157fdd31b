"""Freight as its readers see it."""
