"""Sampler options are checked before anything is compiled."""

from dataclasses import replace

import pytest

import bayes_alliance as ba
from bayes_alliance.errors import InputError
from bayes_alliance.posterior.fit import whole
from bayes_alliance.posterior.sampling import checked
from tests import hand_made
from tests.small import small_ratings


def test_all_wrong_options_are_reported_at_once() -> None:
    with pytest.raises(InputError) as caught:
        checked({"drawz": 10, "chains": 0, "target_accept": 1.5})
    text = str(caught.value)
    assert len(caught.value.problems) == 3
    assert "Did you mean 'draws'?" in text


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(InputError, match="one of auto"):
        ba.fit(ba.load_model("informant_level"), small_ratings(), seed=1, engine="stan")


def test_an_interrupted_fit_is_no_part_of_something_larger() -> None:
    fit = hand_made.fit()
    assert whole(fit) is fit
    with pytest.raises(KeyboardInterrupt):
        whole(replace(fit, interrupted=True))
