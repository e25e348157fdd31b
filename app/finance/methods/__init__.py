"""Saved payment methods of organizations: what they pay with, as far as it may be known."""
