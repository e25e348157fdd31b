"""What follows from a settled clearing: a framework order for each supplier who won, an order for each member under it."""
