"""One netCDF file per fit, written whole or not at all.

The draws lie in the file as ArviZ lays them out (groups ``posterior`` and ``sample_stats``, read by
``arviz.from_netcdf`` too); the ratings lie beside them as the text of their own file and study
file, so that they come back exactly; what the run was is JSON in the file's attributes.
"""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import xarray as xr

from bayes_alliance.errors import InputError, Problem
from bayes_alliance.ratings import Ratings
from bayes_alliance.ratings.as_text import to_texts
from bayes_alliance.ratings.ratings import from_texts

FORMAT = "bayes_alliance fit 1"
PRIVACY = "This file contains the ratings of every child. Keep it as you keep the data."


def write(tree: xr.DataTree, facts: dict[str, Any], path: Path, *, overwrite: bool) -> Path:
    """Write a tree and the facts of its run.

    Parameters
    ----------
    facts : dict
        What JSON can hold.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        If the file exists and may not be replaced, or its folder does not exist.
    """
    if path.exists() and not overwrite:
        message = "exists already; choose another name, or say overwrite=True to replace it"
        raise InputError([Problem(where=str(path), message=message)], "saving a fit")
    if not path.parent.is_dir():
        message = f"the folder {path.parent} does not exist"
        raise InputError([Problem(where=str(path), message=message)], "saving a fit")
    tree.attrs = {"format": FORMAT, "privacy": PRIVACY, "facts": json.dumps(facts)}
    # In the same folder, and so on the same file system: replacing is then one step, and a crash
    # leaves the old file or the new one.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".partial")
    os.close(handle)
    partial = Path(name)
    try:
        tree.to_netcdf(partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def read(path: Path) -> tuple[xr.DataTree, dict[str, Any]]:
    """Read a tree and the facts of its run.

    Raises
    ------
    InputError
        If there is no such file or it holds no fit.
    """
    if not path.is_file():
        raise InputError([Problem(where=str(path), message="no such file")], "reading a fit")
    try:
        tree = xr.load_datatree(path)
    except (OSError, ValueError) as error:
        message = f"not a netCDF file ({error})"
        raise InputError([Problem(where=str(path), message=message)], "reading a fit") from error
    if tree.attrs.get("format") != FORMAT:
        message = f"holds no fit in the format '{FORMAT}'"
        raise InputError([Problem(where=str(path), message=message)], "reading a fit")
    facts = json.loads(tree.attrs["facts"])
    # Facts become fields of the fit; left here they would be written a second time.
    tree.attrs = {}
    return tree, facts


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
