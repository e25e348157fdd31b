"""Disputes about one milestone of a payment schedule: what both sides say, propose and agree on, or the operator decides."""
