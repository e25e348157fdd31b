"""Where the bytes of uploaded and rendered files lie. Who may open them is the documents room's business, not ours."""

import contextlib
import hashlib
import os
import re
import time
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, ClassVar, Protocol
from uuid import uuid4

import anyio
from anyio.to_thread import run_sync

from app.gateways.errors import GatewayError
from app.kit.outside import calls_out

_KEY = re.compile(r"[0-9a-f]{64}")
_CHUNK_BYTES = 262_144


class FileStoreError(GatewayError):
    """Base of the file store's errors."""

    code: ClassVar[str] = "file_store_failed"


class FileMissing(FileStoreError):
    """No file has this key, or it is no key at all."""

    code: ClassVar[str] = "file_missing"


class FileTooLarge(FileStoreError):
    """The stream holds more than `max_bytes`; nothing of it was kept."""

    code: ClassVar[str] = "file_too_large"


class FileRangeInvalid(FileStoreError):
    """The range begins behind the file's end; `size_bytes` is the file's true size."""

    code: ClassVar[str] = "file_range_invalid"


class FileStoreUnavailable(FileStoreError):
    """The disk is full, gone or not ours to write to."""

    code: ClassVar[str] = "file_store_unavailable"
    retryable: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is safely kept. `key` finds it again; `sha256` is its content's digest in hexadecimal."""

    key: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class ByteRange:
    """A part of a file: from `start` up to, not including, `end`; to the file's end when None."""

    start: int = 0
    end: int | None = None


class FileStore(Protocol):
    """Keeps bytes under keys that it makes itself."""

    async def put(self, stream: AsyncIterable[bytes], *, max_bytes: int) -> StoredFile:
        """Keep a whole stream, or nothing of it. Raises `FileTooLarge`, `FileStoreUnavailable`."""
        ...

    async def open(self, key: str, part: ByteRange | None = None) -> AsyncIterator[bytes]:
        """The bytes in chunks. Errors (`FileMissing`, `FileRangeInvalid`) come from this call, before any chunk."""
        ...

    async def delete(self, key: str) -> None:
        """Forget a file; a missing one is no error."""
        ...

    async def exists(self, key: str) -> bool:
        """Whether the file is there."""
        ...

    async def old_keys(self, *, older_than_s: float) -> list[str]:
        """The keys of files that were last put so long ago."""
        ...

    async def delete_old(self, key: str, *, older_than_s: float) -> bool:
        """Forget a file unless it was put again meanwhile; whether it is gone."""
        ...

    async def sweep_incoming(self, *, older_than_s: float) -> int:
        """Remove what killed uploads left behind; how many."""
        ...


@calls_out
class LocalFileStore:
    """The local `FileStore`: content-addressed files in a folder tree that nobody else may read.

    The key is the SHA-256 of the content, so the same content is kept once: whoever deletes must know that no other
    record points to the key. A file appears under its key complete and synced to disk, or not at all.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._incoming = self._root / "incoming"

    async def put(self, stream: AsyncIterable[bytes], *, max_bytes: int) -> StoredFile:
        """Write to a temporary file while hashing and counting, sync, then rename to the content's key."""
        temporary = self._incoming / f"{uuid4().hex}.part"
        file = await run_sync(self._create, temporary)
        digest = hashlib.sha256()
        size = 0
        try:
            async for chunk in stream:
                size += len(chunk)
                if size > max_bytes:
                    raise FileTooLarge(max_bytes=max_bytes)
                await run_sync(_append, file, digest, chunk)
            key = digest.hexdigest()
            await run_sync(self._settle, file, temporary, key, size)
        finally:
            with anyio.CancelScope(shield=True):
                await run_sync(_discard, file, temporary)
        return StoredFile(key=key, sha256=key, size_bytes=size)

    async def open(self, key: str, part: ByteRange | None = None) -> AsyncIterator[bytes]:
        """Open now, read while the iterator is consumed."""
        wanted = part or ByteRange()
        file, remaining = await run_sync(self._open_at, key, wanted)
        return _chunks(file, remaining)

    async def size_bytes(self, key: str) -> int:
        """The file's size. Raises `FileMissing`."""
        try:
            status = await run_sync(os.lstat, self._path(key))
        except FileNotFoundError:
            raise FileMissing(key=key) from None
        return status.st_size

    async def delete(self, key: str) -> None:
        """Remove the file under a key."""
        if _KEY.fullmatch(key) is None:
            return
        await run_sync(lambda: self._path(key).unlink(missing_ok=True))

    async def exists(self, key: str) -> bool:
        """Whether a regular file lies under the key."""
        if _KEY.fullmatch(key) is None:
            return False
        path = self._path(key)
        return await run_sync(lambda: path.is_file() and not path.is_symlink())

    async def old_keys(self, *, older_than_s: float) -> list[str]:
        """The keys of files whose last `put` was so long ago."""
        return await run_sync(self._old_keys, time.time() - older_than_s)

    async def delete_old(self, key: str, *, older_than_s: float) -> bool:
        """Remove a file unless a `put` of the same content has renewed it: it is moved aside, looked at, and put back."""
        if _KEY.fullmatch(key) is None:
            return False
        return await run_sync(self._delete_old, self._path(key), time.time() - older_than_s)

    async def sweep_incoming(self, *, older_than_s: float) -> int:
        """Remove what killed uploads left behind; how many."""
        return await run_sync(self._sweep, older_than_s)

    def _path(self, key: str) -> Path:
        """The only place where a key becomes a path; 64 hexadecimal digits can leave no folder."""
        if _KEY.fullmatch(key) is None:
            raise FileMissing()
        return self._root / key[:2] / key[2:4] / key

    def _create(self, temporary: Path) -> BinaryIO:
        try:
            self._incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
            return os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb")
        except OSError as error:
            raise FileStoreUnavailable(errno=error.errno) from None

    def _settle(self, file: BinaryIO, temporary: Path, key: str, size: int) -> None:
        """Make the bytes durable and give them their name. Equal content that lies there is replaced by itself."""
        target = self._path(key)
        try:
            file.flush()
            os.fsync(file.fileno())
            if os.fstat(file.fileno()).st_size != size:
                raise FileStoreUnavailable(errno=None)
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            temporary.rename(target)
            for folder in (target.parent, target.parent.parent, self._root):
                _sync_folder(folder)
        except OSError as error:
            raise FileStoreUnavailable(errno=error.errno) from None

    def _open_at(self, key: str, part: ByteRange) -> tuple[BinaryIO, int]:
        try:
            file = os.fdopen(os.open(self._path(key), os.O_RDONLY | os.O_NOFOLLOW), "rb")
        except (FileNotFoundError, NotADirectoryError):
            raise FileMissing(key=key) from None
        except OSError as error:
            raise FileStoreUnavailable(errno=error.errno) from None
        size = os.fstat(file.fileno()).st_size
        end = size if part.end is None else min(part.end, size)
        if part.start < 0 or part.start > size or end < part.start:
            file.close()
            raise FileRangeInvalid(size_bytes=size)
        file.seek(part.start)
        return file, end - part.start

    def _old_keys(self, oldest: float) -> list[str]:
        found = []
        for path in self._root.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*"):
            with contextlib.suppress(FileNotFoundError):
                if _KEY.fullmatch(path.name) and path.lstat().st_mtime < oldest:
                    found.append(path.name)
        return sorted(found)

    def _delete_old(self, path: Path, oldest: float) -> bool:
        aside = self._incoming / f"{uuid4().hex}.part"
        try:
            self._incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.rename(aside)
            if aside.lstat().st_mtime >= oldest:
                aside.rename(path)
                return False
            aside.unlink()
        except FileNotFoundError:
            return False
        return True

    def _sweep(self, older_than_s: float) -> int:
        oldest = time.time() - older_than_s
        removed = 0
        for path in self._incoming.glob("*.part"):
            with contextlib.suppress(FileNotFoundError):
                if path.lstat().st_mtime < oldest:
                    path.unlink()
                    removed += 1
        return removed


def _append(file: BinaryIO, digest: "hashlib._Hash", chunk: bytes) -> None:
    digest.update(chunk)
    try:
        file.write(chunk)
    except OSError as error:
        raise FileStoreUnavailable(errno=error.errno) from None


def _discard(file: BinaryIO, temporary: Path) -> None:
    """Close, and remove the temporary file if it was not renamed."""
    with contextlib.suppress(OSError):
        file.close()
    temporary.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


async def _chunks(file: BinaryIO, remaining: int) -> AsyncIterator[bytes]:
    try:
        while remaining > 0:
            chunk = await run_sync(file.read, min(_CHUNK_BYTES, remaining))
            if not chunk:
                return
            remaining -= len(chunk)
            yield chunk
    finally:
        file.close()
