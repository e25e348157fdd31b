"""The drawings and models of the demo's inquiries: real files in the file store, real documents of the buyers."""

from collections.abc import AsyncIterator, Iterable
from uuid import UUID

from app.demo.inquiries import attachment_path
from app.demo.seed.history import History
from app.documents import kinds
from app.documents.guards import Received
from app.documents.usecases.keep_upload import keep_upload
from app.gateways.files import FileStore
from app.kit.actor import Actor
from app.settings import Settings


class Attachments:
    """Files by name. Their bytes are stored before the transaction begins: no file work inside it."""

    def __init__(self, settings: Settings) -> None:
        self._quota = settings.document_quota_bytes
        self._received: dict[str, Received] = {}

    async def store(self, files: FileStore, names: Iterable[str]) -> None:
        """Put each file into the store once."""
        for name in sorted(set(names)):
            await self.put(files, name, attachment_path(name).read_bytes())

    async def put(self, files: FileStore, name: str, content: bytes) -> None:
        """Put one content into the store."""
        kind = kinds.claimed_kind(name)
        if kind is None:
            raise ValueError(f"{name} is of no accepted kind")
        stored = await files.put(_stream(content), max_bytes=len(content))
        self._received[name] = Received(kinds.safe_name(name), kind, stored, key="")

    async def upload(self, told: History, actor: Actor, names: Iterable[str]) -> list[UUID]:
        """Make the files documents of the actor's organization; their ids in the order given."""
        session = await told.let(actor)
        return [
            (await keep_upload(session, actor, self._received[name], default_quota=self._quota)).id for name in names
        ]


async def _stream(content: bytes) -> AsyncIterator[bytes]:
    yield content
