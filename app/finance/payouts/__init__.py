"""What suppliers are owed and sent: their accounts at the provider, payouts, what is taken back."""
