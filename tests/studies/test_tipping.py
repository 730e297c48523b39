"""Prior tipping points: in closed form, on made-up supports, and by a fit at that very prior."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

import bayes_alliance as ba
from bayes_alliance.errors import InputError
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.ratings.words import Words
from bayes_alliance.specification.blocks import movable, shifted, widened
from bayes_alliance.studies.conclusions import SUPPORTED, Conclusion, supports
from bayes_alliance.studies.prior_axes import Axis, axes, flat_blocks, log_density, points
from bayes_alliance.studies.runner import Place
from bayes_alliance.studies.tipping import FLAT, HIDDEN, OPEN, Search
from bayes_alliance.studies.tipping_words import sentences
from tests import hand_made

MEAN, SD = 36.0, 3.0  # of the posterior of a level
TWO = ("child", "caregiver")
CENTER, PRIOR_SD = 30.0, 9.0  # of its prior: half a spread of 18 points
WIDTH, PLACE = Axis(block="levels", move="width"), Axis(block="levels", move="place")


def of_normal_level() -> Fit:
    """A fit to one informant whose level is normal a posteriori, at evenly spaced quantiles."""
    spec = ba.without(ba.load_model("informant_level"), "therapist")
    made = hand_made.constant(
        spec,
        hand_made.ratings(("child",)),
        {"child_cov": [[9.0, 0.0], [0.0, 0.0]], "residual_cov": [[4.0]]},
        shape=(4, 1000),
    )
    z = ndtri((np.arange(4000) + 0.5) / 4000)
    draws = MEAN + SD * np.random.default_rng(1).permutation(z).reshape(4, 1000, 1)
    moments = made.moments.assign(level=(("chain", "draw", "informant"), draws))
    tree = xr.DataTree.from_dict({"posterior": moments, "sample_stats": made.stats})
    return replace(made, posterior=tree)


def expected(bound: float, *, factor: float = 1.0, shift: float = 0.0) -> float:
    """Support of a level above a bound under another normal prior: normal times a ratio of two."""
    before, now = PRIOR_SD**-2, (factor * PRIOR_SD) ** -2
    precision = SD**-2 - before + now
    total = MEAN * SD**-2 - CENTER * before + (CENTER + shift * PRIOR_SD) * now
    return float(ndtr((total / precision - bound) * np.sqrt(precision)))


def test_support_under_another_prior_is_that_of_the_normal_posterior() -> None:
    fit, one = of_normal_level(), Conclusion.parse("level[child] > 29")
    for axis, name in ((WIDTH, "factor"), (PLACE, "shift")):
        along = points(fit, [one], stated=fit.spec, on=axis, at=0.0)
        assert {point["place"] for point in along} >= {-4.0, 0.0, 4.0}
        for point in along:
            if point["k"] is None or point["k"] < 0.5:
                found, error = point["support"][one.name], point["error"][one.name]
                there = expected(29.0, **{name: axis.value(point["place"])})
                assert found == pytest.approx(there, abs=0.0005 + 3.0 * error)


def test_the_factor_at_which_a_conclusion_falls_is_that_of_the_normal_posterior(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bayes_alliance.studies.tipping.axes", lambda _spec: (WIDTH, PLACE))
    fit, one = of_normal_level(), Conclusion.parse("level[child] > 29.7")
    known = [
        point
        for axis in (WIDTH, PLACE)
        for point in points(fit, [one], stated=fit.spec, on=axis, at=0.0)
    ]
    search = Search(stated=fit.spec, conclusions=(one.name,), points=known, flat=())
    # Weights alone are not enough: fits where they say so most clearly, or at the ends.
    assert {axis for axis, _ in search.wanted().values()} == {WIDTH, PLACE}
    assert set(search.table()["change"]) == {""}
    for axis, bound in ((WIDTH, -7.0), (PLACE, -12.0)):
        made = expected(29.7, **{"factor" if axis == WIDTH else "shift": axis.value(bound)})
        own = {"block": "levels", "move": axis.move, "place": bound, "own": bound, "k": None}
        known.append(own | {"support": {one.name: made}, "error": {one.name: 0.002}})
    search = Search(stated=fit.spec, conclusions=(one.name,), points=known, flat=())
    table = search.table().set_index(["block", "way"]).loc["levels"]
    for way, name, low, high in (("narrower", "factor", 0.3, 1.0), ("lower", "shift", -4.0, 0.0)):
        row = table.loc[way]
        there = brentq(lambda at, name=name: expected(29.7, **{name: at}) - SUPPORTED, low, high)
        assert row["change"] == "falls"
        assert row["how"] == "reweighted"
        assert row["lower"] < there < row["upper"]
        assert row[name] == pytest.approx(there, rel=0.04)
    assert table.loc["wider", "change"] == ""


def point(place: float, support: float, *, own: float = 0.0, error: float = 0.001) -> dict:
    k = None if own == place else 0.3
    known: dict[str, Any] = {"block": "levels", "move": "width", "place": place, "own": own, "k": k}
    return known | {"support": {"a": support}, "error": {"a": error}}


def search(*known: dict, flat: tuple[str, ...] = (), failed: tuple[str, ...] = ()) -> Search:
    spec = ba.without(ba.load_model("level_once"), "therapist")
    return Search(
        stated=spec,
        conclusions=("a",),
        points=list(known),
        flat=flat,
        failed=frozenset(failed),
    )


def on_levels(made: Search) -> dict[str, float]:
    """Refits wanted for the width of levels, by key."""
    return {key: at for key, (axis, at) in made.wanted().items() if axis == WIDTH}


def row(made: Search, way: str) -> pd.Series:
    table = made.table()
    return table[(table["block"] == "levels") & (table["way"] == way)].iloc[0]


@pytest.fixture(autouse=True)
def only_levels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Made-up points lie on one axis; others have none."""
    monkeypatch.setattr("bayes_alliance.studies.tipping.axes", lambda _spec: (WIDTH,))


def test_the_furthest_prior_is_fitted_where_weights_do_not_reach_and_gaps_are_halved() -> None:
    near = [point(place, 0.99) for place in range(-4, 25)]
    assert on_levels(search(*near)) == {"levels x 0.015625": -24.0}
    far = point(-24, 0.6, own=-24)
    assert on_levels(search(*near, far)) == {"levels x 0.08838834764831845": -14.0}
    assert on_levels(search(*near, far, point(-14, 0.9, own=-14))) == {
        "levels x 0.21022410381342863": -9.0
    }
    # The most exact support at a place counts: a fit's own before one by weights.
    both = [point(-14, 0.9, own=-14), point(-14, 0.99, own=-24)]
    assert on_levels(search(*near, far, *both)) == {"levels x 0.21022410381342863": -9.0}
    # Beside supports that may be on either side an octave is near enough.
    unsure = [point(at, 0.975, own=at, error=0.002) for at in (-7, -11, -14)]
    assert on_levels(search(*near, *unsure, far)) == {"levels x 0.03716272234383503": -19.0}
    beside = [point(-18, 0.96, own=-24), point(-23, 0.7, own=-24)]
    assert on_levels(search(*near, *unsure, *beside)) == {"levels x 0.018581361171917516": -23.0}
    assert not on_levels(search(*near, *unsure, *beside, far))


def test_what_is_between_neighbours_is_interpolated_and_says_how_it_is_known() -> None:
    known = [point(place, 0.99) for place in range(-4, 25)]
    known += [point(-5, 0.985, own=-6), point(-6, 0.96, own=-6), point(-24, 0.9, own=-24)]
    # No fit was made at the nearer end of the gap.
    assert row(search(*known), "narrower")["how"] == "reweighted"
    made = search(*known, point(-5, 0.985, own=-5))
    assert not on_levels(made)
    falls = row(made, "narrower")
    assert (falls["change"], falls["how"]) == ("falls", "refit")
    assert 2 ** (-6 / 4) < falls["lower"] < falls["factor"] < falls["upper"] < 2 ** (-5 / 4)
    at = -5 - (ndtri(0.985) - ndtri(SUPPORTED)) / (ndtri(0.985) - ndtri(0.96))
    assert falls["factor"] == pytest.approx(2 ** (at / 4))
    assert row(made, "wider")["change"] == ""
    assert row(made, "wider")["looked_at"] == 64.0


def test_a_flat_block_cannot_be_widened_and_a_failed_refit_is_not_asked_again() -> None:
    near = [point(place, 0.99) for place in range(-4, 5)]
    flat = search(*near, flat=("levels",))
    assert row(flat, "wider")["how"] == FLAT
    assert list(on_levels(flat)) == ["levels x 0.015625"]
    failed = search(*near, failed=("levels x 0.015625", "levels x 64"))
    assert not on_levels(failed)
    assert row(failed, "narrower")["how"] == OPEN
    assert list(sentences(failed.table(), (), Words())) == [
        "“a” keeps its verdict as far as priors were looked at."
    ]


def test_a_conclusion_that_does_not_hold_begins_to() -> None:
    known = [point(place, 0.9 + 0.0042 * place) for place in range(-24, 24)]
    by_weights = search(*known, point(24, 0.999))
    assert list(on_levels(by_weights).values()) == [22.0]  # the clearest
    assert row(by_weights, "wider")["change"] == ""
    made = search(*known, point(24, 0.999, own=24))
    begins = row(made, "wider")
    assert (begins["change"], begins["how"]) == ("begins", "reweighted")
    said = " ".join(sentences(made.table(), (), Words()))
    assert "“a” would be supported only if the prior of levels is 2" in said
    assert "times wider than stated" in said


def test_where_monte_carlo_error_hides_whether_a_conclusion_changes_it_is_said() -> None:
    near = [point(place, 0.99) for place in range(-8, 25)]
    made = search(*near, point(-24, 0.973, own=-24, error=0.003))
    assert not on_levels(made)
    hidden = row(made, "narrower")
    assert (hidden["change"], hidden["how"], hidden["looked_at"]) == ("", HIDDEN, 1 / 64)
    assert np.isnan(hidden["factor"])
    assert list(sentences(made.table(), (), Words())) == [
        "“a” keeps its verdict whatever the prior of one block, from 64 times narrower to 64 times "
        "wider than stated, as far as can be told: Monte-Carlo error hides whether it changes "
        "under other priors of levels."
    ]


def test_a_failed_refit_leaves_a_gap_as_wide_as_it_is() -> None:
    near = [point(place, 0.99) for place in range(-4, 25)]
    made = search(*near, point(-24, 0.6, own=-24), failed=("levels x 0.08838834764831845",))
    assert not on_levels(made)
    falls = row(made, "narrower")
    assert (falls["change"], falls["lower"], falls["upper"]) == ("falls", 1 / 64, 0.5)


def test_conclusions_for_which_weights_are_not_exact_enough_have_no_support_there() -> None:
    near = [point(place, 0.99) for place in range(-4, 25)]
    none = point(-20, 0.5, own=-24) | {"support": {}, "error": {}}
    assert on_levels(search(*near, none)) == {"levels x 0.015625": -24.0}


def test_flat_blocks_are_those_whose_density_no_power_changes() -> None:
    assert flat_blocks(hand_made.fit(covariates=False)) == ("correlations",)


def test_growth_coefficients_move_and_nothing_else_does() -> None:
    spec = ba.with_covariates(ba.load_model("informant_growth"), ["anxiety"])
    assert movable(spec) == ("levels", "slopes")
    moved = shifted(spec, "slopes", -2.0).priors
    assert (moved["slope"].mean, moved["slope"].sd) == (-0.4, 0.2)
    assert moved["level"] == spec.priors["level"]
    with pytest.raises(InputError, match="do not move"):
        shifted(spec, "child sds", 1.0)
    assert {axis.block for axis in axes(spec) if axis.move == "place"} == {"levels", "slopes"}


@pytest.mark.samples
@pytest.mark.long
def test_a_fit_at_the_tipping_point_hardly_supports_the_conclusion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    ratings = hand_made.ratings(("child", "caregiver"))
    spec = ba.without(ba.load_model("informant_level"), "therapist")
    stated = ba.fit(spec, ratings, seed=1, progress=False)
    bound = float(stated.moments["level"].sel(informant="caregiver").quantile(0.008))
    one = Conclusion.parse(f"level[caregiver] > {bound:.2f}")
    study = ba.sensitivity.grid(
        spec,
        ratings,
        conclusions=[one],
        seed=1,
        factors=(),
        place=Place(out=tmp_path / "study", progress=False),
    )
    table = study.tipping.set_index(["block", "way"])
    falls = table.loc[("levels", "narrower")]
    assert falls["change"] == "falls"
    priors = widened(spec, "levels", float(falls["factor"]))
    found = supports(ba.fit(priors, ratings, seed=3, progress=False), [one])[one.name]
    assert found == pytest.approx(SUPPORTED, abs=0.01)
    assert "the prior of levels is" in study.sentence
    assert "flat and cannot be made wider" in study.sentence
    # Nothing is fitted twice.
    kept = (tmp_path / "study" / "results.jsonl").read_text()
    again = ba.sensitivity.grid(
        spec,
        ratings,
        conclusions=[one],
        seed=1,
        factors=(),
        place=Place(out=tmp_path / "study", progress=False),
    )
    assert (tmp_path / "study" / "results.jsonl").read_text() == kept
    pd.testing.assert_frame_equal(again.tipping, study.tipping)


def test_a_uniform_prior_is_flat_where_correlations_are_singular() -> None:
    singular = np.ones((1, 2, 2))
    spec = ba.load_model("informant_level")
    uniform = replace(spec.priors["residual_cor"], by=None, mean=None)
    assert np.isfinite(uniform.log_density(singular, np.zeros(2))).all()
    moments = hand_made.fit(TWO, covariates=False).moments.isel(draw=slice(0, 10))
    cov = moments["residual_cov"]
    moments = moments.assign(residual_cov=cov.copy(data=np.ones(cov.shape)))
    tree = xr.DataTree.from_dict({"posterior": moments})
    made = replace(hand_made.fit(TWO, covariates=False), posterior=tree)
    narrower = Axis(block="correlations", move="width").varied(made.spec, -4)
    assert log_density(made, narrower, "correlations") is None
