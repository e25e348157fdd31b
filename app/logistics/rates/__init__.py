"""Rate cards of partners, and instant freight quotes from them."""
