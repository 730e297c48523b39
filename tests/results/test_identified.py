"""What the model fixes, or the ratings cannot tell, is no finding and is not reported."""

from dataclasses import replace

import numpy as np
import pytest

from bayes_alliance.errors import InputError
from bayes_alliance.ratings import Ratings
from bayes_alliance.reporting import plots, tables
from bayes_alliance.reporting.document.result_sections import sections
from bayes_alliance.reporting.prose import courses, paragraphs, sentences
from bayes_alliance.reporting.prose.main_results import main_results
from bayes_alliance.reporting.tables.data_tables import in_words
from bayes_alliance.results.collection import collected
from bayes_alliance.specification import load_model, with_covariates, without
from tests import hand_made
from tests.small import small_ratings

pytestmark = pytest.mark.thorough

FIRST, SECOND, THIRD, _ = hand_made.FOUR


def changed(change, informants=hand_made.FOUR) -> Ratings:
    """Ratings of the posterior made by hand, after a change of their wide table."""
    ratings = hand_made.ratings(informants)
    return Ratings.from_wide(change(ratings.to_wide()), study=ratings.study)


def once(wide):
    """Every child at its own occasion, and at no other."""
    order = wide.groupby("child").ngroup() % 4
    wide = wide.assign(turn=wide.groupby("child").cumcount())
    first = wide[wide["turn"] == 0].assign(time=4.0 + 4.0 * order[wide["turn"] == 0])
    return first.drop(columns="turn")


def in_turns(wide):
    """The first two informants never at the same occasion."""
    late = wide["time"] > 8
    return wide.assign(
        **{
            f"rating_{FIRST}": wide[f"rating_{FIRST}"].where(late),
            f"rating_{SECOND}": wide[f"rating_{SECOND}"].where(~late),
        }
    )


def listed(fit) -> set[tuple[str, str]]:
    table = collected(fit).estimands
    return set(zip(table["estimand"], table["of"], strict=True))


def test_the_stability_that_a_model_of_levels_fixes_is_not_reported() -> None:
    fit = hand_made.of_prior("informant_level", hand_made.ratings())
    names = listed(fit)
    assert ("variance.stability", f"total,time=4;16,{FIRST}") in names
    assert ("variance.stability", f"disattenuated,time=4;16,{FIRST}") not in names
    assert "free of what varies" not in courses.stability(collected(fit))[0]


def test_nor_where_a_covariate_acts_on_change() -> None:
    records = collected(hand_made.fit(model="informant_level"))
    assert "anxiety" in records.fit.design.covariates
    assert set(courses.stable_of(records)["source"]) == {"total"}
    # What is left rests on an assumption, which the main results name too.
    (said,) = [text for text in main_results(records) if "the one rated higher" in text]
    assert said.endswith(courses.change_assumed(records.fit))


def test_effects_that_ratings_cannot_tell_apart_stand_on_the_prior() -> None:
    ratings = small_ratings(n_informants=2)
    same = ratings.children.assign(anxiety=1.0 - ratings.children["female"])
    acting = dict.fromkeys(("female", "anxiety", "caregiver_white"), ("level",))
    spec = with_covariates(load_model("separate_levels"), acting)
    values = {"level_on": np.array([[3.0, -2.0], [-4.0, 1.0], [2.0, 1.0]])}
    values |= {"child_cov": np.diag([4.0, 4.0, 0.0, 0.0]), "residual_cov": np.eye(2)}
    fit = hand_made.constant(spec, replace(ratings, children=same), values)
    records = collected(fit)
    effects = records.covariate_effects().set_index("covariate")["prior_driven"]
    assert effects.loc[["female", "anxiety"]].eq(True).all()
    assert not effects.loc["caregiver_white"].eq(True).any()
    # What the mark means is said of these, too, of which the ratings took the prior's variance.
    (covariates,) = [one for one in sections(records, checks=()) if one.key == "covariates"]
    assert "or cannot tell this effect by itself" in covariates.points[-1]
    assert not any("Female goes" in text for text in main_results(records))
    methods = " ".join(one.text for one in paragraphs.methods(fit))
    assert "Covariates female and anxiety say the same of all" in methods


def test_correlations_that_a_model_fixes_at_zero_are_not_reported() -> None:
    fit = hand_made.of_prior("separate_levels", hand_made.ratings())
    assert not {of for name, of in listed(fit) if name == "agreement.correlation"}
    text = sentences.agreement_range(collected(fit), level="child")
    assert text.endswith("the model fixes it, or these ratings cannot tell it.")


def test_one_occasion_of_a_child_does_not_tell_children_from_occasions() -> None:
    ratings = changed(once)
    fit = hand_made.of_prior("informant_growth", ratings)
    assert not fit.design.repeats.any()
    records = collected(fit)
    names = set(zip(records.estimands["estimand"], records.estimands["of"], strict=True))
    shares = {of.split(",")[0] for name, of in names if name == "variance.shares"}
    assert shares == {"therapist"}
    assert {of for name, of in names if name == "agreement.correlation"} == {
        of
        for name, of in names
        if name == "agreement.correlation" and of.startswith(("total", "therapist"))
    }
    kinds = {name for name, _ in names}
    assert not kinds & {"variance.stability", "variance.slope_reliability", "dyads.tracking"}
    assert any(name == "agreement.limits" for name, _ in names)
    assert all("dyadic reciprocity" not in text for text in sentences.dyads(records))


def test_nor_in_a_model_of_one_occasion() -> None:
    fit = hand_made.of_prior("level_once", changed(once))
    records = collected(fit)
    assert set(records.select(estimand="variance.shares")["source"]) == {"therapist"}
    assert not any("largest part" in text for text in main_results(records))


def test_without_therapists_no_share_of_single_occasions_is_left() -> None:
    ratings = changed(once, (FIRST, THIRD))
    spec = without(load_model("informant_growth"), "therapist")
    fit = hand_made.constant(
        spec, ratings, {"child_cov": np.eye(4), "residual_cov": np.eye(2)}, shape=(2, 50)
    )
    written = {one.key: one for one in sections(collected(fit), checks=())}
    assert written["shares"].lead.startswith("No share of variance is reported")


def test_informants_who_share_no_occasion_are_named_and_not_correlated() -> None:
    ratings = changed(in_turns)
    n_first, n_second = (
        int((ratings.observed["informant"] == name).sum()) for name in (FIRST, SECOND)
    )
    said = f"{FIRST} ({n_first}) and {SECOND} ({n_second})"
    assert said in repr(ratings)
    assert any(said in text for text in in_words(ratings))
    assert not any("Never rated" in text for text in in_words(hand_made.ratings()))
    fit = hand_made.of_prior("informant_growth", ratings)
    names = listed(fit)
    pair, other = f"{FIRST};{SECOND}", f"{FIRST};{THIRD}"
    for estimand, of in (
        ("agreement.correlation", "total,time=4"),
        ("agreement.concordance", "time=4"),
        ("agreement.limits", "lower,time=4"),
    ):
        assert (estimand, f"{of},{pair}") not in names
        assert (estimand, f"{of},{other}") in names
    assert ("agreement.intraclass_agreement", "time=4,all") not in names
    assert ("agreement.mean_difference", f"time=4,{pair}") in names
    assert ("agreement.correlation", f"child,time=4,{pair}") in names
    shown = tables.agreement(fit).shown
    assert shown.iloc[0][["Total r", "Limits of agreement"]].tolist() == ["–", "–"]
    assert not shown.isna().to_numpy().any()
    assert len(plots.agreement_over_time(fit).get_legend_handles_labels()[1]) == 2
    with pytest.raises(InputError, match="never rated one occasion"):
        plots.agreement_over_time(fit, pairs=[(FIRST, SECOND)], of="concordance")
    quantities = set(tables.summary(fit)["quantity"])
    assert f"residual_cor[{pair}]" not in quantities
    assert f"residual_cor[{other}]" in quantities


def test_levels_that_the_ratings_know_and_the_model_leaves_out_are_disclosed() -> None:
    bare = hand_made.of_prior("separate_levels", hand_made.ratings())
    (said,) = paragraphs.not_modelled(bare)
    assert said.startswith("Therapists are known and not in the model")
    assert said in " ".join(one.text for one in paragraphs.methods(bare))
    assert paragraphs.not_modelled(hand_made.fit()) == []


@pytest.mark.parametrize("informants", [hand_made.FOUR, hand_made.FOUR[:1]])
def test_where_children_are_rated_again_all_is_identified(informants) -> None:
    fit = hand_made.fit(informants)
    assert fit.design.repeats.all()
    assert (fit.design.shared_occasions > 0).all()
