"""The books against the payment provider, line by line."""
