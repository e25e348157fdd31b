"""Load plans: which box stands where in a container or on a truck, and in which order it goes in. Pure computation."""
