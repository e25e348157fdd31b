"""Money in two currencies: rates locked for deals, gains and losses, and what open positions are worth at a month's end."""
