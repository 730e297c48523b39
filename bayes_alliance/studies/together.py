"""Observed families and as many replicated ones, as if one study had seen both.

Given the parameters of a model, ratings of families that share no therapist and no clinic are
independent, so what both say of the parameters is what each of them says (posterior
simulation-based calibration: Säilynoja, Schmitt, Bürkner and Vehtari 2025, arXiv:2502.03279).
"""

import tomllib

import pandas as pd

from bayes_alliance.levels import LEVELS
from bayes_alliance.ratings import Ratings


def together(observed: Ratings, replicated: Ratings) -> Ratings:
    """Ratings of all families of both, who share no therapist and no clinic.

    Parameters
    ----------
    replicated : Ratings
        In place of the observed ones, of the same families; on scales of the same midpoints and
        spreads, which those of both are then on.
    """
    both = {"observed": observed.to_wide(), "replicated": replicated.to_wide()}
    for word, wide in both.items():
        for level in LEVELS:
            if level in wide:
                wide[level] = wide[level].map(f"{word} {{}}".format, na_action="ignore")
    of_observed, of_replicated = (
        tomllib.loads(one.study.to_toml()) for one in (observed, replicated)
    )
    study = of_observed | {"scale": of_replicated["scale"]}
    return Ratings.from_wide(pd.concat(both.values(), ignore_index=True), study=study)
