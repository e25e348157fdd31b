"""Files of listings, written piece by piece: no writer holds more than a page of products."""
