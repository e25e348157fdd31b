"""What suppliers pay the house for a deal: dated rules, and terms that are frozen when it is made."""
