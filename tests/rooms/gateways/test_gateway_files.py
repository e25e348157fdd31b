"""The local file store on a real folder."""

import hashlib
import os
import stat
import time
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest

from app.gateways.files import ByteRange, FileMissing, FileRangeInvalid, FileStore, FileTooLarge, LocalFileStore

pytestmark = pytest.mark.asyncio

CONTENT = b"ISO-10303-21;\n" * 50_000


async def stream(content: bytes, chunk: int = 65_536) -> AsyncIterator[bytes]:
    for start in range(0, len(content), chunk):
        yield content[start : start + chunk]


async def read(store: FileStore, key: str, part: ByteRange | None = None) -> bytes:
    return b"".join([chunk async for chunk in await store.open(key, part)])


def files_under(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


async def test_what_is_put_is_read_back_and_addressed_by_its_content(tmp_path: Path) -> None:
    store = LocalFileStore(tmp_path / "files")
    kept = await store.put(stream(CONTENT), max_bytes=len(CONTENT))
    assert kept.sha256 == kept.key == hashlib.sha256(CONTENT).hexdigest()
    assert kept.size_bytes == len(CONTENT) == await store.size_bytes(kept.key)
    assert await read(store, kept.key) == CONTENT
    again = await store.put(stream(CONTENT, 999), max_bytes=len(CONTENT))
    assert again == kept
    [path] = files_under(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_an_empty_file_is_a_file(tmp_path: Path) -> None:
    store = LocalFileStore(tmp_path)
    kept = await store.put(stream(b""), max_bytes=0)
    assert await read(store, kept.key) == b""


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (ByteRange(), CONTENT),
        (ByteRange(0, 1), CONTENT[:1]),
        (ByteRange(100, 200), CONTENT[100:200]),
        (ByteRange(len(CONTENT) - 5), CONTENT[-5:]),
        (ByteRange(5, len(CONTENT) * 2), CONTENT[5:]),
        (ByteRange(len(CONTENT)), b""),
        (ByteRange(7, 7), b""),
    ],
)
async def test_a_part_can_be_read(tmp_path: Path, part: ByteRange, expected: bytes) -> None:
    store = LocalFileStore(tmp_path)
    kept = await store.put(stream(CONTENT), max_bytes=10**7)
    assert await read(store, kept.key, part) == expected


@pytest.mark.parametrize("part", [ByteRange(4), ByteRange(-1), ByteRange(2, 1)])
async def test_an_impossible_range_is_refused_before_the_first_byte(tmp_path: Path, part: ByteRange) -> None:
    store = LocalFileStore(tmp_path)
    kept = await store.put(stream(b"abc"), max_bytes=10)
    with pytest.raises(FileRangeInvalid) as caught:
        await store.open(kept.key, part)
    assert caught.value.params == {"size_bytes": 3}


async def test_the_limit_holds_while_streaming_and_leaves_nothing(tmp_path: Path) -> None:
    store = LocalFileStore(tmp_path)
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 1000
            yield b"x" * 1000

    with pytest.raises(FileTooLarge) as caught:
        await store.put(endless(), max_bytes=10_000)
    assert caught.value.params == {"max_bytes": 10_000}
    assert taken == 11_000
    assert files_under(tmp_path) == []


async def test_a_broken_or_cancelled_upload_leaves_nothing(tmp_path: Path) -> None:
    store = LocalFileStore(tmp_path)

    async def breaks() -> AsyncIterator[bytes]:
        yield b"half"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await store.put(breaks(), max_bytes=100)

    async def hangs() -> AsyncIterator[bytes]:
        yield b"half"
        await anyio.sleep(60)

    with anyio.move_on_after(0.2) as scope:
        await store.put(hangs(), max_bytes=100)
    assert scope.cancelled_caught
    assert files_under(tmp_path) == []


@pytest.mark.parametrize(
    "key",
    [
        "",
        "..",
        "../../etc/passwd",
        "/etc/passwd",
        "a" * 63,
        "A" * 64,
        "a" * 65,
        "a" * 64 + "\n",
        "../" + "a" * 61,
        "aa/aa/" + "a" * 58,
    ],
)
async def test_a_key_that_is_none_finds_and_deletes_nothing(tmp_path: Path, key: str) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"mine")
    store = LocalFileStore(tmp_path / "files")
    await store.put(stream(b"abc"), max_bytes=10)
    with pytest.raises(FileMissing):
        await store.open(key)
    assert not await store.exists(key)
    await store.delete(key)
    assert outside.read_bytes() == b"mine"
    assert len(files_under(tmp_path)) == 2


async def test_a_link_under_a_key_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    store = LocalFileStore(tmp_path / "files")
    kept = await store.put(stream(b"abc"), max_bytes=10)
    path = tmp_path / "files" / kept.key[:2] / kept.key[2:4] / kept.key
    path.unlink()
    path.symlink_to(secret)
    assert not await store.exists(kept.key)
    with pytest.raises(Exception, match="file_store_unavailable"):
        await store.open(kept.key)


async def test_delete_forgets_and_is_calm_about_the_missing(tmp_path: Path) -> None:
    store = LocalFileStore(tmp_path)
    kept = await store.put(stream(b"abc"), max_bytes=10)
    assert await store.exists(kept.key)
    await store.delete(kept.key)
    await store.delete(kept.key)
    assert not await store.exists(kept.key)
    with pytest.raises(FileMissing):
        await store.open(kept.key)
    with pytest.raises(FileMissing):
        await store.size_bytes(kept.key)


async def test_equal_uploads_at_once_end_as_one_whole_file(tmp_path: Path) -> None:
    store = LocalFileStore(tmp_path)
    async with anyio.create_task_group() as group:
        for size in (100, 1_000, 10_000, 65_536, 300_000):
            group.start_soon(lambda size=size: store.put(stream(CONTENT, size), max_bytes=10**7))
    [path] = files_under(tmp_path)
    assert path.read_bytes() == CONTENT


async def test_the_sweep_takes_only_what_is_old(tmp_path: Path) -> None:
    store = LocalFileStore(tmp_path)
    incoming = tmp_path / "incoming"
    incoming.mkdir()
    old, fresh = incoming / "old.part", incoming / "fresh.part"
    old.touch()
    fresh.touch()
    os.utime(old, (time.time() - 7200, time.time() - 7200))
    assert await store.sweep_incoming(older_than_s=3600) == 1
    assert fresh.exists()
    assert not old.exists()
