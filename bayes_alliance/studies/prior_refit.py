"""One fit of a prior study, and what of it the study keeps.

A piece of work for the runner: the model under the priors as stated, under those of the grid, or
where the search for a tipping point asks for a fit.
"""

import json
from typing import Any

import numpy as np

from bayes_alliance.posterior import diagnostics
from bayes_alliance.posterior.fit import Fit, fit, uninterrupted
from bayes_alliance.posterior.scalars import by_name
from bayes_alliance.specification import ModelSpec
from bayes_alliance.studies.asked import ratings_of
from bayes_alliance.studies.conclusions import Conclusion, supports
from bayes_alliance.studies.prior_axes import STEP, Axis, flat_blocks, points

AS_STATED = "as stated"


def refit(piece: dict[str, Any]) -> dict[str, Any]:
    """Fit once and keep what the study needs.

    Parameters
    ----------
    piece : dict
        ``spec``, ``stated``, ``ratings``, ``study`` as text, ``conclusions``, ``seed``, ``cores``;
        of the grid ``block`` and ``factor``, of what a search asks for ``axis`` and ``place``.
    """
    ratings = ratings_of(piece["ratings"], piece["study"])
    options = {} if piece["cores"] is None else {"cores": piece["cores"]}
    result = uninterrupted(
        fit(
            ModelSpec.from_text(piece["spec"]),
            ratings,
            seed=piece["seed"],
            progress=False,
            **options,
        )
    )
    conclusions = [Conclusion(**stated) for stated in piece["conclusions"]]
    stated = ModelSpec.from_text(piece["stated"])
    kept: dict[str, Any] = {"support": supports(result, conclusions), "points": [], "flat": []}
    if "axis" in piece:
        axis, place = Axis(**piece["axis"]), piece["place"]
        return kept | {"points": points(result, conclusions, stated=stated, on=axis, at=place)}
    block, factor = piece["block"], piece["factor"]
    if conclusions:
        on = None if block == AS_STATED else Axis(block=block, move="width")
        at = float(np.log2(factor)) / STEP
        kept["points"] = points(result, conclusions, stated=stated, on=on, at=at)
        kept["flat"] = list(flat_blocks(result)) if on is None else []
    return kept | {
        "block": block,
        "factor": factor,
        "quantities": _summarised(result),
        "divergent": int(result.stats["diverging"].sum()),
    }


def _summarised(result: Fit) -> list[dict[str, Any]]:
    draws = diagnostics.stacked(by_name(result.moments, result.design).items())
    table = diagnostics.table(draws)[["ess_bulk", "r_hat"]]
    table["mean"] = draws.mean(["chain", "draw"]).values
    table["sd"] = draws.std(["chain", "draw"]).values
    bounds = draws.quantile([0.025, 0.975], dim=["chain", "draw"]).values
    table["lower"], table["upper"] = bounds
    rows: list[dict[str, Any]] = json.loads(table.reset_index().to_json(orient="records"))
    return rows
