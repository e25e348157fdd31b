"""What the payment provider tells by itself: kept once, and followed by whoever the payment belongs to."""
