"""Incidents that people open: who has to act, until when, and what was done."""
