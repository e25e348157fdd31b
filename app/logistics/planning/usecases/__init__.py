"""What is done with load plans."""
