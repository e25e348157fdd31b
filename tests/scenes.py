"""What a builder makes on an empty market is kept, and laid into the next empty one: making it takes longer than most tests.

A builder that is decorated with `kept` is played once a run for each set of arguments. Later calls of it, where nothing has
happened yet in the test's database, find the same rows, files, people and ids there, at the time of day at which they were left;
whoever comes to a database in which something has happened makes his own. The kept rows are those that an emptied database is
emptied of. The processes of a run share what they keep by files; two that want the same at once both make it.
"""

import io
import os
import pickle
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, Concatenate, ParamSpec, TypeVar

from tests import kept as databases
from tests.market import Market, next_number, numbers_go_on

Arguments = ParamSpec("Arguments")
Made = TypeVar("Made")


class Pickled(pickle.Pickler):
    """What belongs to a market, without the application that its people speak to."""

    def __init__(self, file: IO[bytes], market: Market) -> None:
        super().__init__(file)
        self._without = {id(market): "market", id(market.http): "http"}

    def persistent_id(self, obj: object) -> str | None:
        return self._without.get(id(obj))


class Unpickled(pickle.Unpickler):
    """The same with a test's own application."""

    def __init__(self, file: IO[bytes], market: Market) -> None:
        super().__init__(file)
        self._own = {"market": market, "http": market.http}

    def persistent_load(self, pid: str) -> object:
        return self._own[pid]


@dataclass
class Scene:
    """What was made, when it was ready, and what lay in the database and among the files then."""

    made: bytes
    at: datetime
    last: int
    rows: databases.Rows
    files: dict[str, bytes]

    @classmethod
    def of(cls, market: Market, made: object, rows: databases.Rows) -> "Scene":
        """As it is now."""
        file = io.BytesIO()
        Pickled(file, market).dump(made)
        folder = Path(market.settings.data_dir)
        files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        return cls(file.getvalue(), market.clock.now(), next_number(), rows, files)

    def laid_into(self, market: Market, database: databases.Kept) -> Any:
        """What was made, in another test's market."""
        for name, content in self.files.items():
            path = Path(market.settings.data_dir) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        database.lay(self.rows)
        market.clock.offset += self.at - market.clock.now()
        market.move_clock()
        numbers_go_on(self.last)
        return Unpickled(io.BytesIO(self.made), market).load()


_scenes: dict[tuple[str, ...], Scene | None] = {}
shared: Path | None = None
"""Where the processes of this run share their scenes."""


def _found(key: tuple[str, ...]) -> bool:
    """Whether the scene of this key is known, to this process or to another."""
    if key in _scenes:
        return True
    if shared is None or not _file_of(key).exists():
        return False
    _scenes[key] = pickle.loads(_file_of(key).read_bytes())
    return True


def _keep(key: tuple[str, ...], scene: Scene | None) -> None:
    _scenes[key] = scene
    if shared is not None:
        shared.mkdir(parents=True, exist_ok=True)
        unfinished = shared / f"{os.getpid()}.unfinished"
        unfinished.write_bytes(pickle.dumps(scene))
        unfinished.rename(_file_of(key))


def _file_of(key: tuple[str, ...]) -> Path:
    assert shared is not None
    return shared / f"{sha256(repr(key).encode()).hexdigest()}.pickle"


def kept(
    build: Callable[Concatenate[Market, Arguments], Awaitable[Made]],
) -> Callable[Concatenate[Market, Arguments], Awaitable[Made]]:
    """A builder whose work is kept. Its arguments are compared as they are written; what they hold of a test is made anew."""

    @wraps(build)
    async def played(market: Market, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Made:
        database = databases.lent_at(market.settings.database_url.get_secret_value())
        if database is None or not _plain((args, kwargs)) or not database.is_empty():
            return await build(market, *args, **kwargs)
        key = (
            database.server.admin_url,
            build.__module__,
            build.__qualname__,
            repr(args),
            repr(sorted(kwargs.items())),
        )
        known = _found(key)
        scene = _scenes.get(key)
        if scene is not None:
            return scene.laid_into(market, database)
        made = await build(market, *args, **kwargs)
        if not known:
            rows = database.rows()
            _keep(key, None if rows is None else Scene.of(market, made, rows))
        return made

    return played


def _plain(value: object) -> bool:
    """Whether it is the same in every test: no people, no days."""
    if isinstance(value, dict):
        return all(_plain(part) for pair in value.items() for part in pair)
    if isinstance(value, (list, tuple, set, frozenset)):
        return all(map(_plain, value))
    return value is None or isinstance(value, (str, int, float, bool))
