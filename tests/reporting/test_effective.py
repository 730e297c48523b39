"""An effective sample size is the same number wherever it is shown: rounded down."""

import re

import numpy as np
import pytest

from bayes_alliance.numerals import effective
from bayes_alliance.posterior.verdict import Check
from bayes_alliance.reporting import tables
from bayes_alliance.reporting.checklist import barg, wambs
from bayes_alliance.reporting.prose.check_words import outcome
from tests import hand_made


@pytest.mark.parametrize(
    ("size", "text"), [(336.75, "336"), (399.99, "399"), (400.0, "400"), (np.nan, "–")]
)
def test_an_effective_sample_size_is_rounded_down(size: float, text: str) -> None:
    assert effective(size) == text


def test_one_sample_size_is_one_number_in_sentences_checklists_and_tables() -> None:
    fit = hand_made.fit(covariates=False)
    summary = tables.summary(fit).assign(ess_bulk=336.75, ess_tail=336.75)
    estimands = tables.estimands(fit).assign(ess_bulk=336.75)
    check = Check(
        name="convergence",
        verdict="warn",
        table=summary.set_index("quantity")[["ess_bulk", "ess_tail", "r_hat"]].head(3),
        sentence="",
        reference="",
    )
    values = {
        item.guideline: item.value
        for item in (
            *wambs.understood(fit, {"convergence": check}, summary),
            *barg.computed(fit, {"convergence": check}, summary, estimands),
        )
    }
    shown = tables.rounded(summary)
    texts = [
        outcome(check, mentioned=""),
        check._repr_html_(),
        values["WAMBS 4"],
        values["WAMBS 5"],
        values["BARG 2.C"],
        *shown["ess_bulk"],
        *shown["ess_tail"],
    ]
    for text in texts:
        assert "336" in text
        assert not re.search(r"337|336[.]\d", text)
