"""A small list taken over while the catalogue is read. The full one is `make prove POINT=imports`."""

import asyncio
from pathlib import Path

from app.settings import Settings
from tests.proofs.imports import LIMIT_MIB, options, prove
from tests.proofs.stand import own_settings
from tests.server import TestServer


def test_a_list_is_taken_over_while_the_catalogue_is_read(settings: Settings, tmp_path: Path) -> None:
    url = settings.database_url.get_secret_value()
    with own_settings(
        url, tmp_path, PARTINGLINE_SECRET_KEY=TestServer.SECRET_KEY, PARTINGLINE_LOG_LEVEL="warning"
    ) as own:
        figures = asyncio.run(
            prove(own, url, tmp_path, options(["--rows", "500", "--rate", "10", "--quiet-seconds", "1"]))
        )
    assert (figures["import"]["state"], figures["import"]["rows_accepted"]) == ("done", 500), figures
    assert figures["import"]["products_created"] == 100
    assert (figures["same_file_again"]["rows_unchanged"], figures["same_file_again"]["products_changed"]) == (500, 0)
    assert figures["worker_peak_mib"] <= LIMIT_MIB, figures
    for when in ("before", "during", "after"):
        load = figures[f"{when}_the_import"]
        assert load["requests"] > 0, figures
        assert load["failed"] == 0, figures
