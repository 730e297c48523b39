"""Informants and covariates may be called anything: no number is lost or said of another."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import bayes_alliance as ba
from bayes_alliance.posterior.scalars import quantity_of
from bayes_alliance.posterior.verdict import Check
from bayes_alliance.reporting import plots, tables
from bayes_alliance.reporting.document import report
from bayes_alliance.reporting.prose import courses, sentences
from bayes_alliance.results.collection import Reported, collected
from bayes_alliance.studies.conclusions import Conclusion, supports
from tests import hand_made

FIRST = "a, b; [c]|d"
ODD = (FIRST, f"therapist_of_{FIRST}", "time=4", "x=1,level")
CALLED = dict(zip(hand_made.FOUR, ODD, strict=True))
COVARIATE = "e, f; [g]|h=2"


@pytest.fixture(scope="module")
def odd():
    return hand_made.fit(ODD, covariate=COVARIATE)


@pytest.fixture(scope="module")
def records(odd):
    return collected(odd)


@pytest.fixture(scope="module")
def plain():
    return collected(hand_made.fit())


def relabelled(table: pd.DataFrame) -> pd.DataFrame:
    labels = CALLED | {"anxiety": COVARIATE}
    names = ["informant", "informant_", "covariate"]
    return table.assign(
        **{
            name: pd.Series([labels.get(one, one) for one in table[name]], dtype=object)
            for name in names
        }
    )


@pytest.mark.thorough
def test_quantities_have_the_same_numbers_under_other_labels(records, plain):
    ours, theirs = records.of_quantities, relabelled(plain.of_quantities)
    pd.testing.assert_frame_equal(
        ours.drop(columns="name"), theirs.drop(columns="name"), check_dtype=False
    )
    assert records.summary["quantity"].is_unique


def test_estimands_have_the_same_numbers_under_other_labels(records, plain):
    # The second pair is a dyad only where its names say so.
    ours, theirs = (
        one.of_results[~one.of_results["estimand"].str.startswith("dyads.")]
        .drop(columns=["name", "of"])
        .reset_index(drop=True)
        for one in (records, plain)
    )
    pd.testing.assert_frame_equal(ours, relabelled(theirs), check_dtype=False)
    assert not records.estimands[["estimand", "of"]].duplicated().any()


def test_a_written_name_begins_with_its_quantity_whatever_the_labels_hold(records):
    assert {quantity_of(one.name) == one.quantity for one in records.quantities} == {True}


def test_a_dyad_is_found_by_its_name(records):
    rows = records.select(estimand="dyads.reciprocity")
    assert set(zip(rows["informant"], rows["informant_"], strict=True)) == {(ODD[1], FIRST)}


def test_sentences_are_the_same_but_for_the_labels(records, plain):
    for say in (courses.growth, courses.stability, sentences.together):
        assert len(say(records)) == len(say(plain))
    assert [text.partition(": ")[2] for text in courses.growth(plain)] == [
        text[len(name) + 2 :] for text, name in zip(courses.growth(records), ODD, strict=True)
    ]
    first = sentences.covariate_effects(records)[0]
    assert first.startswith(f"{COVARIATE.capitalize()} on level: {FIRST} 0.50 [")


def test_tables_for_a_paper_hold_the_same_estimates(records, plain):
    for table in (tables.fixed_effects, tables.variation, tables.agreement):
        ours, theirs = (
            table(one.fit, records=one).shown.to_numpy().tolist() for one in (records, plain)
        )
        assert ours == theirs
    ours, theirs = (
        tables.covariate_effects(one.fit).shown.to_numpy().tolist() for one in (records, plain)
    )
    assert ours == theirs


def test_csv_files_can_be_read_back(records, tmp_path):
    for name, table in (("summary", records.summary), ("estimands", records.estimands)):
        table.to_csv(tmp_path / f"{name}.csv", index=False)
        back = pd.read_csv(tmp_path / f"{name}.csv")
        first = "quantity" if name == "summary" else "of"
        assert back[first].tolist() == table[first].tolist()
        assert np.allclose(back["median"], table["median"])


def test_conclusions_are_on_quantities_and_estimands_by_their_names(odd, records):
    names = [*(one.name for one in records.quantities[:3]), records.results[0].name]
    stated = [Conclusion(name=name, quantity=name, above=-1e9) for name in names]
    assert supports(odd, stated) == dict.fromkeys(names, 1.0)


def test_quantities_can_be_looked_up_by_name_in_plots_of_chains(odd, records):
    for quantity in (records.quantities[0].name, records.quantities[-1].name):
        plots.ranks(odd, quantity=quantity)
    plt.close("all")


@pytest.mark.thorough
@pytest.mark.parametrize(
    "draw",
    [
        plots.trajectories,
        plots.agreement,
        plots.shares,
        plots.effects,
        plots.convergence,
        plots.agreement_over_time,
        plots.shares_over_time,
    ],
    ids=lambda draw: draw.__name__,
)
def test_figures_are_drawn_whatever_informants_are_called(odd, draw):
    axes = draw(odd)
    figure = np.ravel(np.array(axes, dtype=object))[0].get_figure(root=True)
    figure.canvas.draw()
    plt.close("all")


@pytest.mark.builds
def test_the_report_holds_the_labels_and_every_estimate(odd, records: Reported, tmp_path):
    check = Check(
        name="convergence", verdict="pass", table=records.summary, sentence="Fine.", reference=""
    )
    page = report.write(odd, tmp_path / "report", checks=(check,), records=records)
    text = (page.parent / "report.md").read_text(encoding="utf-8")
    for sentence in (*courses.growth(records), *sentences.covariate_effects(records)):
        assert sentence.replace("|", "\\|") in text or sentence in text
    again = pd.read_csv(page.parent / "tables" / "estimands.csv")
    assert again["of"].tolist() == records.estimands["of"].tolist()
    assert ba.tables.estimands(odd)["of"].tolist() == records.estimands["of"].tolist()
