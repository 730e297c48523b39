"""What the prior expects of agreement stands beside the estimates, and their conflict is named."""

import numpy as np
import pytest

import bayes_alliance as ba
from bayes_alliance.posterior.prior_draws import prior_fit
from bayes_alliance.reporting.document import prior_section
from bayes_alliance.reporting.prose import sentences
from bayes_alliance.reporting.tables.prior_tables import agreement_expected, expected_in_words
from bayes_alliance.results.collection import Reported, collected
from bayes_alliance.results.summaries import FAR_OUT
from tests import hand_made


@pytest.fixture(scope="module")
def records() -> Reported:
    """Four informants whose correlations are all .5."""
    return collected(hand_made.fit())


@pytest.fixture(scope="module")
def untaught() -> Reported:
    return collected(hand_made.of_prior("informant_growth", hand_made.ratings()))


@pytest.mark.thorough
def test_the_tail_is_that_of_the_prior_beyond_the_estimate(records: Reported) -> None:
    fit = records.fit
    prior = prior_fit(fit.spec, fit.ratings, seed=fit.seed)
    table = agreement_expected(records).set_index(["estimand", "time"])
    row = table.loc[("agreement.intraclass_consistency", 4.0)]
    before = ba.agreement.intraclass_consistency(prior, time=4.0).values
    after = float(ba.agreement.intraclass_consistency(fit, time=4.0).median())
    assert row["median"] == pytest.approx(after)
    assert row["prior_median"] == pytest.approx(np.median(before))
    expected = 2 * min((before > after).mean(), (before < after).mean())
    assert row["prior_tail"] == pytest.approx(expected)


def test_estimates_that_lie_far_out_are_counted_and_named(records: Reported) -> None:
    table = agreement_expected(records)
    far = table[table["prior_tail"] < FAR_OUT]
    assert len(far)
    text = sentences.prior_conflict(records)
    assert text.startswith(f"Of {len(table)} estimates of agreement {len(far)} lie")
    assert "agreement." not in text
    assert "ICC(C,1) of all informants, at" in text
    shown = expected_in_words(records.fit.ratings, table)["Tail of the prior"]
    assert shown.str.endswith("(far out)").sum() == len(far)


def test_the_prior_is_in_no_conflict_with_itself(untaught: Reported) -> None:
    assert sentences.prior_conflict(untaught).endswith("none lies far out under its prior.")


def test_the_report_shows_them_in_total_and_keeps_all(records: Reported) -> None:
    section = prior_section.priors(records)
    _, table = section.tables
    assert table.name == "agreement_expected"
    assert len(table.data) == len(agreement_expected(records)) > len(table.shown) > 0
    assert set(table.shown["Agreement"]) == {"correlation", "concordance", "ICC(A,1)", "ICC(C,1)"}
    assert sentences.prior_conflict(records) in section.points
