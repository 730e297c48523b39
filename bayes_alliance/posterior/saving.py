"""One netCDF file per fit, whole or refused.

The draws lie in the file as ArviZ lays them out (groups ``posterior`` and ``sample_stats``, read by
``arviz.from_netcdf`` too); the ratings lie beside them as the text of their own file and study
file, so that they come back exactly; what the run was is JSON in the file's attributes. Behind the
end of what netCDF reads stands a checksum of it all: a file that was cut off or damaged is refused
before any of it is read.
"""

import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any

import xarray as xr

from bayes_alliance.errors import InputError, Problem
from bayes_alliance.ratings import Ratings
from bayes_alliance.ratings.as_text import to_texts
from bayes_alliance.ratings.ratings import from_texts
from bayes_alliance.writing import write_bytes

FORMAT, VERSION = "bayes_alliance fit", 2
PRIVACY = "This file contains the ratings of every child. Keep it as you keep the data."
NETCDF = b"\x89HDF\r\n\x1a\n"  # how every netCDF 4 file begins
CHECKSUM = re.compile(rb"\nbayes_alliance sha256 ([0-9a-f]{64})\n\Z")
N_CHECKSUM = len("\nbayes_alliance sha256 \n") + 64  # bytes


def content(tree: xr.DataTree, facts: dict[str, Any]) -> bytes:
    """Compose a file of a tree and the facts of its run.

    Parameters
    ----------
    facts : dict
        What JSON can hold.
    """
    tree.attrs = {
        "format": f"{FORMAT} {VERSION}",
        "privacy": PRIVACY,
        "facts": json.dumps(facts),
    }
    netcdf = bytes(tree.to_netcdf())
    return netcdf + f"\nbayes_alliance sha256 {hashlib.sha256(netcdf).hexdigest()}\n".encode()


def write(file: bytes, path: Path, *, overwrite: bool) -> Path:
    """Write a file of a fit.

    Parameters
    ----------
    file : bytes
        As from `content`.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        If the file exists and may not be replaced, or its folder does not exist.
    """
    if not os.path.isdir(path.parent):
        message = f"the folder {path.parent} does not exist"
        raise InputError([Problem(where=str(path), message=message)], "saving a fit")
    try:
        return write_bytes(path, file, replace=overwrite)
    except FileExistsError as error:
        message = "exists already; choose another name, or say overwrite=True to replace it"
        raise InputError([Problem(where=str(path), message=message)], "saving a fit") from error


def read(path: Path) -> tuple[xr.DataTree, dict[str, Any]]:
    """Read a tree and the facts of its run.

    Raises
    ------
    InputError
        If there is no such file, it holds no fit, it is not as it was saved, or it was saved by a
        newer version of the package.
    """
    if not os.path.isfile(path):
        raise _refused(path, "no such file")
    try:
        file = path.read_bytes()
    except OSError as error:
        raise _refused(path, f"cannot be read ({error.strerror})") from error
    if not file.startswith(NETCDF):
        raise _refused(path, "not a netCDF file, and so no saved fit")
    netcdf, checksum = file[:-N_CHECKSUM], CHECKSUM.match(file[-N_CHECKSUM:])
    if checksum is None:
        message = "is cut off, was changed by another program, or holds no fit"
        raise _refused(path, f"{message}; take another copy of it, or fit again")
    if hashlib.sha256(netcdf).hexdigest() != checksum[1].decode():
        message = "is damaged: it no longer holds what was saved"
        raise _refused(path, f"{message}; take another copy of it, or fit again")
    tree = xr.load_datatree(netcdf)
    written = str(tree.attrs["format"]).removeprefix(f"{FORMAT} ")
    if written != str(VERSION):
        message = f"is a fit in format {written}, and this version of bayes_alliance reads format "
        raise _refused(path, f"{message}{VERSION}; use the version that saved it")
    facts = json.loads(tree.attrs["facts"])
    # Facts become fields of the fit; left here they would be written a second time.
    tree.attrs = {}
    return tree, facts


def _refused(path: Path, message: str) -> InputError:
    return InputError([Problem(where=str(path), message=message)], "reading a fit")


def ratings_to_dataset(ratings: Ratings) -> xr.Dataset:
    """Ratings as the text of their file and study file.

    Returns
    -------
    Dataset
        Variables ``ratings_csv`` and ``study_toml``, one text each.
    """
    texts = dict(zip(("ratings_csv", "study_toml"), to_texts(ratings), strict=True))
    return xr.Dataset({name: ((), text) for name, text in texts.items()})


def ratings_from_dataset(dataset: xr.Dataset) -> Ratings:
    """Ratings back from the text of their file and study file.

    Parameters
    ----------
    dataset : Dataset
        As from `ratings_to_dataset`.
    """
    return from_texts(str(dataset["ratings_csv"].item()), str(dataset["study_toml"].item()))
