"""What comes in and goes out, by what it is about."""
