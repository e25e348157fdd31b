"""What freight costs: rate cards, instant quotes, inquiries that partners answer, and containers that shippers share."""
