"""Load plans: asked for over HTTP, found by a job in a process of its own, kept with their figures."""
