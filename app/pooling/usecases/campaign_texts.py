"""The texts of a campaign on their way to other languages: all hang on the campaign, under fields that say where they stand."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.locales import LOCALES
from app.language import facade as language
from app.pooling.models import Campaign, CampaignItem
from app.pooling.queries import campaigns as queries
from app.pooling.states import CampaignAudience

ENTITY = "campaign"
CANCEL_REASON = "cancel_reason"


def title_field(position: int) -> str:
    """The field of an item's title."""
    return f"item_{position}_title"


def specification_field(position: int) -> str:
    """The field of an item's specification."""
    return f"item_{position}_specification"


def _texts(campaign: Campaign, items: Iterable[CampaignItem]) -> Iterator[tuple[str, str]]:
    yield "title", campaign.title
    if campaign.notes:
        yield "notes", campaign.notes
    for item in items:
        yield title_field(item.position), item.title
        if item.specification:
            yield specification_field(item.position), item.specification


async def publish_texts(session: AsyncSession, campaign: Campaign, items: Iterable[CampaignItem]) -> None:
    """Keep a campaign's texts where languages are looked after, for everybody, or whoever is invited, to read in his own."""
    for field, text in _texts(campaign, items):
        await _keep(session, campaign, field, text, campaign.locale)
    await _spread(session, campaign, campaign.locale)


async def publish_reason(session: AsyncSession, campaign: Campaign, reason: str, locale: str) -> None:
    """The same for why it is given up."""
    await _keep(session, campaign, CANCEL_REASON, reason, locale)
    await _spread(session, campaign, locale)


async def share_with(session: AsyncSession, campaign: Campaign, organization_id: UUID) -> None:
    """Let one who is invited later read them, too."""
    await language.share_texts(session, (ENTITY, campaign.id), [organization_id])


async def _keep(session: AsyncSession, campaign: Campaign, field: str, text: str, locale: str) -> None:
    await language.keep_text(
        session,
        owner_id=campaign.lead_id,
        entity=(ENTITY, campaign.id),
        field=field,
        locale=locale,
        text=text,
        reader_ids=[],
    )


async def _spread(session: AsyncSession, campaign: Campaign, locale: str) -> None:
    entity = (ENTITY, campaign.id)
    if campaign.audience == CampaignAudience.EVERYBODY:
        await language.publish_texts(session, entity)
    else:
        invited = await session.scalars(queries.invitations(campaign.id))
        await language.share_texts(session, entity, [row.organization_id for row in invited])
    await language.want_translations(session, entity, [tag for tag in LOCALES if tag != locale])
