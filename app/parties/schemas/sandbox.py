"""The sandbox of a logistics partner."""

from datetime import datetime

from pydantic import Field

from app.kit.schemas import Output
from app.parties.schemas.access import ApiClientOut
from app.parties.schemas.organizations import OrganizationOut


class SandboxPartyOut(Output):
    """An organization that exists in the sandbox only, and the machine that acts for it. It has no people."""

    organization: OrganizationOut
    client: ApiClientOut


class SandboxOut(Output):
    """Where programs try things out. What is done here is seen by nobody else."""

    partner: SandboxPartyOut = Field(description="Plays your own organization.")
    shipper: SandboxPartyOut = Field(description="Plays one who sends goods and asks you to carry them.")
    opened_at: datetime


class OpenedSandboxOut(SandboxOut):
    """A sandbox with the secrets of its machines."""

    partner_secret: str | None = Field(description="Shown this one time: `null` when the request is repeated.")
    shipper_secret: str | None = Field(description="Shown this one time: `null` when the request is repeated.")
