"""The routes of the messages room."""

from app.messages.routes.deliveries import router as deliveries
from app.messages.routes.endpoints import router as endpoints
from app.messages.routes.events import router as events
from app.messages.routes.notifications import router as notifications

routers = [notifications, endpoints, deliveries, events]
