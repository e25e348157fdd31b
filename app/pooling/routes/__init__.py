"""Routes of pooled purchasing."""

from app.pooling.routes import campaigns, commitments, offers

routers = [campaigns.router, commitments.router, offers.router]
