"""What a study of ratings is about, and what each of its fits brings to wherever it is made."""

from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache

from bayes_alliance.errors import Problem
from bayes_alliance.posterior.prior_draws import prior_fit
from bayes_alliance.ratings import Ratings
from bayes_alliance.ratings.as_text import data_hash, to_texts
from bayes_alliance.ratings.ratings import from_texts
from bayes_alliance.specification import ModelSpec
from bayes_alliance.studies.conclusions import Conclusion, among, supports, unknown
from bayes_alliance.studies.kept import Json
from bayes_alliance.studies.runner import Place


def asked(
    study: str,
    spec: ModelSpec,
    ratings: Ratings,
    *,
    conclusions: Sequence[Conclusion],
    seed: int,
    place: Place,
) -> tuple[Json, Json]:
    """What is asked of a study of ratings, before its first fit.

    Returns
    -------
    about : dict
        What it is, as its folder says.
    shared : dict
        What every piece of it has.

    Raises
    ------
    InputError
        If the model cannot be fitted to these ratings, or a conclusion is about a quantity it does
        not have.
    """
    supports(prior_fit(spec, ratings, seed=seed, draws=2), conclusions)
    stated = [vars(conclusion) for conclusion in conclusions]
    about = {
        "study": study,
        "spec": spec.to_toml(),
        "data": data_hash(ratings),
        "seed": seed,
        "conclusions": stated,
        "words": asdict(ratings.words),
        "synthetic": ratings.synthetic,
    }
    shared = {
        **dict(zip(("ratings", "study"), to_texts(ratings), strict=True)),
        "conclusions": stated,
        "seed": seed,
        "cores": place.cores,
    }
    return about, shared


def not_of_the_model(
    conclusions: Sequence[Conclusion], spec: ModelSpec, ratings: Ratings
) -> list[Problem]:
    """Quantities that conclusions are about and the model does not have, with the nearest.

    Raises
    ------
    InputError
        If the model cannot be fitted to these ratings.
    """
    names = {name for one in conclusions for name in one.quantities}
    return unknown(among(prior_fit(spec, ratings, seed=0, draws=2), names), conclusions)


@lru_cache(maxsize=1)  # every piece of a study brings the same, and reading takes a fifth of a fit
def ratings_of(ratings: str, study: str) -> Ratings:
    """Ratings that a piece of a study brings as two texts."""
    return from_texts(ratings, study)
