"""Prior studies: verdicts on made-up supports, and refits of a small cohort."""

from pathlib import Path

import pandas as pd
import pytest

import bayes_alliance as ba
from bayes_alliance.errors import InputError
from bayes_alliance.posterior.scalars import by_name
from bayes_alliance.specification import LKJ, HalfNormal, Normal
from bayes_alliance.specification.blocks import block_of, widened
from bayes_alliance.studies.conclusions import Conclusion, supports
from bayes_alliance.studies.grid import AS_STATED, _verdict
from bayes_alliance.studies.runner import Place
from tests import hand_made
from tests.posterior.test_predictive import cohort


def support(**values: float) -> pd.Series:
    """Support by (block, factor); the keyword is the block, 'stated' is the prior as stated."""
    return pd.Series(
        {
            (AS_STATED if k == "stated" else k, 1.0 if k == "stated" else 2.0): v
            for k, v in values.items()
        }
    )


def test_a_conclusion_stands_depends_on_the_prior_or_is_undetermined() -> None:
    assert _verdict(support(stated=0.99, levels=0.98))["verdict"] == "stands"
    changed = _verdict(support(stated=0.99, levels=0.99, slopes=0.9))
    assert changed["verdict"] == "depends on the prior"
    assert changed["blocks"] == "slopes"
    assert _verdict(support(stated=0.9, levels=0.6))["verdict"] == "undetermined"
    only_elsewhere = _verdict(support(stated=0.9, levels=0.99))
    assert only_elsewhere["verdict"] == "depends on the prior"
    assert only_elsewhere["blocks"] == "levels"


def test_support_is_the_share_of_draws_in_which_a_conclusion_holds() -> None:
    fit = hand_made.fit()
    middle = float(by_name(fit.moments, fit.design)["level[child]"].quantile(0.25))
    found = supports(
        fit,
        [
            Conclusion(name="a", quantity="level[child]", above=middle),
            Conclusion(name="b", quantity="level[caregiver]", above_quantity="level[child]"),
            Conclusion(name="c", quantity="level[child]", above=middle, below=middle),
            Conclusion(
                name="d", quantity="level[child]", less="level[child]", above=-1.0, below=1.0
            ),
            Conclusion(name="e", quantity="level[child]", less="level[caregiver]", above=0.0),
        ],
    )
    assert found == {"a": pytest.approx(0.75), "b": 1.0, "c": 0.0, "d": 1.0, "e": 0.0}


def test_conclusions_about_nothing_are_all_reported() -> None:
    wrong = [
        Conclusion(name="a", quantity="level[chid]", above=0.0),
        Conclusion(name="b", quantity="level[child]", above_quantity="levels[child]"),
    ]
    with pytest.raises(InputError) as error:
        supports(hand_made.fit(), wrong)
    assert len(error.value.problems) == 2
    assert "level[child]" in str(error.value)
    with pytest.raises(InputError, match="above"):
        Conclusion(name="empty", quantity="level[child]")


def test_every_prior_has_a_block_and_widening_changes_that_block_only() -> None:
    spec = ba.with_covariates(ba.load_model("informant_growth"), {"anxiety": ("level",)})
    blocks = block_of(spec)
    assert set(blocks) == set(spec.priors)
    assert blocks["child_sd.slope"] == "child sds"
    assert blocks["residual_cor"] == "correlations"
    wide = widened(spec, "child sds", 2.0)
    for key, prior in spec.priors.items():
        if blocks[key] != "child sds":
            assert wide.priors[key] == prior
    assert isinstance(wide.priors["child_sd.level"], HalfNormal)
    assert wide.priors["child_sd.level"].scale == 2.0 * spec.priors["child_sd.level"].scale
    level = widened(spec, "levels", 4.0).priors["level"]
    assert isinstance(level, Normal)
    assert (level.mean, level.sd) == (0.0, 2.0)
    eta = widened(spec, "correlations", 2.0).priors["child_cor"]
    assert isinstance(eta, LKJ)
    assert eta.eta == spec.priors["child_cor"].eta / 2.0
    assert (eta.by, eta.mean) == ("coefficient", "flat")
    with pytest.raises(InputError, match="child sds"):
        widened(spec, "child sd", 2.0)


@pytest.mark.long
def test_a_prior_study_finds_what_the_prior_decides(tmp_path: Path) -> None:
    ratings = cohort()
    spec = ba.load_model("informant_level")
    conclusions = [
        Conclusion(
            name="ratings of one occasion scatter by more than a point",
            quantity="residual_sd[child]",
            above=1.0,
        ),
        Conclusion(
            name="therapists differ by at least half a point in what they see",
            quantity="therapist_sd[therapist_of_child,level]",
            above=0.5,
        ),
    ]
    place = Place(out=tmp_path / "study", workers=2, progress=False)
    study = ba.sensitivity.grid(
        spec, ratings, conclusions=conclusions, seed=1, factors=(0.02, 2.0), place=place
    )
    assert not study.failed
    assert len(study.support) == 1 + 2 * len(set(block_of(spec).values()))
    verdicts = study.verdicts["verdict"]
    assert verdicts[conclusions[0].name] == "stands"
    assert verdicts[conclusions[1].name] == "depends on the prior"
    assert "therapist sds" in study.verdicts.loc[conclusions[1].name, "blocks"]
    again = ba.sensitivity.grid(
        spec, ratings, conclusions=conclusions, seed=1, factors=(0.02, 2.0), place=place
    )
    pd.testing.assert_frame_equal(again.support, study.support)
    with pytest.raises(InputError, match="another study"):
        ba.sensitivity.grid(
            spec, ratings, conclusions=conclusions, seed=2, factors=(0.02,), place=place
        )


@pytest.mark.samples
@pytest.mark.long
def test_refits_under_the_same_priors_are_the_fit_itself() -> None:
    ratings, spec = cohort(), ba.load_model("informant_level")
    study = ba.sensitivity.grid(
        ba.without(spec, "therapist"), ratings, seed=3, factors=(), place=Place(progress=False)
    )
    fit = ba.fit(ba.without(spec, "therapist"), ratings, seed=3, progress=False)
    table = study.quantities.set_index("quantity")
    expected = float(fit.moments["level"].sel(informant="child").mean())
    assert table.loc["level[child]", "mean"] == pytest.approx(expected, rel=1e-12)
    assert "No conclusion" in study.sentence
