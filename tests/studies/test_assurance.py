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
from bayes_alliance.studies.assurance.plan import Plan, Size, from_dict
from bayes_alliance.studies.assurance.shares import compared, interval
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


def test_values_that_the_model_does_not_have_are_said_with_the_nearest() -> None:
    wrong = {"level[chld]": 40.0, "residual_sd[child]": -1.0}
    with pytest.raises(InputError) as caught:
        truths(plan(truth={"values": wrong}), seed=1)
    said = str(caught.value)
    assert "level[child]" in said
    assert "must be at least 0" in said
    assert "[truth.values] residual_sd[therapist_of_child]" in said


def test_correlations_that_nobody_can_have_are_refused() -> None:
    values = SMALL["truth"]["values"] | {"residual_cor[child;therapist_of_child]": 1.2}
    with pytest.raises(InputError, match="no variables can have these correlations"):
        truths(plan(truth={"values": values}), seed=1)


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
        "size": vars(size),
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
    assert "No design reaches “95% interval of slope (child) narrower than 0.3”" in said
    assert len(found.price) == 0


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
