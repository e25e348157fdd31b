"""Routes of pooled purchasing."""

from app.pooling.routes import campaigns, commitments, invitations, offers, progress

routers = [campaigns.router, commitments.router, invitations.router, offers.router, progress.router]
