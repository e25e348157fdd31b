"""Waves, picking lists and packages over HTTP, for those who keep a warehouse."""

from uuid import UUID

from fastapi import Request, Response

from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import (
    Forbidden,
    Invalid,
    Unauthenticated,
)
from app.kit.etags import PRIVATE, IfMatch, set_etag
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import EDITED, ONCE, READ, problems
from app.kit.routing import house_router
from app.warehousing.errors import MoveRefused
from app.warehousing.guards import Keeper
from app.warehousing.models import ReservationLine
from app.warehousing.picking import dispatch_routes, queries
from app.warehousing.picking.errors import (
    NothingToPick,
    PackageClosed,
    PackageNotReady,
    PackedTooMuch,
    PickDone,
    SsccUsedUp,
)
from app.warehousing.picking.guards import OwnPackage, OwnWarehouse, OwnWave, PackageKeeper, Storeman, WaveKeeper
from app.warehousing.picking.models import PackedUnit, PackingSettings, PickWave
from app.warehousing.picking.schemas import (
    ContentsIn,
    DueOut,
    PackageChange,
    PackageIn,
    PackageOut,
    PackingSettingsIn,
    PackingSettingsOut,
    PicksIn,
    WaveHeadOut,
    WaveIn,
    WaveOut,
)
from app.warehousing.picking.states import PackageState, WaveState
from app.warehousing.picking.usecases.confirm_picks import confirm_picks
from app.warehousing.picking.usecases.make_wave import end_wave, make_wave
from app.warehousing.picking.usecases.pack import (
    change_package,
    close_package,
    make_package,
    put_contents,
    set_packing,
)
from app.warehousing.picking.views import due_out, packages_out, wave_heads, wave_out

router = house_router(tags=["picking and packing"])
routers = [router, dispatch_routes.router]


async def _wave_out(session: Session, row: PickWave, response: Response) -> WaveOut:
    set_etag(response, row.version)
    return await wave_out(session, row)


async def _package_out(session: Session, row: PackedUnit, response: Response) -> PackageOut:
    set_etag(response, row.version)
    return (await packages_out(session, [row]))[0]


@router.get("/warehouses/{warehouse_id}/picks-due", responses=problems(*READ))
async def list_picks_due(
    row: OwnWarehouse, session: Session, now: Now, page: Paging, request: Request, response: Response
) -> Page[DueOut]:
    """What is held in your warehouse and waits to be picked, the oldest first."""
    lines, cursor = await fetch_page(session, queries.due(row.id, now), page, keys=[ReservationLine.id])
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await due_out(session, lines), next_cursor=cursor)


@router.post(
    "/warehouses/{warehouse_id}/waves",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, Invalid, NothingToPick, *ONCE),
)
async def post_wave(
    warehouse_id: UUID, actor: Keeper, form: WaveIn, session: Session, now: Now, response: Response
) -> WaveOut:
    """Make a wave of some reservations, or of what was ordered. Each held line is in one open wave at most."""
    wave = await make_wave(session, actor, warehouse_id, form, now=now)
    response.headers["Location"] = f"/v1/waves/{wave.id}"
    return await _wave_out(session, wave, response)


@router.get("/warehouses/{warehouse_id}/waves", responses=problems(*READ))
async def list_waves(
    row: OwnWarehouse,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    state: WaveState | None = None,
) -> Page[WaveHeadOut]:
    """The waves of your warehouse, newest first."""
    statement = queries.waves_of(row.id, state)
    waves, cursor = await fetch_page(session, statement, page, keys=[PickWave.id], descending=True)
    link_next(request, response, cursor)
    return Page(items=await wave_heads(session, waves), next_cursor=cursor)


@router.get("/waves/{wave_id}", responses=problems(*READ))
async def get_wave(row: OwnWave, session: Session, response: Response) -> WaveOut:
    """A wave with its picking list, in walking order."""
    return await _wave_out(session, row, response)


@router.post(
    "/waves/{wave_id}/picks",
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, Invalid, PickDone, MoveRefused, *ONCE),
)
async def post_picks(
    wave_id: UUID, actor: WaveKeeper, form: PicksIn, session: Session, now: Now, response: Response
) -> WaveOut:
    """Say what was found at some stops, or at all that are left. It goes into the wave's packing bin."""
    return await _wave_out(session, await confirm_picks(session, actor, wave_id, form, now=now), response)


@router.post("/waves/{wave_id}/cancellation", responses=problems(*READ, PickDone))
async def post_wave_cancellation(
    wave_id: UUID, actor: WaveKeeper, session: Session, now: Now, response: Response
) -> WaveOut:
    """End a wave: what is not picked yet is left to another. A second time changes nothing."""
    return await _wave_out(session, await end_wave(session, actor, wave_id, now=now), response)


@router.get("/packing-settings", responses=problems(Unauthenticated, Forbidden))
async def get_packing_settings(actor: Storeman, session: Session, response: Response) -> PackingSettingsOut:
    """What your packages are numbered with."""
    row = await queries.packing_settings(session, actor.organization_id)
    return _settings_out(row or PackingSettings(gs1_prefix=None, extension_digit=0, version=1), response)


@router.put("/packing-settings", responses=problems(Unauthenticated, Forbidden, *EDITED, Invalid))
async def put_packing_settings(
    actor: Storeman, form: PackingSettingsIn, if_match: IfMatch, session: Session, response: Response
) -> PackingSettingsOut:
    """Set your GS1 company prefix: packages made from now on bear an SSCC. Numbers are never given twice."""
    return _settings_out(await set_packing(session, actor, form, expected=if_match), response)


def _settings_out(row: PackingSettings, response: Response) -> PackingSettingsOut:
    set_etag(response, row.version)
    return PackingSettingsOut.model_validate(row)


@router.post(
    "/warehouses/{warehouse_id}/packages",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, Invalid, PackageClosed, PackedTooMuch, SsccUsedUp, *ONCE),
)
async def post_package(
    warehouse_id: UUID, actor: Keeper, form: PackageIn, session: Session, response: Response
) -> PackageOut:
    """Begin a package. It is numbered, with an SSCC if your organization has set its company prefix."""
    row = await make_package(session, actor, warehouse_id, form)
    response.headers["Location"] = f"/v1/packages/{row.id}"
    return await _package_out(session, row, response)


@router.get("/warehouses/{warehouse_id}/packages", responses=problems(*READ))
async def list_packages(
    row: OwnWarehouse,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    state: PackageState | None = None,
) -> Page[PackageOut]:
    """The packages of your warehouse, newest first."""
    statement = queries.packages_of(row.id, state)
    packages, cursor = await fetch_page(session, statement, page, keys=[PackedUnit.id], descending=True)
    link_next(request, response, cursor)
    return Page(items=await packages_out(session, packages), next_cursor=cursor)


@router.get("/packages/{package_id}", responses=problems(*READ))
async def get_package(row: OwnPackage, session: Session, response: Response) -> PackageOut:
    """One package."""
    return await _package_out(session, row, response)


@router.patch("/packages/{package_id}", responses=problems(*READ, *EDITED, Invalid, PackageClosed))
async def patch_package(
    package_id: UUID, actor: PackageKeeper, form: PackageChange, if_match: IfMatch, session: Session, response: Response
) -> PackageOut:
    """Measure, weigh or mark a package, put it into another or take it out."""
    return await _package_out(
        session, await change_package(session, actor, package_id, form, expected=if_match), response
    )


@router.put(
    "/packages/{package_id}/contents", responses=problems(*READ, *EDITED, Invalid, PackageClosed, PackedTooMuch)
)
async def put_package_contents(
    package_id: UUID, actor: PackageKeeper, form: ContentsIn, if_match: IfMatch, session: Session, response: Response
) -> PackageOut:
    """Say everything that is in a package, out of what was picked."""
    row = await put_contents(session, actor, package_id, form.contents, expected=if_match)
    return await _package_out(session, row, response)


@router.post("/packages/{package_id}/closing", responses=problems(*READ, PackageNotReady))
async def post_package_closing(
    package_id: UUID, actor: PackageKeeper, session: Session, now: Now, response: Response
) -> PackageOut:
    """Close a package: nothing of it changes any more. A second time changes nothing."""
    return await _package_out(session, await close_package(session, actor, package_id, now=now), response)
