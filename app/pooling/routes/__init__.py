"""Routes of pooled purchasing."""

from app.pooling.routes import campaigns, commitments, offers, progress

routers = [campaigns.router, commitments.router, offers.router, progress.router]
