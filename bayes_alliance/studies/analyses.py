"""One fit of an atlas, and every analysis that it can answer without another fit.

The fit as stated answers for priors twice as narrow and twice as wide, and for single therapists
left out, by importance weights where they are exact enough (`support`), and for ratings after
leaving that are lower or higher than expected, which move averages by known amounts. What it cannot
answer it asks to be fitted again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import xarray as xr

from bayes_alliance.errors import InputError
from bayes_alliance.estimands import leaving
from bayes_alliance.estimands.leaving.shifts import weights as of_times
from bayes_alliance.estimands.variance import PRIOR_DRIVEN, contraction
from bayes_alliance.posterior.completed import proposal
from bayes_alliance.posterior.exact import NOT_KEPT, by_chain, require_exact
from bayes_alliance.posterior.fit import Fit, fit, uninterrupted
from bayes_alliance.posterior.left_out import with_level, without
from bayes_alliance.posterior.prior_draws import prior_fit
from bayes_alliance.posterior.sampling import SamplerOptions
from bayes_alliance.posterior.scores import by_draw, units_of
from bayes_alliance.specification import ModelSpec
from bayes_alliance.specification.alternatives import said
from bayes_alliance.specification.blocks import block_of, widened
from bayes_alliance.studies.asked import ratings_of
from bayes_alliance.studies.conclusions import SUPPORTED, Conclusion, drawn, holds
from bayes_alliance.studies.prior_axes import flat_blocks, log_density
from bayes_alliance.studies.support import Held, Support, in_draws, under

STATED, REWEIGHTED = "as stated", "reweighted"
DRAWS = 500  # of each of four chains
WIDTHS = {"twice as narrow": 0.5, "twice as wide": 2.0}
MOST_THERAPISTS = 3
SHIFT = 0.1  # of the scale
COLUMNS = [
    *("conclusion", "what", "setting", "support", "verdict", "how", "prior_driven"),
    *("pareto_k", "mcse"),
]

type Json = dict[str, Any]
type Verdict = Literal["supported", "undecided", "contradicted", "not defined"]


def verdict_of(support: float | None) -> Verdict:
    """What a support says; None: the model has no such quantity."""
    if support is None or np.isnan(support):
        return "not defined"
    if support > SUPPORTED:
        return "supported"
    return "contradicted" if 1.0 - support > SUPPORTED else "undecided"


def analysed(piece: Json) -> Json:
    """Fit once, and answer what can be answered by it.

    Parameters
    ----------
    piece : dict
        ``spec``, ``ratings``, ``study`` as text, ``conclusions``, ``seed``, ``draws``, ``cores``,
        ``what``, ``setting``; perhaps ``therapist``, who is left out.

    Returns
    -------
    dict
        ``rows`` of the table, analyses that are ``wanted``, and those ``not_made``.
    """
    ratings = ratings_of(piece["ratings"], piece["study"])
    if "therapist" in piece:
        ratings = without(ratings, "therapist", piece["therapist"])
    options: SamplerOptions = {"draws": piece["draws"]}
    if piece["cores"] is not None:
        options["cores"] = piece["cores"]
    made = fit(
        ModelSpec.from_text(piece["spec"]),
        ratings,
        seed=piece["seed"],
        progress=False,
        **options,
    )
    result = uninterrupted(made)
    conclusions = [Conclusion(**stated) for stated in piece["conclusions"]]
    driven = _driven(result, conclusions)
    rows = _rows(piece["what"], piece["setting"], _supports(result, conclusions), driven)
    if piece["what"] != STATED:
        return {"rows": rows, "wanted": [], "not_made": []}
    known = drawn(result, conclusions)
    held = {one.name: holds(one, known) for one in conclusions}
    parts = [
        _of_priors(result, held, driven),
        _of_therapists(result, held, driven, spec=piece["spec"]),
        _of_shifts(result, conclusions, driven),
    ]
    return {
        "rows": rows + [row for part in parts for row in part["rows"]],
        "wanted": [one for part in parts for one in part["wanted"]],
        "not_made": [row for part in parts for row in part["not_made"]],
    }


def _supports(fitted: Fit, conclusions: Sequence[Conclusion]) -> dict[str, Support | None]:
    """Support of each conclusion; None where the model has no such quantity."""
    out: dict[str, Support | None] = {}
    for one in conclusions:
        try:
            out[one.name] = in_draws(holds(one, drawn(fitted, [one])))
        except InputError:
            out[one.name] = None
    return out


def _driven(fitted: Fit, conclusions: Sequence[Conclusion]) -> dict[str, bool | None]:
    """Whether the prior drives a quantity of each conclusion; None where that is not known."""
    out: dict[str, bool | None] = {}
    for one in conclusions:
        try:
            prior = prior_fit(fitted.spec, fitted.ratings, seed=fitted.seed, draws=250)
            before, after = drawn(prior, [one]), drawn(fitted, [one])
        except InputError:
            out[one.name] = None
            continue
        narrowed = [float(contraction(after[name], before[name])) for name in one.quantities]
        out[one.name] = min(narrowed) < PRIOR_DRIVEN
    return out


def _rows(
    what: str,
    setting: str,
    support: Mapping[str, Support | None],
    driven: Mapping[str, bool | None],
    *,
    how: str = "refit",
    k: float | None = None,
) -> list[Json]:
    return [
        {
            "conclusion": name,
            "what": what,
            "setting": setting,
            "support": None if one is None else one.share,
            "verdict": verdict_of(None if one is None else one.share),
            "how": how,
            "prior_driven": driven[name],
            # JSON has no infinity: weights that are all alike have no tail.
            "pareto_k": None if k is None or np.isinf(k) else k,
            "mcse": None if one is None else one.error,
        }
        for name, one in support.items()
    ]


def _of_priors(fitted: Fit, held: Held, driven: Mapping[str, bool | None]) -> Json:
    rows, wanted, refused = [], [], []
    flat, what = flat_blocks(fitted), "prior"
    for block in dict.fromkeys(block_of(fitted.spec).values()):
        own = log_density(fitted, fitted.spec, block)
        for width, factor in WIDTHS.items():
            setting = f"{block} {width}"
            if block in flat and factor > 1.0:
                refused.append([what, setting, "the prior is flat and cannot be made wider"])
                continue
            other = widened(fitted.spec, block, factor)
            there = log_density(fitted, other, block)
            if own is not None and there is not None:
                support, k = under(held, there - own)
                if len(support) == len(held):
                    rows += _rows(what, setting, support, driven, how=REWEIGHTED, k=k)
                    continue
            wanted.append({"what": what, "setting": setting, "spec": other.to_toml()})
    return {"rows": rows, "wanted": wanted, "not_made": refused}


def _of_therapists(
    fitted: Fit, held: Held, driven: Mapping[str, bool | None], *, spec: str
) -> Json:
    """The therapists without whom most changes: by weights, or asked to be fitted without."""
    what = "therapist left out"
    try:
        require_exact(fitted, what=what, why=NOT_KEPT, completed=True, values=True)
        arrays, moments = with_level(fitted, "therapist")
    except InputError as error:
        return {"rows": [], "wanted": [], "not_made": [[what, "any", said(error)]]}
    proposed = proposal(arrays, moments, "therapist")
    drawn_scores = list(by_draw(moments, arrays, unit="therapist", proposed=proposed))
    scores = by_chain(moments, np.concatenate(drawn_scores))
    looks = []
    for place, label in enumerate(units_of(arrays, "therapist")):
        support, k = under(held, -scores[..., place])
        moved = [abs(one.share - float(held[name].mean())) for name, one in support.items()]
        looks.append((len(support) < len(held), max(moved, default=0.0), k, label, support))
    # Those whose weights cannot be trusted may be the most influential ones.
    looks.sort(key=lambda look: (-look[0], -look[2] if look[0] else -look[1]))
    rows, wanted = [], []
    for high, _, k, label, support in looks[:MOST_THERAPISTS]:
        if high:
            wanted.append({"what": what, "setting": label, "spec": spec, "therapist": label})
        else:
            rows += _rows(what, label, support, driven, how=REWEIGHTED, k=k)
    return {"rows": rows, "wanted": wanted, "not_made": []}


def _of_shifts(
    fitted: Fit, conclusions: Sequence[Conclusion], driven: Mapping[str, bool | None]
) -> Json:
    """Ratings after leaving that are lower or higher than expected by a part of the scale."""
    what = "ratings after leaving"
    settings = {"a tenth of the scale lower": SHIFT, "a tenth of the scale higher": -SHIFT}
    reason = ""
    if not fitted.spec.trajectory.changes or fitted.design.coefficients != ("level", "slope"):
        reason = "only the change of a straight line is moved by a known amount"
    try:
        unseen = leaving.shifted(fitted, by=0.0, curve=True) - leaving.shifted(
            fitted, by=1.0, curve=True
        )
    except InputError as error:
        reason = said(error)
    if reason:
        refused = [[what, setting, reason] for setting in settings]
        return {"rows": [], "wanted": [], "not_made": refused}
    rows = []
    for setting, by in settings.items():
        moved = _moved(fitted, unseen.isel(chain=0, draw=0), by)
        rows += _rows(what, setting, _supports(moved, conclusions), driven, how="shifted")
    return {"rows": rows, "wanted": [], "not_made": []}


def _moved(fitted: Fit, unseen: xr.DataArray, by: float) -> Fit:
    """The fit with averages as they are if unseen ratings are lower by a part of their scale.

    Parameters
    ----------
    unseen : DataArray
        Share of ratings that are unseen, dims (time, informant).
    """
    informants = list(fitted.design.informants)
    points = [2.0 * fitted.ratings.scales[one].spread * by for one in informants]
    lower = unseen.sel(informant=informants) * xr.DataArray(
        points, dims="informant", coords={"informant": informants}
    )
    # The straight line that is nearest to the shifted averages at the times of the study.
    times = fitted.ratings.time.scaled(unseen["time"].values)
    slope = xr.dot(lower, xr.DataArray(of_times(times), dims="time", coords=unseen["time"].coords))
    level = lower.mean("time") - slope * times.mean()
    moments = fitted.moments
    moments = moments.assign(level=moments["level"] - level.drop_vars(("chain", "draw")))
    moments = moments.assign(slope=moments["slope"] - slope.drop_vars(("chain", "draw")))
    tree = xr.DataTree.from_dict({"posterior": moments, "sample_stats": fitted.stats})
    return replace(fitted, posterior=tree)
