"""Webhooks into the house: what partners' systems send, signed, and what becomes of it."""
