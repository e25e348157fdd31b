"""The room's routes, by who uses them."""

from app.parties.routes.access import router as access
from app.parties.routes.api_clients import router as api_clients
from app.parties.routes.approvals import router as approvals
from app.parties.routes.audit import router as audit
from app.parties.routes.members import router as members
from app.parties.routes.organizations import router as organizations
from app.parties.routes.profile import router as profile
from app.parties.routes.sandbox import router as sandbox
from app.parties.routes.suppliers import router as suppliers

routers = [access, profile, organizations, suppliers, members, api_clients, sandbox, approvals, audit]
