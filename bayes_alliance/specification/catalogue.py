"""Where the shipped models are, and the references they cite.

In an installed package the models are in the folder ``models`` inside it; in a checkout they are in
``models`` beside it. `catalogue` returns the first of the two that exists.
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from bayes_alliance.errors import InputError, Problem

BESIDE_THE_PACKAGE = Path(__file__).parents[2] / "models"


def catalogue() -> Traversable:
    """Return the folder of the shipped models.

    Returns
    -------
    Traversable
        Holds a ``.toml`` file per model and ``references.bib``.

    Raises
    ------
    InputError
        If the package was installed without it.
    """
    inside = files("bayes_alliance") / "models"
    folder = inside if inside.is_dir() else BESIDE_THE_PACKAGE
    if not folder.is_dir():
        message = "the shipped models are not there; install the package again"
        raise InputError([Problem(where=str(inside), message=message)], "models")
    return folder


@cache
def references() -> dict[str, str]:
    """Return the references of the shipped models.

    Returns
    -------
    dict of str to str
        The reference as it is printed, by key.
    """
    return {key: _printed(fields) for key, fields in entries_of_models().items()}


@cache
def entries_of_models() -> dict[str, dict[str, str]]:
    """Return the fields of the references of the shipped models, by key."""
    return entries_of((catalogue() / "references.bib").read_text(encoding="utf-8"))


def entries_of(text: str) -> dict[str, dict[str, str]]:
    """Read the fields of every reference of a BibTeX file, by key."""
    bodies = re.findall(r"^@\w+\{([^,\s]+),\n(.*?)^\}", text, flags=re.MULTILINE | re.DOTALL)
    return {key: dict(_fields(body)) for key, body in bodies}


def authors_of(entry: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the authors of a reference: last and first names."""
    names = [name.partition(", ") for name in entry["author"].split(" and ")]
    return [(last, first) for last, _, first in names]


def _fields(body: str) -> list[tuple[str, str]]:
    pairs = re.findall(r"^\s*(\w+)\s*=\s*\{(.*?)\},?$", body, flags=re.MULTILINE | re.DOTALL)
    return [(name, re.sub(r"[{}]", "", value).replace("--", "–")) for name, value in pairs]


def _printed(entry: dict[str, str]) -> str:
    where = entry.get("journal") or entry.get("publisher", "")
    where += f" {entry['volume']}" if "volume" in entry else ""
    where += f"({entry['number']})" if "number" in entry else ""
    where += f":{entry['pages']}" if "pages" in entry else ""
    doi = f" doi:{entry['doi']}" if "doi" in entry else ""
    authors = [" ".join(reversed(name.split(", "))) for name in entry["author"].split(" and ")]
    return f"{' & '.join(authors)} ({entry['year']}). {entry['title']}. {where}.{doi}"
