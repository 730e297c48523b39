"""Equations of a model for a paper: symbols only, and a sentence that says what they mean.

Both are made from `apart` and `legend`; what those call by a name of code is said in words.
"""

import re
from dataclasses import replace
from functools import partial

from bayes_alliance.posterior.fit import Fit
from bayes_alliance.reporting.prose.wording import spoken, time_label
from bayes_alliance.specification.equation import (
    Item,
    Leaf,
    Marked,
    Piece,
    Row,
    Symbols,
    explained,
    symbols,
)
from bayes_alliance.specification.formulas import apart, legend

SCALED = "(time − origin) / per"  # as the legend says it in terms of the study file
SHORTLY = re.compile(r"(?: [(]|[:;]).*")  # what explains a meaning further
OF_CODE = re.compile(r" \w+_(?:sd|cor)\b")


def equations(fit: Fit) -> tuple[Symbols, ...]:
    """Equations of the model that was fitted, in the order of the specification."""
    return tuple(_in_words(fit, symbols(one)) for one in apart(fit.spec)[0])


def meaning(fit: Fit) -> tuple[Piece, ...]:
    """Say what the symbols of the equations mean, in one sentence."""
    ratings = fit.ratings
    unit = ratings.time.step if ratings.time.per != 1 else ratings.time.unit or "units of time"
    from_origin = (
        f"counted from {time_label(ratings, float(ratings.time.origin))} in {_units(unit)}"
    )
    known = legend(fit.spec).replace(SCALED, from_origin).rstrip(".")
    effects = ["β: effects of covariates"] if fit.spec.covariates else []
    own = ["γ: averages of the informants", *effects, *_matrices(fit), *_quantities(fit)]
    text = ratings.words.said(f"Here, {'; '.join([known, *own])}.")
    return tuple(
        _in_words(fit, piece) if isinstance(piece, Symbols) else piece for piece in explained(text)
    )


def _units(unit: str) -> str:
    return f"units of {unit}" if unit[:1].isdigit() else unit


def _matrices(fit: Fit) -> list[str]:
    """What is said of the covariance matrices; of those alike once."""
    names: dict[str, list[str]] = {}
    for name, of in apart(fit.spec)[1].items():
        names.setdefault(OF_CODE.sub("", of), []).append(name)
    return [
        f"{', '.join(alike)}: covariance {'matrices' if len(alike) > 1 else 'matrix'} ({of})"
        for of, alike in names.items()
    ]


def _quantities(fit: Fit) -> list[str]:
    """What quantities with a prior mean that stand in the equations by name."""
    text = " ".join(apart(fit.spec)[0])
    coefficients = fit.spec.trajectory.coefficients
    return [
        f"{spoken(key)}: {SHORTLY.sub('', one.meaning)}"
        for key, one in fit.spec.quantities.items()
        if "_" in key
        and key not in coefficients
        and re.search(rf"\b{re.escape(key)}(?=\W|[ₖₜ])", text)
    ]


def _in_words(fit: Fit, one: Symbols) -> Symbols:
    """Say the names among symbols in words."""
    said = partial(_said, fit)
    return Symbols(tuple(tuple(map(said, term)) for term in one.terms))


def _said(fit: Fit, item: Item) -> Item:
    said = partial(_said, fit)
    match item:
        case Leaf("name", text):
            return replace(item, text=fit.ratings.words.spoken(text))
        case Row(items):
            return Row(tuple(map(said, items)))
        case Marked(base, below, above):
            return Marked(said(base), tuple(map(said, below)), tuple(map(said, above)))
    return item
