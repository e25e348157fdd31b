"""The read-only screen of a table: its columns, its search, its order. There is no other way to look than SELECT."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, cast
from uuid import UUID

import structlog
from sqlalchemy import Boolean, Date, DateTime, Enum, Select, String, Text, Uuid, false, inspect, or_, select
from sqlalchemy import cast as cast_sql
from sqlalchemy.orm import Mapper, load_only
from sqlalchemy.sql.schema import Column
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin import BaseField
from starlette_admin.actions import ActionSelection
from starlette_admin.contrib.sqla.filters import EqualFilter, NotEqualFilter
from starlette_admin.contrib.sqla.view import ModelView
from starlette_admin.export.base import ExportContext
from starlette_admin.export.csv import CsvExporter
from starlette_admin.export.json import JsonExporter
from starlette_admin.types import RowActionsDisplayType
from starlette_admin.views import BaseModelView

from app.backoffice import exposure
from app.backoffice.cells import BooleanField, Cell, DateTimeField, TextCell
from app.backoffice.desk import as_operator
from app.backoffice.speech import lazy
from app.backoffice.usecases.record_export import record_export

log = structlog.get_logger(__name__)
_LONGEST_SEARCHED = 320
_TOO_LONG = re.compile(r"\d{19}")  # for a bigint
_MOMENTS = ("created_at", "occurred_at", "done_at", "granted_at", "decided_at", "loaded_at", "on_date")


def _field(name: str, column: Column[Any]) -> BaseField:
    """How a column is shown. Labels are the columns' own names: this is a window on the database."""
    kind = column.type
    if column.name in exposure.PERSONAL_COLUMNS:
        return Cell(name, label=column.name)
    if isinstance(kind, Boolean):
        return BooleanField(name, label=column.name)
    if isinstance(kind, DateTime):
        return DateTimeField(name, label=column.name)
    if isinstance(kind, Enum):
        return TextCell(name, label=column.name, filters=[EqualFilter, NotEqualFilter])
    if isinstance(kind, String) and not isinstance(kind, Text | Enum):
        return TextCell(name, label=column.name)
    return Cell(name, label=column.name)


def _types(coerce: type | tuple[type, ...]) -> tuple[type, ...]:
    return coerce if isinstance(coerce, tuple) else (coerce,)


def _date(text: str) -> date:
    return date.fromisoformat(text)


class TableView(ModelView):
    """One table. Creating, editing, deleting and importing are not offered, have no route, and are refused below."""

    page_size = 25
    page_size_options = (10, 25, 50, 100)
    action_select_all_limit = 1000
    actions = ("export",)
    row_actions: Sequence[str] = ("view",)
    row_actions_display_type = RowActionsDisplayType.ICON_LIST
    exporters = (CsvExporter(escape_formulas=True), JsonExporter())
    importers = ()

    def __init__(self, model: type[Any]) -> None:
        mapper: Mapper[Any] = inspect(model)
        self.table = str(mapper.local_table.name)  # type: ignore[attr-defined]
        found = {
            attribute.key: cast(Column[Any], attribute.columns[0])
            for attribute in mapper.column_attrs
            if exposure.is_shown(cast(Column[Any], attribute.columns[0]))
        }
        self.fields = [_field(name, column) for name, column in found.items()]
        self.searchable_fields = [field.name for field in self.fields if type(field) is not Cell]
        self.sortable_fields = [
            name for name, column in found.items() if column.primary_key or isinstance(column.type, DateTime | Date)
        ]
        self._texts = [
            name for name, field in zip(found, self.fields, strict=True)
            if isinstance(field, TextCell) and (getattr(found[name].type, "length", None) or 0) <= _LONGEST_SEARCHED
        ]  # fmt: skip
        self._ids = [name for name, column in found.items() if isinstance(column.type, Uuid)]
        self._keys = [name for name, column in found.items() if column.primary_key]
        moment = next((name for name in _MOMENTS if name in found), None)
        single = len(self._keys) == 1 and not isinstance(found[self._keys[0]].type, String)
        leading = [] if single or moment is None else [moment]
        self.fields_default_sort = [(name, True) for name in (*leading, *self._keys)]
        label = lazy(exposure.LABELS[self.table]) if self.table in exposure.LABELS else self.table
        super().__init__(model, key=self.table, display_name=label, menu_label=label)
        self._shown = [getattr(model, name) for name in found]
        if isinstance(self._pk_coerce, tuple):
            # The library calls the type itself, and a date is not made from its text that way.
            self._pk_coerce = tuple(cast(type, _date) if kind is date else kind for kind in self._pk_coerce)
        for refused in ("edit", "delete"):
            self._row_actions.pop(refused, None)
            self._row_actions_handlers.pop(refused, None)
            self._actions.pop(refused, None)
            self._actions_handlers.pop(refused, None)

    def can_create(self, request: Request) -> bool:
        """Never."""
        return False

    def can_edit(self, request: Request) -> bool:
        """Never."""
        return False

    def can_delete(self, request: Request) -> bool:
        """Never."""
        return False

    def can_import(self, request: Request) -> bool:
        """Never."""
        return False

    async def create(self, request: Request, data: dict[str, Any]) -> Any:
        """Refused, whoever should come to call it."""
        raise HTTPException(403)

    async def edit(self, request: Request, pk: Any, data: dict[str, Any]) -> Any:
        """Refused."""
        raise HTTPException(403)

    async def delete(self, request: Request, pks: list[Any]) -> int | None:
        """Refused."""
        raise HTTPException(403)

    async def is_action_allowed(self, request: Request, name: str) -> bool:
        """Only what this screen lists."""
        return name in (self.actions or ()) and await super().is_action_allowed(request, name)

    async def is_row_action_allowed(self, request: Request, name: str) -> bool:
        """Only what this screen lists."""
        return name in (self.row_actions or ()) and await super().is_row_action_allowed(request, name)

    def get_list_query(self, request: Request) -> Select[Any]:
        """Only the columns that may be shown are read at all."""
        return select(self.model).options(load_only(*self._shown, raiseload=True))

    def get_search_query(self, request: Request, term: str) -> Any:
        """An id is looked up; any other term is looked for in the short texts."""
        try:
            wanted = UUID(term.strip())
        except ValueError:
            clauses = [
                cast_sql(getattr(self.model, name), String).icontains(term, autoescape=True) for name in self._texts
            ]
        else:
            clauses = [getattr(self.model, name) == wanted for name in self._ids]
        return or_(false(), *clauses)

    def build_order_clauses(self, request: Request, sorts: Sequence[tuple[str, str]], stmt: Select[Any]) -> Select[Any]:
        """Rows that are equal stand by their keys, so that no page repeats a row of another."""
        named = {name for name, _ in sorts}
        rest = [(name, "desc") for name in self._keys if name not in named]
        return super().build_order_clauses(request, [*sorts, *rest], stmt)

    async def find_by_pk(self, request: Request, pk: Any) -> Any:
        """The row, or None for a key that no row can have."""
        if _TOO_LONG.search(str(pk)) and int in _types(self._pk_coerce):
            return None
        try:
            return await super().find_by_pk(request, pk)
        except (ValueError, TypeError, ArithmeticError):
            return None

    async def handle_action(self, request: Request, selection: ActionSelection, name: str) -> Response | None:
        """As the library's base does it: database errors are not told to the browser."""
        return await BaseModelView.handle_action(self, request, selection, name)

    async def handle_row_action(self, request: Request, pk: Any, name: str) -> Response | None:
        """As the library's base does it: database errors are not told to the browser."""
        return await BaseModelView.handle_row_action(self, request, pk, name)

    async def before_export(self, request: Request, ctx: ExportContext) -> None:
        """No list leaves unrecorded: when the entry cannot be written, nothing is exported."""
        form = await request.form()
        taken, file_format = len(list(ctx.rows)), str(form.get("format"))[:10]
        await as_operator(
            request,
            lambda session, actor, now: record_export(session, actor, self.table, file_format=file_format, rows=taken),
        )
