"""What `make long` found is kept: of tests that there are, and that passed."""

import pandas as pd
import pytest

from tests.conftest import KEPT, LONG_TESTS


def test_kept_results_are_of_long_tests_that_passed(request: pytest.FixtureRequest) -> None:
    kept = pd.read_csv(KEPT)
    assert set(kept["outcome"]) == {"passed"}
    collected = {item.split("::")[0] for item in request.config.stash[LONG_TESTS]}
    of_these = [name for name in kept["test"] if name.split("::")[0] in collected]
    assert set(of_these) <= set(request.config.stash[LONG_TESTS])
