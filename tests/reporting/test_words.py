"""Reports call people as the study file says: in sentences, tables, figures and Word."""

import re
from collections.abc import Iterator
from dataclasses import replace

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.text import Text

import bayes_alliance as ba
from bayes_alliance.estimands.usual_words import why
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.ratings import Ratings, Study, TimeAxis
from bayes_alliance.ratings.study.words import WordsTable
from bayes_alliance.ratings.words import Words
from bayes_alliance.reporting import plots, tables
from bayes_alliance.reporting.document.composition import composed
from bayes_alliance.reporting.document.paper_tables import for_paper
from bayes_alliance.reporting.document.result_sections import sections
from bayes_alliance.reporting.prose import paragraphs
from bayes_alliance.results.collection import Reported, collected
from tests import hand_made
from tests.ratings.tiny import assert_same_ratings
from tests.reporting import made_studies
from tests.reporting.plots.test_question_plots import comparison, surface_of

OWN = re.compile(r"\b(?:child|children|family|families|therapists?|clinics?)\b", re.IGNORECASE)
# Names of quantities and estimands, columns, and what simulated cohorts were.
LABEL = re.compile(
    r"[\w.]+\[[^]]*\]|\w+_(?:of|sd|cor|cov)\w*|\|? ?[\w;,=.]+[,;][\w;,=.]+ \||"
    r"In simulated cohorts of 120 families"
)
WORDS = Words(
    child="patient",
    children="patients",
    therapist="coach",
    therapists="coaches",
    clinic="site",
    clinics="sites",
    family="couple",
    families="couples",
    left="left the study",
    informants={"child": "Self", "therapist_of_child": "Coach of self"}
    | {"caregiver": "Partner", "therapist_of_caregiver": "Coach of partner"},
    covariates={"anxiety": "Worry"},
)


def worded() -> Fit:
    fit = hand_made.fit()
    return replace(fit, ratings=replace(fit.ratings, words=WORDS))


@pytest.fixture(scope="module")
def records() -> Reported:
    return collected(worded())


def left_over(text: str) -> list[str]:
    """Lines that speak of children and families, but for labels and names of quantities."""
    return [line for line in text.splitlines() if OWN.search(LABEL.sub("", line))]


def test_words_are_said_with_their_case_and_not_within_other_words() -> None:
    said = WORDS.said("Children of one therapist; childhood, child_sd, [child], therapists' family")
    assert said == "Patients of one coach; childhood, child_sd, [child], coaches' couple"
    assert WORDS.said("None left treatment.") == "None left the study."
    assert Words().said("Children of one therapist") == "Children of one therapist"


def test_a_word_for_one_makes_that_of_several() -> None:
    study = hand_made.STUDY | {"informants": {"self": "x"}}
    words = Study.from_dict(study | {"words": {"child": "patient", "clinic": "site"}}).words.words()
    assert (words.child, words.children) == ("patient", "patients")
    assert (words.clinic, words.clinics) == ("site", "sites")
    assert words.therapists == "therapists"
    # Where patients are rated nobody speaks of families, but where somebody says so.
    assert (words.family, words.families) == ("patient", "patients")
    for family in ("family", "household"):
        own = Study.from_dict(study | {"words": {"child": "patient", "family": family}}).words
        assert own.words().family == family
        assert WordsTable.of(own.words()).words() == own.words()


def test_words_stay_with_ratings_that_are_written() -> None:
    ratings = worded().ratings
    again = Ratings.from_wide(ratings.to_wide(), study=ratings.study)
    assert_same_ratings(again, ratings)
    assert again.words == WORDS
    assert hand_made.ratings().study.to_toml().count("words") == 0


def test_descriptions_and_paragraphs_say_the_words(records: Reported) -> None:
    fit = records.fit
    for text in (repr(fit.ratings), repr(fit)):
        assert not left_over(text)
        assert "12 patients" in text
    parts = (*paragraphs.methods(fit), *paragraphs.results(fit, records=records))
    text = " ".join(one.text for one in parts)
    assert not OWN.search(text)
    assert "12 patients" in text
    assert "Self with" in text or "with Self" in text
    assert "Worry on the level at 4 months of" in text
    assert not [reason for reason in why(fit).values() if OWN.search(reason)]


def test_what_statistics_are_of_is_said_by_names() -> None:
    known = ("child", "therapist_of_child", "caregiver", "a, b")
    said = {of: WORDS.name_of(of, known) for of in ("child", "child at 4", "child, caregiver")}
    assert [*said.values()] == ["Self", "Self at 4", "Self, Partner"]
    assert WORDS.name_of("therapist_of_child, anxiety by 4", known) == "Coach of self, Worry by 4"
    assert WORDS.name_of("a, b at child", known) == "a, b at child"
    for of in ("children at 4", "all informants at 4", "childhood"):
        assert WORDS.name_of(of, known) == of
    assert Words().name_of("child, caregiver", known) == "child, caregiver"
    units = [WORDS.several(unit) for unit in ("child", "therapist", "clinic", "rating")]
    assert units == ["patients", "coaches", "sites", "ratings"]


def drawn_of_studies(fit: Fit) -> Iterator[Axes]:
    """Figures of checks and studies, which hold no fit but know its words."""
    check = ba.checks.posterior_predictive(fit, seed=1, n=60)
    yield plots.predictive(check)
    yield plots.rating_distributions(check)[0]
    for level in ("child", "therapist"):
        effects = ba.random_effects(fit, seed=1, level=level, draws=40)
        yield plots.caterpillar(effects, "child,level")
    yield plots.influence(comparison(words=WORDS))
    quantities = pd.DataFrame(
        {
            "block": ["as stated", "slopes", "child sds"],
            "factor": [1.0, 0.25, 4.0],
            "quantity": "slope[child]",
            "mean": 1.0,
            "lower": 0.0,
            "upper": 2.0,
        }
    )
    study = replace(made_studies.prior_study(), words=WORDS, quantities=quantities)
    yield plots.prior_study(study, "slope[child]")
    yield plots.prior_support(study, "slope[child] < 0")
    yield plots.power_scaling(replace(made_studies.power_scaling(), words=WORDS))
    yield plots.response_surface(*surface_of(fit))[0]


@pytest.mark.builds
def test_figures_of_checks_and_studies_say_the_words() -> None:
    said = []
    for axes in drawn_of_studies(worded()):
        texts = {text.get_text() for text in axes.get_figure(root=True).findobj(Text)}
        said += [" ".join(texts)]
        # Names of quantities have blanks in place of underscores.
        assert not left_over("\n".join(re.sub(r"[\w ]+\[[^]]*\]", "", text) for text in texts))
        plt.close("all")
    whole = " ".join(said)
    for own in ("Self, Partner", "patient sds", "patients, in order"):
        assert own in whole
    assert "log predictive density of the coach left out" in whole


@pytest.mark.builds
def test_tables_and_sentences_of_studies_say_the_words() -> None:
    prior = replace(made_studies.prior_study(), words=WORDS)
    compared = replace(made_studies.comparison(), words=WORDS)
    power = replace(made_studies.power_scaling(), words=WORDS)
    made = [tables.prior_sensitivity(prior), tables.comparison(compared)]
    for table in [*made, tables.prior_sensitivity(power)]:
        text = f"{table.title}\n{table.note}\n{table.shown.to_csv()}"
        # What a comparison found was said when it was made.
        assert not left_over(text.replace(compared.sentence, ""))
    assert compared.title == "Leave one patient out of SYNTHETIC ratings"
    assert not left_over(f"{prior!r}\n{power!r}")


@pytest.mark.builds
def test_figures_and_tables_of_a_report_say_the_words(records: Reported) -> None:
    papers = for_paper(records)
    for table in papers:
        assert not left_over(f"{table.title}\n{table.note}\n{table.shown.to_csv()}"), table.name
    for part in sections(records, checks=(), papers=papers):
        for figure in part.figures:
            texts = {text.get_text() for text in figure.drawing.findobj(Text)}
            assert not left_over("\n".join([*texts, figure.caption, figure.alt])), figure.name


@pytest.mark.builds
def test_a_report_says_nothing_of_children_but_in_labels_and_titles_of_others(
    records: Reported,
) -> None:
    check = ba.checks.posterior_predictive(records.fit, seed=1, n=60)
    report = composed(records, checks=(check,), studies=())["report.md"].decode()
    _, *references = re.split(r"\n *References\n", report)
    titles = {line for part in references for line in part.split("```")[0].splitlines()}
    assert [line for line in left_over(report) if line not in titles] == []


def test_summaries_and_priors_of_draws_have_names_for_print_where_words_are_given() -> None:
    fit = worded()
    prior = ba.prior_fit(fit.spec, fit.ratings, seed=1)
    shares, before = ba.variance.shares(fit), ba.variance.shares(prior)
    words = fit.ratings.words
    table = tables.summarise(shares, prior=before, words=words)
    assert {"patient", "coach"} <= set(table.index.get_level_values("source"))
    assert "Coach of self" in set(table.index.get_level_values("informant"))
    labels = tables.summarise(shares, prior=before)
    assert "therapist_of_child" in set(labels.index.get_level_values("informant"))
    pd.testing.assert_frame_equal(table.reset_index(drop=True), labels.reset_index(drop=True))
    panels = plots.prior_posterior(shares, before, words=words)
    titles = [panel.get_title(loc="left").replace("\n", " ") for panel in panels]
    assert any("coach" in title and "Partner" in title for title in titles)
    assert not any("therapist" in title for title in titles)
    plt.close("all")


@pytest.mark.parametrize(
    ("axis", "said", "step"),
    [
        (TimeAxis(per=1, unit="days"), ("1 day", "2 days"), "day"),
        (TimeAxis(per=4, unit="months"), ("1 month", "2 months"), "4 months"),
        (TimeAxis(per=1, unit="s"), ("1 s", "2 s"), "s"),
        (TimeAxis(per=1), ("time 1", "time 2"), "unit of time"),
        (TimeAxis(per=4), ("time 1", "time 2"), "4 units of time"),
    ],
)
def test_one_day_is_a_day(axis: TimeAxis, said: tuple[str, str], step: str) -> None:
    assert (axis.said(1.0), axis.said("2")) == said
    assert axis.step == step


def test_times_of_distributions_have_their_unit() -> None:
    check = ba.checks.prior_predictive(hand_made.fit().spec, hand_made.ratings(), seed=1)
    assert plots.rating_distributions(check)[0].get_ylabel() == "months"
    assert plots.rating_distributions(replace(check, unit=""))[0].get_ylabel() == "time"
    plt.close("all")
