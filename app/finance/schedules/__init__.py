"""Payment schedules of deals, and the money of their milestones."""
