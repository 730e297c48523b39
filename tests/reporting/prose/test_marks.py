"""Numbers that stand on the prior are marked, in prose, tables and figures, and lead nothing."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from bayes_alliance.estimands import effects
from bayes_alliance.reporting import plots, tables
from bayes_alliance.reporting.document.result_sections import NO_LEAD, sections
from bayes_alliance.reporting.prose import courses, paragraphs, sentences
from bayes_alliance.reporting.prose.wording import DAGGER, DRIVEN, marked
from bayes_alliance.results.collection import collected
from bayes_alliance.specification import load_model
from tests import hand_made

pytestmark = pytest.mark.builds


@pytest.fixture(scope="module")
def untaught():
    """Draws of the prior in place of a posterior: everything stands on it."""
    return collected(hand_made.of_prior("informant_growth", hand_made.ratings()))


@pytest.fixture(scope="module")
def taught():
    return collected(hand_made.fit())


def test_a_mark_stands_beside_numbers_that_stand_on_the_prior_only() -> None:
    assert marked("1.2", prior_driven=True) == f"1.2{DAGGER}"
    assert marked("1.2", prior_driven=False) == marked("1.2", prior_driven=np.nan) == "1.2"
    assert marked("–", prior_driven=True) == "–"


def test_prose_marks_them(untaught, taught) -> None:
    for text in (*courses.growth(untaught), sentences.agreement_range(untaught, level="child")):
        assert DAGGER in text
    in_text = " ".join(one.text for one in paragraphs.results(untaught.fit, records=untaught))
    assert DAGGER in in_text
    assert in_text.count(DRIVEN) == 1
    assert DAGGER not in courses.growth(taught)[0]


def test_they_lead_no_section(untaught, taught) -> None:
    dark = {one.key: one for one in sections(untaught, checks=())}
    for key in ("growth", "agreement"):
        assert dark[key].lead == NO_LEAD
        assert dark[key].points[-1] == DRIVEN
    assert dark["shares"].points[-1] == DRIVEN
    light = {one.key: one for one in sections(taught, checks=())}
    assert light["growth"].lead.startswith("From 4 to 16 months")
    assert light["agreement"].lead.startswith("Between children of the same therapist")
    assert DRIVEN not in light["growth"].points
    plt.close("all")


def test_tables_and_figures_mark_them(untaught) -> None:
    fit = untaught.fit
    for table in (
        tables.fixed_effects(fit, records=untaught),
        tables.agreement(fit, records=untaught),
        tables.variation(fit, records=untaught),
    ):
        assert table.shown.astype(str).apply(lambda column: column.str.contains(DAGGER)).any().any()
        assert DRIVEN in table.note
    bars = plots.shares(fit, time=4.0, records=untaught)
    cells = plots.agreement(fit, records=untaught)
    for ax in (bars, cells):
        assert any(DAGGER in text.get_text() for text in ax.texts)
    plain = plots.agreement(fit)
    assert not any(DAGGER in text.get_text() for text in plain.texts)
    plt.close("all")


def test_of_a_scale_without_ends_the_words_are_about_observed_ratings() -> None:
    values = {
        "level": np.array([49.0, 30.0]),
        "slope": np.array([3.0, 0.0]),
        "child_cov": np.diag([9.0, 4.0, 0.0, 0.0]),
        "therapist_cov": np.zeros((4, 4)),
        "residual_cov": np.diag([4.0, 1.0]),
    }
    data = hand_made.ratings(("child", "caregiver"))
    fit = hand_made.constant(load_model("growth_with_ceiling"), data, values)
    records = collected(fit)
    first, last = (
        effects.trajectories(fit, times=[4.0, 16.0], observed=True)
        .sel(informant="child")
        .isel(chain=0, draw=0)
        .values
    )
    (text, _) = courses.growth(records)
    assert text.startswith(f"Child: {first:.2f}")
    assert f"change from 4 to 16 months {last - first:.2f}" in text
    assert first < 48.0
    (line,) = (x for x in plots.trajectories(fit)[0].lines if len(x.get_xdata()) == 41)
    assert line.get_ydata()[0] == pytest.approx(first)
    assert "without ends" in tables.fixed_effects(fit, records=records).note
    plt.close("all")
