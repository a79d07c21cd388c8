"""Atomic writes: the one way to write a file or a folder, so that a killed process leaves no partial content.

The content is written beside its target under a temporary name, synced to the disk, and renamed. Its writer holds a
lock on it, so that the next writer can tell leftovers of a killed process, and removes them. Permissions are those of
what is replaced, else what the umask allows.
"""

from __future__ import annotations

import ctypes
import errno
import os
import re
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from fewtext.errors import InputError
from fewtext.files.locks import hand_over, locked, open_folder, try_lock

PART, ASIDE = ".part", ".old"  # endings of what is being written, and of what is moved out of its way
_TEMPORARY = re.compile(r"\.(?P<target>.+)\.\d+\.[0-9a-f]{8}(?P<kind>\.part|\.old)", re.DOTALL)
_LONGEST = 200  # bytes of a target's name that are kept in a temporary one: file systems allow 255


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Yield a stream; at the end of the block its content becomes the file. Raise ``InputError`` where that fails."""
    path = path.resolve()  # a link is kept, and its target replaced
    try:
        clear(path.parent, path.name)
        part, stream = _new_part(path)
    except OSError as error:
        raise _not_written(path, error) from error
    try:
        with stream:
            with suppress(FileNotFoundError):
                part.chmod(path.stat().st_mode & 0o777)
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        if isinstance(error, BrokenPipeError) or error.filename not in (None, str(part)):
            raise  # an error of other code in the block
        raise _not_written(path, error) from error
    finally:
        part.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file."""
    with new_file(path) as stream:
        stream.write(content)


def write_text(path: Path, content: str) -> None:
    """Write a text file in UTF-8; lone surrogates are written as escapes, as in JSON."""
    write_bytes(path, content.encode("utf-8", "backslashreplace"))


@contextmanager
def new_folder(path: Path, who: str) -> Iterator[Path]:
    """Yield an empty folder; at the end of the block it becomes the folder at ``path``, replacing an earlier one.

    Raises ``InputError`` where that fails, or where another process has locked ``path``, which is called ``who``.
    """
    path = path.resolve()
    part, handle = None, None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        clear(path.parent, path.name)
        part, handle = _new_part_folder(path)
        yield part
        for file in part.iterdir():
            with suppress(FileNotFoundError):
                file.chmod((path / file.name).stat().st_mode & 0o777)
        sync_folder(part)
        handle = _put_in_place(part, path, handle, who)
        sync_folder(path.parent)
    except OSError as error:
        raise _not_written(path, error) from error
    finally:
        if part is not None:
            shutil.rmtree(part, ignore_errors=True)  # holds the replaced folder now, or an unfinished one
        if handle is not None:
            os.close(handle)


def clear(folder: Path, name: str | None = None) -> None:
    """Remove leftovers of killed processes, for this name or for all; put back what they have moved aside.

    Anything that a running process has locked is kept, and anything that may be another file.
    """
    with suppress(FileNotFoundError, NotADirectoryError, PermissionError):
        for entry in list(os.scandir(folder)):
            match = _TEMPORARY.fullmatch(entry.name)
            if match and (name is None or short_name(name) == match["target"]):
                _clear(Path(entry.path), folder / name if name and match["kind"] == ASIDE else None)


def _clear(path: Path, moved_from: Path | None) -> None:
    if path.is_symlink() or not (path.is_file() or path.is_dir()):
        return
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        if not try_lock(handle):
            return
        if moved_from is not None and not moved_from.exists():
            path.rename(moved_from)
        elif path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    finally:
        os.close(handle)


def is_part(name: str) -> bool:
    """Whether this is the name of an unfinished file; without locks in the system such files are not removed."""
    return _TEMPORARY.fullmatch(name) is not None


def sync_folder(folder: Path) -> None:
    """Sync a folder's entries to the disk, where the system can."""
    with suppress(OSError):
        if (handle := open_folder(folder)) is not None:
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def _new_part(path: Path) -> tuple[Path, BinaryIO]:
    while True:
        part = _part_of(path)
        stream = part.open("xb")
        if try_lock(stream.fileno()) is not False and part.exists():
            return part, stream
        stream.close()  # another process removed it in the moment before it was locked


def _new_part_folder(path: Path) -> tuple[Path, int | None]:
    while True:
        part = _part_of(path)
        part.mkdir()
        if path.is_dir():
            part.chmod(path.stat().st_mode & 0o777 | 0o700)
        handle = open_folder(part)
        if handle is None or try_lock(handle) is not False and part.exists():
            return part, handle
        os.close(handle)


def _part_of(path: Path) -> Path:
    return path.with_name(f".{short_name(path.name)}.{os.getpid()}.{secrets.token_hex(4)}{PART}")


def short_name(name: str) -> str:
    """Return a target's name, cut so that another one can be made of it."""
    return os.fsencode(name)[:_LONGEST].decode("utf-8", "ignore") if len(os.fsencode(name)) > _LONGEST else name


def _put_in_place(part: Path, path: Path, handle: int | None, who: str) -> int | None:
    """Rename ``part``, which ``handle`` has locked, to ``path``; return the handle to close."""
    try:
        part.rename(path)
        return handle
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
    with locked(path, who):
        exchange(part, path)
        return handle if handle is None else hand_over(path, handle)


def exchange(one: Path, other: Path) -> None:
    """Exchange the names of two folders, atomically where the system can; else a kill may leave one moved aside."""
    if _exchanged_atomically(os.fsencode(one), os.fsencode(other)):
        return
    aside = one.with_suffix(ASIDE)
    other.rename(aside)
    try:
        one.rename(other)
    except BaseException:
        aside.rename(other)
        raise
    aside.rename(one)


def _exchanged_atomically(one: bytes, other: bytes) -> bool:
    if os.name != "posix":
        return False
    system = ctypes.CDLL(None, use_errno=True)
    if sys.platform == "darwin" and hasattr(system, "renamex_np"):
        done = system.renamex_np(one, other, 2)  # RENAME_SWAP
    elif sys.platform == "linux" and hasattr(system, "renameat2"):
        here = -100  # AT_FDCWD
        done = system.renameat2(here, one, here, other, 2)  # RENAME_EXCHANGE
    else:
        return False
    if done == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP):  # an old kernel, or file system
        return False
    raise OSError(number, os.strerror(number), os.fsdecode(other))


def _not_written(path: Path, error: OSError) -> InputError:
    hint = "free some space or choose another place"
    return InputError(f"cannot be written: {error.strerror or error}", where=str(path), hint=hint)
