"""Files that are written whole or not at all.

What a file holds is composed in memory first. On Linux it lies on the disk without a name until it
is whole, so that nothing is left over whatever ends the process; elsewhere under a name of its own
that ends in ``.partial``. Names that are taken are never taken away unless that is asked for.
"""

import errno
import os
import uuid
from collections.abc import Iterator
from itertools import count
from pathlib import Path

# File systems without hard links (exFAT, some network drives) say one of these.
NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EACCES}


def write_text(path: Path, text: str) -> Path:
    """Write a text file whole or not at all.

    Parameters
    ----------
    path : Path
        In a folder that exists; what is there is replaced.
    """
    return write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes, *, replace: bool = True) -> Path:
    """Write a file whole or not at all.

    Parameters
    ----------
    path : Path
        In a folder that exists.
    replace : bool
        Whether a file that is there is replaced.

    Raises
    ------
    FileExistsError
        If a file is there and may not be replaced, also if it came while this one was written.
    """
    partial = path.with_name(f".{uuid.uuid4().hex}.partial")
    try:
        _fill(partial, content)
        if replace:
            partial.replace(path)
        else:
            _name(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def write_under_a_free_name(path: Path, content: bytes) -> Path:
    """Write a file under its name or, if that is taken, with a number in it.

    Returns
    -------
    Path
        The file: ``fit.nc``, ``fit.1.nc``, ...
    """
    for name in _names(path):
        if os.path.lexists(name):
            continue
        try:
            return write_bytes(name, content, replace=False)
        except FileExistsError:
            continue
    raise AssertionError("numbers do not end")


def _names(path: Path) -> Iterator[Path]:
    yield path
    for number in count(1):
        yield path.with_name(f"{path.stem}.{number}{path.suffix}")


def _fill(path: Path, content: bytes) -> None:
    """Make a file that has its name once it is whole, where that is possible."""
    try:
        handle = os.open(path.parent, os.O_TMPFILE | os.O_WRONLY, 0o666)
    except (AttributeError, OSError):
        # Not Linux, or a file system that has only files with names.
        _fill_under_its_name(path, content)
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        _store(handle, content)
        # Only with a folder does Python follow this link to the file itself.
        os.link(f"/proc/self/fd/{handle}", path.name, src_dir_fd=folder, dst_dir_fd=folder)
    except FileNotFoundError:  # no /proc
        _fill_under_its_name(path, content)
    finally:
        os.close(handle)
        os.close(folder)


def _fill_under_its_name(path: Path, content: bytes) -> None:
    with path.open("xb") as stream:
        _store(stream.fileno(), content)


def _store(handle: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(handle, rest) :]
    # Hours of sampling must survive a crash of the machine.
    os.fsync(handle)


def _name(partial: Path, path: Path) -> None:
    """Give a file its name if nothing has it: in one step where there are hard links."""
    try:
        os.link(partial, path)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from error
        partial.rename(path)
