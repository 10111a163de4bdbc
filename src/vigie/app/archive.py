"""A backup as a file: one zstd tar that says first what it is and last what each of its files must be."""

import hashlib
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import msgspec
import zstandard

from vigie.errors import Malformed
from vigie.journal.disk import PRIVATE_DIRECTORY, PRIVATE_FILE, operator_mends, sync_directory

FORMAT = 1
MANIFEST, HASHES = "manifest.json", "hashes.json"
_LEVEL = 3
_BLOCK = 1 << 20


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup is: made by which version, when (UTC, ISO 8601), of which kind of database, with which migrations."""

    format: int
    vigie: str
    at: str
    database: str
    migrations: list[str]


class Packer:
    """Puts files into a backup."""

    def __init__(self, tar: tarfile.TarFile):
        self._tar = tar
        self.hashes: dict[str, str] = {}
        self.size = 0

    def add(self, name: str, path: Path) -> None:
        """A file as long as it is now, whatever is added to it meanwhile; one that has just gone is left out."""
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return
        with file:
            self._put(name, file, os.fstat(file.fileno()).st_size)

    def write(self, name: str, content: bytes) -> None:
        """A file with this content."""
        self._put(name, BytesIO(content), len(content))

    def _put(self, name: str, file: BinaryIO, size: int) -> None:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = size, PRIVATE_FILE
        reading = _Hashing(file)
        self._tar.addfile(entry, reading)
        self.hashes[name] = reading.digest.hexdigest()
        self.size += size


class _Hashing:
    """A file that is hashed as it is read."""

    def __init__(self, file: BinaryIO):
        self._file, self.digest = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Some bytes."""
        piece = self._file.read(size)
        self.digest.update(piece)
        return piece


@contextmanager
def packing(target: Path, manifest: Manifest) -> Iterator[Packer]:
    """A new backup; it appears under its name when everything is in it and on the disk."""
    draft = target.with_name(f".{target.name}.{os.getpid()}.draft")
    with operator_mends(target.parent):
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
        try:
            with os.fdopen(fd, "wb") as file:
                with (
                    zstandard.ZstdCompressor(_LEVEL).stream_writer(file, closefd=False) as packed,
                    tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
                ):
                    packer = Packer(tar)
                    packer.write(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
                    yield packer
                    packer.write(HASHES, msgspec.json.encode(packer.hashes))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(target)
            sync_directory(target.parent)
        finally:
            draft.unlink(missing_ok=True)


def unpack(source: Path, into: Path) -> Iterator[Manifest]:
    """Give what the backup is, then lay its files into a directory when asked to go on.

    Raises: Malformed if this is no backup, is cut short, or a file is not what it was.
    """
    try:
        with (
            source.open("rb") as file,
            zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True) as packed,
            tarfile.open(fileobj=packed, mode="r|") as tar,
        ):
            entries = iter(tar)
            yield msgspec.json.decode(_content(tar, next(entries, None)), type=Manifest)
            found: dict[str, str] = {}
            for entry in entries:
                if entry.name == HASHES:
                    wanted = msgspec.json.decode(_content(tar, entry), type=dict[str, str])
                    _same(source, found, {name: value for name, value in wanted.items() if name != MANIFEST})
                    return
                found[entry.name] = _lay(tar, entry, into)
    except (tarfile.TarError, zstandard.ZstdError, msgspec.MsgspecError, EOFError) as error:
        raise Malformed(f"{source}: this is no backup, or not a whole one ({error})") from error
    except FileNotFoundError as error:
        raise Malformed(f"{source}: there is no such file") from error
    raise Malformed(f"{source}: this backup is cut short: use another")


def _same(source: Path, found: dict[str, str], wanted: dict[str, str]) -> None:
    unlike = sorted(name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name))
    if unlike:
        raise Malformed(f"{source}: {unlike[0]} is not what was backed up: use another backup")


def _content(tar: tarfile.TarFile, entry: tarfile.TarInfo | None) -> bytes:
    file = tar.extractfile(entry) if entry is not None and entry.isfile() else None
    if file is None:
        raise tarfile.TarError("what it is does not come first")
    return file.read()


def _lay(tar: tarfile.TarFile, entry: tarfile.TarInfo, into: Path) -> str:
    """One file; nothing that would lie outside the directory."""
    name = PurePosixPath(entry.name)
    file = tar.extractfile(entry) if entry.isfile() else None
    if file is None or name.is_absolute() or ".." in name.parts:
        raise tarfile.TarError(f"{entry.name!r} is not a plain file below the directory")
    path = into / name
    path.parent.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with (
        operator_mends(path),
        os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "wb") as out,
    ):
        while piece := file.read(_BLOCK):
            digest.update(piece)
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())
    return digest.hexdigest()
