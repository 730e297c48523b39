"""Tables made by rows and read by columns, and the memory that what is made of them takes."""

import tracemalloc
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bayes_alliance as ba
from bayes_alliance.posterior import transposed
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.scores import by_draw, log_scores
from bayes_alliance.posterior.transposed import columns
from bayes_alliance.ratings.simulation import Recording
from tests import hand_made


@given(
    cuts=st.lists(st.integers(1, 5), min_size=1, max_size=4),
    groups=st.integers(1, 7),
    together=st.integers(1, 4),
    most=st.integers(1, 60),
)
def test_columns_come_in_blocks_of_all_rows(
    cuts: list[int], groups: int, together: int, most: int
) -> None:
    table = np.random.default_rng(1).normal(size=(sum(cuts), groups * together))
    rows = np.split(table, np.cumsum(cuts)[:-1])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(transposed, "MOST_IN_BLOCK", most)
        patched.setattr(transposed, "IN_MEMORY", 100)
        blocks = list(columns(iter(rows), together=together))
    np.testing.assert_array_equal(np.hstack([block for _, block in blocks]), table)
    place = 0
    for part, block in blocks:
        assert (part.start, part.stop) == (place, place + block.shape[1])
        assert block.shape[1] % together == 0
        assert block.size <= max(most, len(table) * together)
        place = part.stop


def of_many(*, families: int, copies: int = 1) -> Fit:
    """The hand-made posterior, its draws some times over, for the ratings of many families."""
    fit = hand_made.fit(covariates=False)
    n_draws = copies * hand_made.DRAWS
    again = np.tile(np.arange(hand_made.DRAWS), copies)
    many = fit.moments.isel(draw=again).assign_coords(draw=np.arange(n_draws))
    ratings, _ = ba.simulate(families=families, recording=Recording(), seed=1)
    tree = type(fit.posterior).from_dict({"posterior": many})
    made = replace(fit, ratings=ratings, posterior=tree)
    assert made.design.n_ratings == 16 * families  # and the design is there before memory is taken
    return made


def peak(work: Callable[[], object]) -> float:
    """The most bytes that are taken at one time."""
    tracemalloc.start()
    work()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


@pytest.mark.thorough
def test_places_of_ratings_take_less_memory_than_their_replicates(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fit = of_many(families=300)
    of_replicates = 8 * 1000 * fit.design.present.size
    monkeypatch.setattr(transposed, "IN_MEMORY", 2**16)
    monkeypatch.setattr(transposed, "MOST_IN_BLOCK", 2**15)
    assert peak(lambda: ba.checks.pit(fit, seed=1)) < 0.6 * of_replicates


def test_places_of_ratings_do_not_depend_on_how_many_are_taken_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fit = of_many(families=40)
    whole = ba.checks.pit(fit, seed=1).table
    monkeypatch.setattr(transposed, "MOST_IN_BLOCK", 2**10)
    in_blocks = ba.checks.pit(fit, seed=1).table
    np.testing.assert_allclose(in_blocks, whole, rtol=1e-12)


@pytest.mark.thorough
def test_scores_of_more_draws_take_no_more_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    few, many = of_many(families=60), of_many(families=60, copies=9)
    monkeypatch.setattr(transposed, "IN_MEMORY", 2**16)
    monkeypatch.setattr(transposed, "MOST_IN_BLOCK", 2**13)

    def scored(fit: Fit) -> float:
        return sum(
            block.sum() for _, block in columns(by_draw(fit.moments, fit.design, unit="rating"))
        )

    # The first scores load the kernel, which takes memory of its own.
    expected = float(log_scores(few, of=["rating"])["rating_score"].sum())
    assert scored(few) == pytest.approx(expected)
    more = 8 * many.design.n_ratings * 16 * hand_made.DRAWS
    assert peak(lambda: scored(many)) - peak(lambda: scored(few)) < 0.5 * more
