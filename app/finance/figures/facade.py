"""All that other rooms may call: figures and their lines as pages show them. Calls run in the caller's transaction and under its
tenant."""

from app.finance.figures.files import MEDIA_TYPES
from app.finance.figures.portal import (
    Money,
    forecast_file,
    forecast_lines,
    money,
    open_items_file,
    open_lines,
    sides,
    whose,
)
from app.finance.figures.queries import LineFilter, Whose
from app.finance.figures.reading import ForecastFilter
from app.finance.figures.rules import Days
from app.finance.figures.states import Every, FigureSide, FileForm, LineKind

__all__ = [
    "MEDIA_TYPES",
    "Days",
    "Every",
    "FigureSide",
    "FileForm",
    "ForecastFilter",
    "LineFilter",
    "LineKind",
    "Money",
    "Whose",
    "forecast_file",
    "forecast_lines",
    "money",
    "open_items_file",
    "open_lines",
    "sides",
    "whose",
]
