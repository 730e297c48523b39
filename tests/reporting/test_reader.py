"""The paper of different fits, read as a strict editor reads it."""

import re
from functools import partial

import matplotlib.pyplot as plt
import pytest

from bayes_alliance.posterior import checks
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.ratings import Ratings
from bayes_alliance.ratings.simulation import USUAL_CARE_ITEMS, simulate
from bayes_alliance.reporting.document.paper import paper_of
from bayes_alliance.reporting.document.paper_files import to_markdown
from bayes_alliance.reporting.document.paper_tables import for_paper
from bayes_alliance.reporting.document.result_sections import sections
from bayes_alliance.results.collection import collected
from tests import hand_made
from tests.reporting import made_studies, reader
from tests.small import small_ratings

pytestmark = pytest.mark.builds
MOST_WORDS = 1200


def one_occasion() -> Fit:
    """Every child at its own occasion, and at no other."""
    ratings = hand_made.ratings()
    wide = ratings.to_wide()
    first = wide.groupby("child").head(1)
    order = first.groupby("child").ngroup() % 4
    once = Ratings.from_wide(first.assign(time=4.0 + 4.0 * order), study=ratings.study)
    return hand_made.of_prior("informant_growth", once)


def leaving() -> Fit:
    ratings = hand_made.ratings(("child", "caregiver"))
    return hand_made.of_prior("growth_with_leaving", ratings)


def ceiling() -> Fit:
    ratings = small_ratings(n_informants=3, n_children=12, whole=True)
    return hand_made.of_prior("growth_with_ceiling", ratings)


def items() -> Fit:
    ratings = simulate(families=12, therapists=6, recording=USUAL_CARE_ITEMS, seed=1)[0]
    return hand_made.of_prior("ordinal_items", ratings)


def couples() -> Fit:
    words = {
        "child": "patient",
        "children": "patients",
        "family": "couple",
        "families": "couples",
        "informants": {"child": "partner A", "caregiver": "partner B"},
    }
    return hand_made.fit(("child", "caregiver"), words=words)


def of_prior_of_two(model: str) -> Fit:
    return hand_made.of_prior(model, hand_made.ratings(hand_made.FOUR[:2]))


ARMS = {"covariate": "arm", "groups": ("CBT", "treatment as usual", "family therapy")}
FITS = {
    "one informant": partial(hand_made.fit, ("child",), covariates=False),
    "four informants with therapists": partial(hand_made.fit, covariates=False),
    "covariates": hand_made.fit,
    "three groups": partial(hand_made.fit, ("child", "caregiver"), **ARMS),
    "couples": couples,
    "a ceiling": ceiling,
    "items": items,
    "one occasion": one_occasion,
    "points of a scale": partial(of_prior_of_two, "binomial"),
    "leaving": leaving,
    "heavy tails": partial(of_prior_of_two, "robust"),
    "studies beside": partial(hand_made.fit, covariates=False),
}
STUDIES = (
    made_studies.usual,
    made_studies.comparison,
    made_studies.beside,
    made_studies.with_tipping,
    made_studies.power_scaling,
    made_studies.leaving,
    made_studies.atlas,
)


@pytest.fixture(scope="module", params=list(FITS))
def paper(request: pytest.FixtureRequest) -> str:
    fit = FITS[request.param]()
    taught = request.param in list(FITS)[:5]
    records = collected(fit) if taught else collected(fit, prior=fit)
    studies = [study() for study in STUDIES] if request.param == "studies beside" else []
    found, tables = (checks.convergence(fit),), for_paper(records, studies=studies)
    parts = list(sections(records, checks=found, studies=studies, papers=tables))
    plt.close("all")
    return to_markdown(paper_of(records, checks=found, parts=parts, papers=tables))


def test_no_sentence_has_more_numbers_than_a_reader_takes_in(paper: str) -> None:
    assert reader.crowded(reader.prose(paper)) == []


def test_no_name_of_code_stands_unexplained(paper: str) -> None:
    assert reader.code_names(reader.prose(paper)) == []


def test_every_table_and_figure_is_called_and_in_this_order(paper: str) -> None:
    assert "## Table 1\n" in paper
    assert "## Figure 1\n" in paper
    assert reader.not_called(paper) == []


def test_what_is_said_of_single_ratings_says_what_is_left_out_of_them(
    paper: str, request: pytest.FixtureRequest
) -> None:
    left_out = {
        "points of a scale": " without the scatter of counted points",
        "items": " without the noise of single items",
    }.get(request.node.callspec.params["paper"], "")
    after = [
        paper[one.end() :] for one in re.finditer("single ratings(?: of one occasion)?", paper)
    ]
    assert after or request.node.callspec.params["paper"] == "one informant"
    assert all(text.startswith(left_out) for text in after)
    assert (" without the " in "".join(text[:13] for text in after)) == bool(left_out)


def test_the_text_is_short_and_has_no_gaps(paper: str) -> None:
    text = reader.prose(paper)
    assert reader.counts(paper)["words"] < MOST_WORDS
    gaps = (
        r"[^\n]  ",
        r" \.(?!\d)",
        " ,",
        r"\.\.",
        r"\(\)",
        r"\bnan\b",
        "None",
        "–]",
        r" 1 \w+s\b",
    )
    for gap in (*gaps, r" 1 \w+s\b", "[\ue000\ue001]"):
        assert not re.search(gap, text), gap


def test_a_text_that_hurts_is_found() -> None:
    text = (
        "## Results\n\nChild: 40.00 [39.62, 40.38] points at 4 months; change per 4 months −0.30 "
        "[−0.49, −0.11] in child_sd[child] (Table 2).\n\n## Table 1\n\n## Table 2\n"
    )
    assert len(reader.crowded(text)) == 1
    assert len(reader.numbers(reader.prose(text))) == 8
    assert reader.code_names(text) == ["child_sd"]
    assert reader.not_called(text) == ["Table 1"]
