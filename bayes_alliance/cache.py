"""Where compiled functions are kept between runs, and what is done where none can be kept.

numba keeps them in the package's folder or the user's, PyTensor in the user's home, and both fail
where they may not write: a read-only installation, an account without a home. They get a temporary
folder then, for this process and those it starts, and the user is told once.
"""

import functools
import os
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

NOT_KEPT = (
    "No folder can be written to in which compiled functions could be kept (that of the package, "
    "the home): they are compiled for this run alone, which takes a minute or so every time. Set "
    "NUMBA_CACHE_DIR, and base_compiledir in PYTENSOR_FLAGS, to a folder that can be written to"
)
NOT_SAVED = (
    "Compiled functions could not be saved, and are compiled again the next time, which takes a "
    "minute or so"
)


def for_pytensor() -> None:
    """Give PyTensor a folder if it has none; called before it is imported."""
    flags = os.environ.get("PYTENSOR_FLAGS", "")
    home = os.environ.get("LOCALAPPDATA") or os.path.expanduser("~")
    if "compiledir" not in flags and not _can_be_written(Path(home, ".pytensor")):
        own = f"base_compiledir={_temporary().name}"
        os.environ["PYTENSOR_FLAGS"] = f"{flags},{own}" if flags else own


@functools.cache
def for_numba() -> bool:
    """Give numba a folder if it has none; called before functions are compiled.

    Returns
    -------
    bool
        Whether compiled functions are kept for the next run.
    """
    # numba takes its time to load, and this module is loaded with the package.
    from numba import config
    from numba.core.caching import FunctionCache

    try:
        FunctionCache(_can_be_written)
    except RuntimeError:
        config.CACHE_DIR = os.environ["NUMBA_CACHE_DIR"] = _temporary().name
        return False
    return True


def as_c_function(signature: Any, function: Callable[..., Any], **options: Any) -> Any:
    """Compile a function that C calls, or read it from disk if it was compiled before.

    Parameters
    ----------
    signature : numba's signature
    **options
        Of `numba.cfunc`.

    Returns
    -------
    numba's C callback
    """
    from numba import cfunc

    for_numba()
    try:
        return cfunc(signature, cache=True, **options)(function)
    except OSError as error:
        # A disk that is full. What it calls is compiled by now and stays so.
        warnings.warn(f"{NOT_SAVED} ({error.strerror or error})", stacklevel=2)
        return cfunc(signature, **options)(function)


def _can_be_written(folder: Path) -> bool:
    """Whether a folder can be written to, or made."""
    there = next(place for place in (folder, *folder.parents) if os.path.exists(place))
    return there.is_dir() and os.access(there, os.W_OK)


@functools.cache
def _temporary() -> tempfile.TemporaryDirectory[str]:
    """The folder of this process, which is removed at its end."""
    warnings.warn(NOT_KEPT, stacklevel=3)
    return tempfile.TemporaryDirectory(prefix="bayes_alliance_", ignore_cleanup_errors=True)
