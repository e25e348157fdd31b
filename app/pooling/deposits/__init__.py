"""Deposits of commitments: secured until the freeze, taken or let go after the clearing."""
