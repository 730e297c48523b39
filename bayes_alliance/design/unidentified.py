"""What ratings cannot tell of covariates, in sentences: their effects are then left to priors.

A model with priors can be fitted all the same: what the ratings do not say, the prior does. Whoever
reads an effect must know which of the two spoke.
"""

from collections.abc import Iterator

import numpy as np

from bayes_alliance.design.arrays import Design, Floats
from bayes_alliance.design.coding import values_of, with_part
from bayes_alliance.ratings import Covariate, Ratings
from bayes_alliance.specification.phrases import listed

# Of columns of length one: below, a combination of them does not vary.
FLAT = 1e-8


def unidentified(arrays: Design, ratings: Ratings) -> list[str]:
    """Say which effects of covariates these ratings cannot tell, and why.

    Parameters
    ----------
    arrays : Design
        Of a model with covariates.
    ratings : Ratings
        The same ratings.

    Returns
    -------
    list of str
        Categories that are a single unit's each, interactions without anybody in a cell, covariates
        that together say the same as others. Empty if all are identified.
    """
    return [text for text, _ in _why(arrays, ratings).values()]


def unidentified_effects(arrays: Design, ratings: Ratings) -> frozenset[tuple[str, str]]:
    """Which effects these ratings cannot tell: column of the design, and what it acts on.

    Parameters
    ----------
    arrays, ratings
        As in `unidentified`.
    """
    found = _why(arrays, ratings)
    return frozenset(
        (label, target)
        for labels, (_, targets) in found.items()
        for label in labels
        for target in targets
    )


def _why(arrays: Design, ratings: Ratings) -> dict[tuple[str, ...], tuple[str, frozenset[str]]]:
    """Why they are not, and on what they act, by labels of the design."""
    anything = frozenset((*arrays.coefficients, "rating", "residual_sd"))
    alone = list(_single(arrays, ratings))
    texts = {
        tuple(sorted(_labels(one))): (
            f"covariate {one.name} has a category of its own for each {one.level}: its effects are "
            "left to their priors",
            anything,
        )
        for one in alone
    }
    own = {label for one in alone for label in _labels(one)}
    empty = []
    for product, first, second in arrays.products:
        if not np.nan_to_num(arrays.x[:, product]).any():
            empty.append(product)
            labels = (arrays.covariates[first], arrays.covariates[second])
            texts[(arrays.covariates[product],)] = (
                f"nobody has {listed(labels)} together: the effect of "
                f"{arrays.covariates[product]} is left to its prior",
                anything,
            )
    columns = [
        column
        for column, label in enumerate(arrays.covariates)
        if column not in empty and label not in own
    ]
    for same, targets in _together(arrays, columns).items():
        texts[same] = (
            f"covariates {listed(same)} say the same of all children: effects of each alone are "
            "not identified by these ratings, and divided between them by their priors",
            frozenset(targets),
        )
    return texts


def _labels(covariate: Covariate) -> set[str]:
    """Labels of the columns that code the categories of a covariate."""
    return {with_part(covariate.name, category) for category in covariate.categories}


def _single(arrays: Design, ratings: Ratings) -> Iterator[Covariate]:
    """Categorical covariates of the model of which every category is that of one unit."""
    for covariate in ratings.covariates:
        if not _labels(covariate) & {*arrays.covariates, *arrays.occasion_covariates}:
            continue
        if covariate.level == "occasion":
            units = values_of(covariate, ratings)
        else:
            units = ratings.described(covariate.level)[covariate.name]
        counts = units.dropna().value_counts()
        if len(counts) > 1 and counts.max() == 1:
            yield covariate


def _together(arrays: Design, columns: list[int]) -> dict[tuple[str, ...], set[str]]:
    """Labels of columns of which a combination does not vary, and on what they act together."""
    found: dict[tuple[str, ...], set[str]] = {}
    known = arrays.x[~np.isnan(arrays.x).any(axis=1)]
    for coefficient, acts in zip(arrays.coefficients, arrays.covariate_on.T, strict=True):
        own = [column for column in columns if acts[column]]
        labels = [arrays.covariates[column] for column in own]
        for same in _flat(known[:, own], labels):
            found.setdefault(same, set()).add(coefficient)
    if not arrays.occasion_covariates:
        return found
    occasions = arrays.x[arrays.occasion_child]
    of_level = [column for column in columns if arrays.covariate_on[column, 0]]
    both = np.concatenate([occasions[:, of_level], arrays.z], axis=1)
    labels = [arrays.covariates[column] for column in of_level] + [*arrays.occasion_covariates]
    for same in _flat(both[~np.isnan(both).any(axis=1)], labels):
        found.setdefault(same, set()).update((arrays.coefficients[0], "rating"))
    return found


def _flat(rows: Floats, labels: list[str]) -> Iterator[tuple[str, ...]]:
    """Labels that a combination of columns that does not vary consists of, if there is one."""
    if len(labels) < 2 or len(rows) < 2:
        return
    around = rows - rows.mean(axis=0)
    length = np.sqrt((around**2).sum(axis=0))
    _, sizes, directions = np.linalg.svd(around / np.where(length > 0, length, 1.0))
    flat = directions[np.concatenate([sizes, np.zeros(len(directions) - len(sizes))]) < FLAT]
    if len(flat):
        parts = np.abs(flat).max(axis=0) > 1e-6
        yield tuple(label for label, part in zip(labels, parts, strict=True) if part)
