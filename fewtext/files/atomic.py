"""Atomic writes: the one way to write a file or a folder, whole or not at all, whatever ends the process.

It is written beside its target under a name of its own, synced to the disk, and renamed. Its writer has it locked, so
that what a killed process left is known from what is being written, and is removed by the next writer. Modes are those
of what is replaced, else what the umask allows.
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

PART, ASIDE = ".part", ".old"  # end the names of what is being written, and of what is moved out of its way
_OWN = re.compile(r"\.(?P<target>.+)\.\d+\.[0-9a-f]{8}(?P<kind>\.part|\.old)", re.DOTALL)
_LONGEST = 200  # bytes of a target's name in that of its part: file systems allow 255


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Yield a stream whose content is the file from the end of the block on; raise ``InputError`` where that fails."""
    path = path.resolve()  # a link stays a link, and what it points to is replaced
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
            raise  # of something else that was done in the block
        raise _not_written(path, error) from error
    finally:
        part.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file."""
    with new_file(path) as stream:
        stream.write(content)


def write_text(path: Path, content: str) -> None:
    """Write a text file in UTF-8; halves of surrogate pairs are spelt out, as JSON has them."""
    write_bytes(path, content.encode("utf-8", "backslashreplace"))


@contextmanager
def new_folder(path: Path, who: str) -> Iterator[Path]:
    """Yield an empty folder that is at ``path`` from the end of the block on, in place of the one that stands there.

    Raises ``InputError`` where that fails, or where ``who``, another process, has that one locked.
    """
    path = path.resolve()
    made, handle = None, None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        clear(path.parent, path.name)
        made, handle = _new_part_folder(path)
        yield made
        for file in made.iterdir():
            with suppress(FileNotFoundError):
                file.chmod((path / file.name).stat().st_mode & 0o777)
        sync_folder(made)
        handle = _put_in_place(made, path, handle, who)
        sync_folder(path.parent)
    except OSError as error:
        raise _not_written(path, error) from error
    finally:
        if made is not None:
            shutil.rmtree(made, ignore_errors=True)  # what was replaced, or what did not come to an end
        if handle is not None:
            os.close(handle)


def clear(folder: Path, name: str | None = None) -> None:
    """Remove what killed processes left of files and folders, of this name or of all; put back what they moved aside.

    What a living process has locked, and what is not surely one of these, stays.
    """
    with suppress(FileNotFoundError, NotADirectoryError, PermissionError):
        for entry in list(os.scandir(folder)):
            found = _OWN.fullmatch(entry.name)
            if found and (name is None or _short(name) == found["target"]):
                _clear(Path(entry.path), folder / name if name and found["kind"] == ASIDE else None)


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
    """Whether a file of this name is what a process was writing; it stays there where the system has no locks."""
    return _OWN.fullmatch(name) is not None


def sync_folder(folder: Path) -> None:
    """Bring a folder's list of names to the disk, where the system can."""
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
        stream.close()  # another process took it for abandoned in the moment before it was locked


def _new_part_folder(path: Path) -> tuple[Path, int | None]:
    while True:
        made = _part_of(path)
        made.mkdir()
        if path.is_dir():
            made.chmod(path.stat().st_mode & 0o777 | 0o700)
        handle = open_folder(made)
        if handle is None or try_lock(handle) is not False and made.exists():
            return made, handle
        os.close(handle)


def _part_of(path: Path) -> Path:
    return path.with_name(f".{_short(path.name)}.{os.getpid()}.{secrets.token_hex(4)}{PART}")


def _short(name: str) -> str:
    return os.fsencode(name)[:_LONGEST].decode("utf-8", "ignore") if len(os.fsencode(name)) > _LONGEST else name


def _put_in_place(made: Path, path: Path, handle: int | None, who: str) -> int | None:
    """Rename ``made``, which ``handle`` has locked, to ``path``; return the handle to close."""
    try:
        made.rename(path)
        return handle
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
    with locked(path, who):
        exchange(made, path)
        return handle if handle is None else hand_over(path, handle)


def exchange(one: Path, other: Path) -> None:
    """Let two folders change names, at once where the system can; else a kill between leaves the other moved aside."""
    if _exchanged_at_once(os.fsencode(one), os.fsencode(other)):
        return
    aside = one.with_suffix(ASIDE)
    other.rename(aside)
    try:
        one.rename(other)
    except BaseException:
        aside.rename(other)
        raise
    aside.rename(one)


def _exchanged_at_once(one: bytes, other: bytes) -> bool:
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
    hint = "make room or choose another place"
    return InputError(f"cannot be written: {error.strerror or error}", where=str(path), hint=hint)
