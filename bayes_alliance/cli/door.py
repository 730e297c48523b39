"""The door every command leaves by: whatever happens becomes a sentence and an exit code.

Nobody sees a traceback: bad input is listed, an interruption says what is kept, and an error of
ours leaves its traceback in a file whose name is said.
"""

import errno
import platform
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

import bayes_alliance as ba
from bayes_alliance.errors import InputError
from bayes_alliance.interruptions import raised
from bayes_alliance.writing import write_under_a_free_name

CHECK_FAILED, BAD_INPUT, OUR_ERROR, INTERRUPTED = 1, 2, 3, 130
# What only the user can mend: a disk that is full or broken, folders and files without a permit.
OF_THE_MACHINE = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS, errno.EACCES, errno.EPERM),
    *(errno.EMFILE, errno.ENFILE, errno.ENAMETOOLONG, errno.EISDIR, errno.ENOTDIR),
}


@contextmanager
def door(while_interrupted: str = "Interrupted: nothing was written.") -> Iterator[None]:
    """Turn whatever ends a command into a message and an exit code, without a traceback.

    Notes of an exception (`BaseException.add_note`) are said too.

    Parameters
    ----------
    while_interrupted : str
        Said at an interruption of which no note says more.
    """
    with raised():
        try:
            yield
        except (typer.Exit, BrokenPipeError):
            raise  # the reader of a pipe that has read enough is answered by typer
        except InputError as error:
            raise _ended(BAD_INPUT, str(error), error) from None
        except KeyboardInterrupt as error:
            said = "Interrupted." if _notes(error) else while_interrupted
            raise _ended(INTERRUPTED, said, error) from None
        except Exception as error:
            if isinstance(error, OSError) and error.errno in OF_THE_MACHINE:
                where = error.filename or "The disk or a folder on it"
                said = f"{where} cannot be written to or read: {error.strerror}."
                raise _ended(BAD_INPUT, said, error) from None
            raise _ended(OUR_ERROR, _of_our_error(error), error) from None


def _ended(code: int, said: str, error: BaseException) -> typer.Exit:
    typer.echo("\n".join([said, *_notes(error)]), err=True)
    return typer.Exit(code)


def _notes(error: BaseException) -> list[str]:
    return getattr(error, "__notes__", [])


def _of_our_error(error: Exception) -> str:
    """Keep the traceback in a file, and say in a sentence which."""
    said = f"An error of bayes_alliance: {type(error).__name__}: {error}"
    python = f"Python {platform.python_version()} on {platform.platform()}"
    text = "".join(traceback.format_exception(error))
    content = f"bayes_alliance {ba.__version__}, {python}\n{sys.argv}\n\n{text}".encode()
    for folder in (Path.cwd(), Path.home(), Path(tempfile.gettempdir())):
        try:
            file = write_under_a_free_name(folder / "bayes-alliance-error.txt", content)
        except OSError:
            continue
        return f"{said}\nThe traceback is in {file}; please report it (it may quote labels)."
    return f"{said}\nNo folder could be written to, so the traceback stands here.\n{text}"
