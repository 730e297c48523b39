"""The models that come with the package, and the models of users.

`list_models` shows the shipped models, `load_model` returns one of them by name or reads a user's
own model file.
"""

import re
from functools import cache
from pathlib import Path

import pandas as pd

from bayes_alliance.errors import InputError, Problem, checked_arguments, closest, nearest
from bayes_alliance.specification.catalogue import catalogue
from bayes_alliance.specification.spec import ModelSpec

ORDER = ("recommended", "founding study", "alternative")


class ModelTable(pd.DataFrame):
    """A table of models that prints whole, two lines to a model; otherwise a pandas DataFrame."""

    def __repr__(self) -> str:
        width = max((len(name) for name in self["name"]), default=0)
        blocks = [
            f"{name:<{width}}  {title} ({status})\n{'':<{width}}  {about}"
            for name, title, status, about in self.itertuples(index=False)
        ]
        return "\n".join(blocks)


def list_models() -> ModelTable:
    """List the models that come with the package.

    Returns
    -------
    ModelTable
        A pandas DataFrame with a row per model, the recommended one first; columns name, title,
        status and about (its first sentence).
    """
    specs = sorted(
        (_shipped(name) for name in _names()),
        key=lambda spec: (ORDER.index(spec.status), spec.name),
    )
    rows = [(spec.name, spec.title, spec.status, _first_sentence(spec.about)) for spec in specs]
    return ModelTable(rows, columns=["name", "title", "status", "about"])


@checked_arguments
def load_model(name_or_path: str | Path) -> ModelSpec:
    """Load a model by name, or a model file of your own by path.

    Parameters
    ----------
    name_or_path : str or Path
        A name from `list_models`. A `Path`, and any text that ends in ``.toml`` or holds a
        slash, is read as a file.

    Raises
    ------
    InputError
        If there is no such model, or anything in the file is wrong.
    """
    text = str(name_or_path)
    if isinstance(name_or_path, Path) or text.endswith(".toml") or re.search(r"[/\\]", text):
        return ModelSpec.from_toml(name_or_path)
    names = _names()
    if text not in names:
        message = (
            f"is not a model of this package ({', '.join(names)}).{nearest(text, names)} "
            "A model file of your own is given by its path, ending in .toml."
        )
        raise InputError([Problem(where="model", value=text, message=message)], "load_model")
    return _shipped(text)


def model_meant(name: str) -> ModelSpec | None:
    """The shipped model whose name is nearest to one that no model has; None if none is near."""
    match = closest(name, _names())
    return None if match is None else _shipped(match)


def _names() -> list[str]:
    return sorted(
        file.name.removesuffix(".toml")
        for file in catalogue().iterdir()
        if file.name.endswith(".toml")
    )


@cache  # a specification cannot change
def _shipped(name: str) -> ModelSpec:
    file = catalogue() / f"{name}.toml"
    return ModelSpec.from_text(file.read_text(encoding="utf-8"), title=file.name)


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=[.!?])\s", " ".join(text.split()), maxsplit=1)[0]
