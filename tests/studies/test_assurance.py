"""How often planned studies reach their conclusions: the design file, truths, cohorts, shares."""

import math
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta, norm

from bayes_alliance.design import design
from bayes_alliance.errors import InputError
from bayes_alliance.estimands import agreement
from bayes_alliance.posterior.scalars import by_name
from bayes_alliance.studies import assurance
from bayes_alliance.studies.assurance import designs
from bayes_alliance.studies.assurance.cohort import everybody, rated, seated
from bayes_alliance.studies.assurance.doubts import checked
from bayes_alliance.studies.assurance.plan import Plan, from_dict
from bayes_alliance.studies.assurance.sentences import of_conclusions
from bayes_alliance.studies.assurance.shares import compared, interval
from bayes_alliance.studies.assurance.size import Size
from bayes_alliance.studies.assurance.truths import truths
from bayes_alliance.studies.truth import as_fit, dataset

EXAMPLE = Path(__file__).parents[2] / "docs" / "design.toml"
SMALL = {
    "model": "informant_level",
    "informants": ["child", "therapist_of_child"],
    "conclusions": ["slope[child] > 0"],
    "families": [12],
    "therapists": [4],
    "occasions": [3],
    "scale": {"lower": 12, "upper": 48, "step": 1},
    "time": {"first": 4, "every": 4, "per": 4, "unit": "months"},
    "truth": {
        "values": {
            "level[child]": 40.0,
            "level[therapist_of_child]": 38.0,
            "slope[child]": 1.0,
            "child_sd[child,level]": 4.0,
            "child_sd[therapist_of_child,level]": 3.0,
            "child_cor[child,level;therapist_of_child,level]": 0.5,
            "residual_sd[child]": 2.5,
            "residual_sd[therapist_of_child]": 2.0,
        }
    },
}


def plan(**changes: Any) -> Plan:
    return from_dict(SMALL | changes)


def refused(table: dict) -> str:
    with pytest.raises(InputError) as caught:
        from_dict(table)
    return str(caught.value)


def test_the_example_of_the_documentation_is_read_and_has_every_key() -> None:
    read = assurance.read(EXAMPLE)
    assert len(read.sizes) == 3 * 2 * 2
    table = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    assert set(table) | {"clinics"} == set(Plan.__dataclass_fields__)
    for name in ("leaving", "costs", "simulation"):
        assert set(table[name]) == set(type(getattr(read, name)).__dataclass_fields__)
    page = (EXAMPLE.parent / "how_many_families.md").read_text(encoding="utf-8")
    assert "{literalinclude} design.toml" in page


def test_everything_wrong_with_a_design_file_is_said_at_once() -> None:
    said = refused(
        SMALL
        | {
            "familys": [3],
            "conclusions": ["slope[child]"],
            "therapists": [0],
            "missing": {"chld": 0.1},
            "without": ["therapists"],
            "model": "informant_levl",
        }
    )
    for part in (
        *("familys", "Did you mean 'families'", "QUANTITY > NUMBER", "chld", "therapists"),
        "informant_level",
    ):
        assert part in said, said


def test_numbers_that_no_study_has_are_said() -> None:
    said = refused(
        SMALL | {"families": [1.5], "missing": 1.0, "truth": {"prior": True, "fit": "f"}}
    )
    assert "must be a whole number" in said
    assert "must be less than 1" in said
    assert "one of them" in said


def test_models_that_planned_studies_do_not_have_are_refused() -> None:
    assert "has covariates" in refused(SMALL | {"model": "predict_growth"})
    assert "has leaving as a part" in refused(SMALL | {"model": "level_with_leaving"})
    assert "single items" in refused(SMALL | {"model": "ordinal_items"})
    exact = {"simulation": {"method": "approximate"}}
    assert 'say method = "exact"' in refused(SMALL | exact | {"model": "robust"})


def refused_of(table: dict, **more: Any) -> str:
    """What is said of a design file with everything that the model says of it."""
    with pytest.raises(InputError) as caught:
        checked(table | more, title="mine.toml")
    return str(caught.value)


def test_values_that_the_model_does_not_have_are_said_with_the_nearest() -> None:
    wrong = {"level[chld]": 40.0, "residual_sd[child]": -1.0}
    said = refused_of(SMALL, truth={"values": wrong})
    assert "Did you mean 'level[child]'?" in said
    assert "[truth.values] residual_sd[child] = -1.0: must be at least 0" in said
    assert "[truth.values] residual_sd[therapist_of_child]: is missing" in said


def test_correlations_that_nobody_can_have_are_refused() -> None:
    values = SMALL["truth"]["values"] | {"residual_cor[child;therapist_of_child]": 1.2}
    assert "must be from −1 to 1" in refused_of(SMALL, truth={"values": values})
    three = ["child", "caregiver", "therapist_of_child"]
    own = {f"{name}[{k}]": 1.0 for k in three for name in ("level", "residual_sd")}
    pairs = (("child;caregiver", 0.9), ("child;therapist_of_child", 0.9))
    cor = {f"residual_cor[{pair}]": value for pair, value in pairs}
    cor["residual_cor[caregiver;therapist_of_child]"] = -0.9
    said = refused_of(SMALL, informants=three, truth={"values": own | cor | {"slop[child]": 1}})
    assert "no variables can have these correlations together (residual_cor[child;" in said
    assert "Did you mean 'slope[child]'?" in said  # in the same error


def test_one_error_has_every_cause_and_the_name_of_the_file(tmp_path: Path) -> None:
    """Keys, ranges, the model, lists, sizes, true values and conclusions, each of them wrong."""
    file = tmp_path / "mine.toml"
    file.write_text(
        """
        model = "informant_levl"
        informants = ["child", "therapist_of_child"]
        conclusions = ["slop[child] > 0", "level[child]", "level[chld] > 3"]
        families = [40, -1]
        therapists = [10, 400]
        occasions = []
        missing = [0.1, 1.4]
        ignore_therapist = true
        scale = { lower = 48, upper = 12, step = 1 }
        time = { first = 4, per = 4, unit = "months" }
        leaving = { hazard = 2, follows = "ratings" }
        costs = { famly = 3 }
        simulation = { fits = 0, method = "aproximate", target = 80 }
        [truth.values]
        "levl[child]" = 40.0
        "slope[child]" = "much"
        "child_sd[child,level]" = -4.0
        "child_cor[child,level;therapist_of_child,level]" = 1.5
        """
    )
    with pytest.raises(InputError) as caught:
        assurance.read(file)
    said = str(caught.value)
    assert said.startswith("mine.toml: 25 problems\n")
    for part in (
        *("families = -1: must be at least 2", "therapists = 400: no design has so many"),
        *("occasions: lists at least one number", "missing = 1.4: must be less than 1"),
        *("ignore_therapist = True: is not a known key", "lower (48) must be below upper (12)"),
        *("time: give every", "[leaving] hazard = 2", "[leaving] follows = 'ratings'"),
        *("[costs] famly = 3", "[simulation] fits", "[simulation] method", "[simulation] target"),
        *("model = 'informant_levl'", "level[child]: must read QUANTITY > NUMBER"),
        "slope[child] = 'much': must be a number",
        "levl[child]: no such quantity. Did you mean 'level[child]'? (if the model is",
        "level[child]: is missing (if the model is informant_level)",
        "residual_sd[therapist_of_child]: is missing",
        "child_sd[child,level] = -4.0: must be at least 0",
        "is a correlation: it must be from −1 to 1",
        "slop[child] > 0 = 'slop[child]': no such quantity",
        "level[chld] > 3 = 'level[chld]': no such quantity",
    ):
        assert part in said, (part, said)
    # What is given, though it is no number, is not missing; and nothing is said of what stands in
    # the place of what cannot be read.
    assert "slope[child]: is missing" not in said
    assert "[leaving] hazard: lists" not in said


def test_a_wrong_entry_keeps_no_other_table_from_being_read() -> None:
    wrong = {
        "widths": {"slop[child]": 1.0, "level[child]": -1.0},
        "missing": {"chld": 0.1},
        "time": "monthly",
        "truth": {"values": SMALL["truth"]["values"], "prior": "yes"},
        "informants": ["child", "therapist_of_child"],
    }
    said = refused_of(SMALL, **wrong)
    for part in ("slop[child]", "[widths] level[child]", "chld", "time", "[truth] prior"):
        assert part in said, (part, said)
    assert "mine.toml: 5 problems" in said
    said = refused_of(SMALL, truth={"fit": "no.nc"}, conclusions=["slop[child] > 0"])
    assert "no.nc: no such file" in said
    assert "Did you mean 'slope[child]'?" in said
    assert "is missing" not in refused_of(SMALL, informants=3)


def test_conclusions_on_what_the_model_does_not_have_are_refused_before_anything_is_done() -> None:
    with pytest.raises(InputError, match=r"slope\[child\]"):
        assurance.of(SMALL | {"conclusions": ["slope[chld] > 0"]})


def test_stated_values_are_the_truth_and_what_is_not_stated_does_not_vary() -> None:
    stated = plan()
    spec, (truth,) = truths(stated, seed=1)
    one = as_fit(spec, everybody(stated, stated.sizes[0]), truth)
    values = {name: float(draws.item()) for name, draws in by_name(one.moments, one.design).items()}
    expected = SMALL["truth"]["values"]
    assert {name: values[name] for name in expected} == pytest.approx(expected)
    assert values["slope[therapist_of_child]"] == 0.0
    assert not [name for name in values if name.startswith("therapist_sd")]
    # Estimands read the truth as they read a fit: both of a pair are the same at the child level.
    r = agreement.correlation(one, level="child", of="level")
    assert float(r.sel(informant="child", informant_="therapist_of_child").item()) == (
        pytest.approx(0.5)
    )


def test_truths_from_the_prior_are_as_many_as_there_are_studies_and_values_replace_them() -> None:
    table = {"prior": True, "values": {"slope[child]": 0.7, "child_sd[child,level]": 3.0}}
    drawn = plan(truth=table, simulation={"fits": 30})
    spec, all_of_them = truths(drawn, seed=1)
    assert len(all_of_them) == 30
    arrays = design(spec, everybody(drawn, drawn.sizes[0]))
    values = [by_name(dataset(one, arrays), arrays) for one in all_of_them]
    slope, sd, level = (
        [one[name].item() for one in values]
        for name in ("slope[child]", "child_sd[child,level]", "level[child]")
    )
    assert set(slope) == {0.7}
    assert sd == pytest.approx([3.0] * 30)
    assert len(set(level)) == 30
    assert truths(drawn, seed=1)[1] == all_of_them
    assert truths(drawn, seed=2)[1] != all_of_them


def made(stated: Plan, *, seed: int = 5) -> Any:
    spec, (truth,) = truths(stated, seed=1)
    size = stated.sizes[-1]
    families = seated(everybody(stated, size), stated, size, seed=seed)
    return rated(as_fit(spec, families.ratings, truth), families)


def test_a_study_has_its_families_therapists_occasions_steps_and_ends() -> None:
    ratings = made(plan(families=[600], therapists=[30], occasions=[4]))
    assert (len(ratings.children), len(ratings.therapists)) == (600, 30)
    assert sorted(ratings.long["time"].unique()) == [4.0, 8.0, 12.0, 16.0]
    values = ratings.long["rating"].to_numpy()
    assert np.isfinite(values).all()
    assert (values == np.rint(values)).all()
    assert values.max() == 48.0
    rows = ratings.long.query("informant == 'therapist_of_child'").groupby("time")["rating"]
    # Of 600 families, a few cut off at 48; without a slope they are as far apart at all times.
    assert rows.mean().to_numpy() == pytest.approx([38.0] * 4, abs=5 * 3.6 / math.sqrt(600))
    assert rows.std().to_numpy() == pytest.approx([math.hypot(3.0, 2.0)] * 4, rel=0.15)


def test_ratings_go_missing_and_families_leave_as_often_as_is_said() -> None:
    ratings = made(
        plan(
            families=[1000],
            occasions=[3],
            missing={"child": 0.3},
            leaving={"hazard": 0.25, "follows": "alliance"},
        )
    )
    seen = ratings.long[ratings.long["status"] == "rated"].groupby(["informant", "time"]).size()
    therapist = seen["therapist_of_child"].to_numpy()
    assert therapist == pytest.approx([1000, 750, 562.5], abs=60)
    assert seen["child"].to_numpy() / therapist == pytest.approx([0.7] * 3, abs=0.06)


def test_leaving_that_follows_the_rating_takes_those_with_low_ratings() -> None:
    ratings = made(
        plan(families=[1000], occasions=[2], leaving={"hazard": 0.3, "log_odds": {"child": -0.5}})
    )
    first = ratings.long.query("time == 4 and informant == 'child'").set_index("child")["rating"]
    stayed = ratings.long.query("time == 8 and status == 'rated'")["child"].unique()
    assert first[stayed].mean() > first.drop(stayed).mean() + 2.0


def test_intervals_of_shares_are_those_of_jeffreys() -> None:
    assert interval(16, 20) == pytest.approx(beta.ppf([0.025, 0.975], 16.5, 4.5))
    assert interval(0, 20)[0] == 0.0
    assert interval(20, 20)[1] == 1.0


def result(size: Size, number: int, support: float, *, again: bool = False) -> dict:
    """A study that was simulated, true in every second one."""
    fitted = {"method": "exact" if again else "approximate"}
    return {
        "size": size.named,
        "number": number,
        "compared": again,
        "ratings": 100,
        "true": {"slope[child] > 0": number % 2 == 0},
        "value": {"slope[child]": 0.5, "slope[child] > 0": 0.5},
        "fitted": fitted
        | {
            "support": {"slope[child] > 0": support},
            "interval": {"slope[child]": [0.0, 0.4], "slope[child] > 0": [0.0, 0.4]},
        },
    }


def test_shares_of_studies_are_counted_by_design(monkeypatch: pytest.MonkeyPatch) -> None:
    """Assurance 0.5 with 12 families, 1 with 24; one of four verdicts is another in full."""

    def simulated(piece: dict) -> dict:
        size, number = Size(**piece["size"]), piece["number"]
        high = size.families == 24 or number > 5 - piece["compared"]
        return result(size, number, 0.99 if high else 0.6, again=piece["compared"])

    monkeypatch.setattr(designs, "simulated", simulated)
    table = SMALL | {
        "families": [12, 24],
        "widths": {"slope[child]": 0.3},
        "costs": {"family": 10, "therapist": 1, "rating": 2, "budget": 400},
        "simulation": {"fits": 10, "compared": 1, "compared_fits": 10, "target": 0.9},
    }
    found = assurance.of(table, seed=4)
    rows = found.table.set_index(["families", "conclusion"])
    slope = rows.xs("slope[child] > 0", level="conclusion")
    assert slope["assurance"].to_list() == [0.5, 1.0]
    assert slope["false_support"].to_list() == [0.2, 0.5]
    assert slope["true"].to_list() == [0.5, 0.5]
    assert slope["coverage"].to_list() == [0.0, 0.0]
    assert slope["cost"].to_list() == [120 + 4 + 200, 240 + 4 + 200]
    width = "95% interval of slope[child] narrower than 0.3"
    assert rows.xs(width, level="conclusion")["assurance"].to_list() == [0.0, 0.0]
    error = found.error.set_index("conclusion").loc["slope[child] > 0"]
    assert (error["approximate"], error["exact"], error["other"]) == (0.5, 0.6, 0.1)
    assert error["difference"] == pytest.approx(-0.1)
    assert error["lower"] < -0.1 < error["upper"]
    assert error["support"] == pytest.approx(0.039)
    said = "\n".join(found.sentences)
    assert "With 24 families of 4 therapists, rated at 3 occasions, “slope (child) > 0” is" in said
    assert "100% of studies (78 to 100)" in said
    assert "The cheapest design that does has 24 families" in said
    assert "Of the designs that cost at most 400, the one with 12 families" in said
    none = "No simulated study of any design reaches “95% interval of slope (child) narrower than"
    assert f"{none} 0.3”: the 95% interval of the share ends at 22%." in said
    assert len(found.price) == 0


VARYING = {
    "missing": [0.3, 0.1],
    "leaving": {"hazard": [0.0, 0.2]},
    "scale": {"lower": 12, "upper": [48, 42], "step": 1},
}


def test_designs_are_the_product_with_what_goes_missing_who_leaves_and_where_the_scale_ends() -> (
    None
):
    varied = plan(**VARYING)
    assert len(varied.sizes) == 2 * 2 * 2
    assert varied.sizes[0] == Size(
        **{"families": 12, "therapists": 4, "occasions": 3},
        **{"missing": 0.1, "leaving": 0.0, "ceiling": 42.0},
    )
    assert varied.sizes[-1].words == (
        "12 families of 4 therapists, rated at 3 occasions, 30% of ratings missing, 20% of "
        "families leaving after each occasion, a scale that ends at 48"
    )
    assert len({size.words for size in varied.sizes}) == 8
    # One of a kind, as a number or in a list, is that of all designs.
    single = plan(missing=[0.3], leaving={"hazard": 0.2})
    assert single.sizes == plan().sizes
    assert single.missing_shares(single.sizes[0]) == dict.fromkeys(SMALL["informants"], 0.3)
    assert single.hazard(single.sizes[0]) == 0.2


def test_circumstances_change_the_ratings_that_are_made_and_nothing_else() -> None:
    varied = plan(**VARYING, families=[600], therapists=[30])
    spec, (truth,) = truths(varied, seed=1)
    made = {}
    for size in varied.sizes:
        families = seated(everybody(varied, size), varied, size, seed=5)
        ratings = rated(as_fit(spec, families.ratings, truth), families)
        made[size.missing, size.leaving, size.ceiling] = ratings.long.set_index(
            ["child", "time", "informant"]
        )["rating"].dropna()
        assert ratings.scales["child"].upper == size.ceiling
    n = 600 * 3 * 2
    assert len(made[0.1, 0.0, 48.0]) / n == pytest.approx(0.9, abs=0.02)
    assert len(made[0.3, 0.0, 48.0]) / n == pytest.approx(0.7, abs=0.02)
    left = (1 + 0.8 + 0.8**2) / 3
    assert len(made[0.1, 0.2, 48.0]) / n == pytest.approx(0.9 * left, abs=0.03)
    whole, low = made[0.1, 0.0, 48.0], made[0.1, 0.0, 42.0]
    assert whole.clip(upper=42.0).equals(low)
    assert whole.max() == 48.0
    assert made[0.3, 0.0, 48.0].index.isin(whole.index).all()


def test_models_of_points_have_one_scale() -> None:
    said = refused(SMALL | VARYING | {"model": "binomial", "simulation": {"method": "exact"}})
    assert "give one upper end" in said


def test_tables_and_sentences_tell_circumstances_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """All studies reach the conclusion with 10% missing, none with 30%; the columns come last."""

    def simulated(piece: dict) -> dict:
        size = Size(**piece["size"])
        return result(size, piece["number"], 0.99 if size.missing == 0.1 else 0.6)

    monkeypatch.setattr(designs, "simulated", simulated)
    simulation = {"fits": 10, "compared": 0}
    found = assurance.of(SMALL | VARYING | {"simulation": simulation})
    alone = assurance.of(SMALL | {"missing": [0.1], "simulation": simulation})
    assert [*alone.table.columns, "missing", "leaving", "ceiling"] == list(found.table.columns)
    assert len(found.table) == 8
    assert found.table.groupby("missing")["assurance"].first().to_list() == [1.0, 0.0]
    said = found.sentences
    assert said[0].startswith(
        "Where 10% of ratings are missing, no families leave after each occasion and the scale "
        "ends at 42: with 12 families of 4 therapists, rated at 3 occasions, “slope (child) > 0” is"
    )
    assert said[7].startswith(
        "Where 30% of ratings are missing, 20% of families leave after each occasion and the scale "
        "ends at 48: no simulated study of any design reaches “slope (child) > 0”: the 95% "
        "interval of the share ends at 22%."
    )


def shares(*given: tuple[int, float, float]) -> pd.DataFrame:
    """A table of designs: families, assurance, cost."""
    rows = [
        {
            **{"families": families, "therapists": 0, "occasions": 3, "conclusion": "slope[c] > 0"},
            **{"assurance": share, "lower": 0.0, "upper": 0.3, "true": 1.0, "false_support": 0.0},
            "cost": cost,
        }
        for families, share, cost in given
    ]
    return pd.DataFrame(rows)


def test_of_designs_that_reach_it_as_often_the_cheapest_is_named_then_the_smallest() -> None:
    table = shares((40, 0.5, 900.0), (20, 0.5, 700.0), (30, 0.5, 700.0), (10, 0.2, 100.0))
    ((said,),) = of_conclusions(table, target=0.8, budget=800.0)
    assert "the most is 50% of studies (0 to 30), with 20 families, rated at 3 occasions" in said
    assert "(2 other designs reach it as often, but none is cheaper)." in said
    assert "the one with 20 families, rated at 3 occasions, reaches it most often: in 50%" in said
    assert "It costs 700 (another design reaches it as often, but has no fewer families)." in said
    table = shares((40, 0.9, 700.0), (20, 0.9, 700.0))
    assert "has 20 families" in of_conclusions(table, target=0.8, budget=None)[0][0]


def test_no_design_is_named_where_none_reaches_a_conclusion() -> None:
    ((said,),) = of_conclusions(
        shares((40, 0.0, 900.0), (20, 0.0, 700.0)), target=0.8, budget=800.0
    )
    assert said == (
        "No simulated study of any design reaches “slope (c) > 0”: the 95% interval of the share "
        "ends at 30%."
    )
    ((said,),) = of_conclusions(
        shares((40, 0.1, 900.0), (20, 0.0, 700.0)), target=0.8, budget=800.0
    )
    assert "No simulated study of a design that costs at most 800 reaches it." in said


def test_methods_that_agree_have_an_interval_all_the_same() -> None:
    rows = [
        {
            **{"families": 12, "therapists": 4, "occasions": 3, "conclusion": "c"},
            **{"number": n, "compared": again, "approximate": not again, "reached": True},
            **{"support": 0.99, "width": 1.0},
        }
        for n in range(20)
        for again in (False, True)
    ]
    row = compared(pd.DataFrame(rows)).iloc[0]
    assert row["difference"] == 0.0
    assert row["lower"] == pytest.approx(-row["upper"])
    assert 0 < row["upper"] < 0.1


@pytest.mark.samples
@pytest.mark.long
def test_the_approximation_and_fits_in_full_conclude_alike(tmp_path: Path) -> None:
    table = SMALL | {
        "families": [60],
        "therapists": [20],
        "truth": {"values": SMALL["truth"]["values"] | {"therapist_sd[child,level]": 3.0}},
        "simulation": {"fits": 10, "compared": 1, "compared_fits": 10},
        "ignore_therapists": True,
    }
    found = assurance.of(table)
    assert found.table["approximate"].item() == 1.0
    assert found.error["support"].item() < 0.02
    assert found.error["width"].item() == pytest.approx(1.0, abs=0.1)
    assert found.price["coverage_without"].between(0, 1).all()


@pytest.mark.long
def test_assurance_of_a_slope_is_the_power_that_has_a_closed_formula() -> None:
    r"""One informant, complete ratings, stated truth: power of the average slope.

    With n children at the same times t, residual sd s_e and slope sd s_u, the least squares slope
    of each child has variance s_e^2 / sum (t - mean t)^2 + s_u^2, and their average an n-th of it
    (Raudenbush and Liu 2001, Psychological Methods 6, 387, eq. 12, for polynomial change of degree
    one). The posterior probability of a slope above 0 exceeds 0.975 where the estimate is 1.96
    standard errors above 0.
    """
    n, slope, slope_sd, residual_sd = 40, 0.75, 1.5, 2.0
    times = np.arange(4.0)
    variance = (residual_sd**2 / ((times - times.mean()) ** 2).sum() + slope_sd**2) / n
    power = norm.cdf(slope / math.sqrt(variance) - norm.ppf(0.975))
    found = assurance.of(
        SMALL
        | {
            "model": "informant_growth",
            "without": ["therapist"],
            "informants": ["child"],
            "families": n,
            "therapists": 0,
            "occasions": len(times),
            "scale": {"center": 30.0, "spread": 18.0},
            "time": {"every": 1},
            "truth": {
                "values": {
                    "level[child]": 30.0,
                    "slope[child]": slope,
                    "child_sd[child,level]": 3.0,
                    "child_sd[child,slope]": slope_sd,
                    "residual_sd[child]": residual_sd,
                }
            },
            "simulation": {"fits": 150, "compared": 0},
        }
    )
    row = found.table.iloc[0]
    assert 0.6 < power < 0.8
    assert row["assurance"] == pytest.approx(power, abs=3 * math.sqrt(power * (1 - power) / 150))
    assert row["width"] == pytest.approx(2 * 1.96 * math.sqrt(variance), rel=0.1)
