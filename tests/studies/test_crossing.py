"""Where the verdict changes along an axis: on curves of support that are known, exact and noisy."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import ndtr, ndtri
from scipy.stats import binom

from bayes_alliance.studies.conclusions import SUPPORTED
from bayes_alliance.studies.crossing import Crossing, Point, crossing, exact, next_fit

END = -24
N_EFFECTIVE = 3400  # of a fit of 4,000 draws
REACH = 6  # places from a fit at which its weighted draws are worth a quarter

type Curve = Callable[[float], float]


def at(place: float, support: float, *, own: float | None = None, error: float = 0.001) -> Point:
    own = place if own is None else own
    k = -np.inf if own == place else 0.3
    return Point(place=place, own=own, k=k, support=support, error=error)


def searched(fitted: Callable[[float], list[Point]]) -> tuple[list[Point], list[float]]:
    """What a search knows in the end, and where it has fitted, a quarter of the width first."""
    points, made = [*fitted(0.0), *fitted(-8.0)], []
    while (place := next_fit(exact(points), END)) is not None:
        assert place not in made
        made.append(place)
        points += fitted(place)
    return exact(points), made


def along(curve: Curve, *, error: float = 1e-6) -> Callable[[float], list[Point]]:
    """Fits that answer exactly, as far as weights reach."""

    def fitted(own: float) -> list[Point]:
        places = (own + step for step in range(-REACH, REACH + 1))
        return [
            at(place, curve(place), own=own, error=error) for place in places if END <= place <= 0
        ]

    return fitted


def noisy(curve: Curve, random: np.random.Generator) -> Callable[[float], list[Point]]:
    """Fits whose draws are worth less further away, and share less of the noise at the fit."""

    def fitted(own: float) -> list[Point]:
        own_noise, points = random.standard_normal(), []
        for step in range(-REACH, REACH + 1):
            place, worth = own + step, 0.25 ** ((step / REACH) ** 2)
            other = random.standard_normal()
            if not END <= place <= 0:
                continue
            noise = np.sqrt(worth) * own_noise + np.sqrt(1.0 - worth) * other
            n = round(N_EFFECTIVE * worth)
            support = float(binom.ppf(ndtr(noise), n, curve(place))) / n
            error = float(np.sqrt(support * (1.0 - support) / n))
            points.append(at(place, support, own=own, error=error))
        return points

    return fitted


def falling(start: float, slope: float) -> Curve:
    """Support whose probit is a line in the place."""
    return lambda place: float(ndtr(start - slope * abs(place)))


@pytest.mark.parametrize(("start", "slope"), [(2.5, 0.08), (2.5, 0.04), (2.4, 0.0189), (1.5, -0.1)])
def test_exact_supports_give_the_place_at_which_the_verdict_changes(
    start: float, slope: float
) -> None:
    points, _ = searched(along(falling(start, slope)))
    found = crossing(points)
    assert found is not None
    there = -(start - ndtri(SUPPORTED)) / slope
    assert found.place == pytest.approx(there, abs=0.01)
    first, last = found.ends
    assert last <= there <= first
    assert first - last < 0.1


def test_a_change_at_the_last_prior_is_found_by_the_fit_there() -> None:
    points, made = searched(along(lambda place: 0.99 if place > END else 0.9))
    found = crossing(points)
    assert found is not None
    assert made[0] == END
    assert (found.before.place, found.other.place) == (END + 1, END)
    assert not found.fitted  # the end of the gap before it is read by weights


def test_no_change_is_found_where_there_is_none() -> None:
    points, made = searched(along(lambda _place: 0.96))
    assert crossing(points) is None
    assert made == [END]


def test_a_stray_reweighted_support_asks_for_a_fit_there_and_is_no_change() -> None:
    def fitted(own: float) -> list[Point]:
        points = along(lambda _place: 0.962, error=0.003)(own)
        if own == -8.0:
            points += [at(-19.0, 0.9999, own=own, error=0.0005)]
        return points

    before = exact([*fitted(0.0), *fitted(-8.0)])
    assert crossing(before) is None
    assert next_fit(before, END) == -19.0
    points, made = searched(fitted)
    assert made == [-19.0]  # whose weights reach the end
    assert crossing(points) is None


def test_a_support_within_its_error_of_the_threshold_is_no_change() -> None:
    # As once was reported: one support by weights, hardly above the threshold, with a large error.
    known = [
        *(at(float(place), 0.96, own=0.0, error=0.004) for place in range(-19, 0)),
        at(0.0, 0.964, error=0.0034),
        at(-8.0, 0.958, error=0.0036),
        at(-20.0, 0.97586, own=-8.0, error=0.0098),
        at(-24.0, 0.957, error=0.0036),
    ]
    assert crossing(exact(known)) is None
    assert next_fit(exact(known), END) is None


def test_few_draws_that_all_hold_are_judged_by_the_error_at_the_threshold() -> None:
    # A support of .994 with this error is that of 300 draws: two did not hold, and seven expected.
    few = at(-8.0, 0.9935, error=float(np.sqrt(0.9935 * 0.0065 / 280)))
    assert (few.support - SUPPORTED) / few.error > 2.0
    assert few.unsure > few.error
    assert few.close


def test_the_smallest_error_counts_at_a_place_and_a_fit_there_before_all() -> None:
    low_k = Point(place=-5.0, own=-8.0, k=-0.5, support=0.96, error=0.01)
    low_error = Point(place=-5.0, own=0.0, k=0.5, support=0.97, error=0.004)
    assert exact([at(0.0, 0.97), low_k, low_error])[1] is low_error
    fit = at(-5.0, 0.965, error=0.005)
    assert exact([at(0.0, 0.97), low_error, fit, low_k])[1] is fit


def test_the_range_covers_errors_of_both_ends_that_are_the_same() -> None:
    known = [at(0.0, 0.99, error=0.002), at(-1.0, 0.96, error=0.002)]
    found = crossing(known)
    assert found is not None
    assert found.fitted
    first, last = found.ends
    for error in (-0.004, 0.004):
        moved = [ndtri(one.support + error) - ndtri(SUPPORTED) for one in known]
        assert last - 0.05 <= -moved[0] / (moved[0] - moved[1]) <= first + 0.05
    assert last < found.place < first


def test_a_range_reaches_over_all_that_error_hides() -> None:
    known = [
        at(0.0, 0.99, error=0.002),
        at(-2.0, 0.974, error=0.003),
        at(-4.0, 0.976, error=0.003),
        at(-6.0, 0.955, error=0.003),
    ]
    found = crossing(known)
    assert found is not None
    assert [point.place for point in found.between] == [-2.0, -4.0]
    first, last = found.ends
    assert -2.0 < first < 0.0
    assert -6.0 < last < -4.0
    assert found.middle is None  # fits between would be as unsure


def outcomes(curve: Curve, *, n_searches: int, seed: int) -> list[Crossing | None]:
    random = np.random.default_rng(seed)
    return [crossing(searched(noisy(curve, random))[0]) for _ in range(n_searches)]


@pytest.mark.parametrize("support", [0.962, 0.974])
def test_noise_alone_is_seldom_a_change(support: float) -> None:
    made = outcomes(lambda _place: support, n_searches=200, seed=1)
    assert sum(found is not None for found in made) <= 0.03 * len(made)


@pytest.mark.parametrize(("start", "slope"), [(2.5, 0.08), (2.3, 0.04), (1.7, -0.04)])
def test_ranges_hold_the_place_at_which_noisy_supports_change(start: float, slope: float) -> None:
    made = outcomes(falling(start, slope), n_searches=100, seed=2)
    there = -(start - ndtri(SUPPORTED)) / slope
    known = [found for found in made if found is not None]
    assert len(known) >= 0.97 * len(made)
    held = [min(found.ends) <= there <= max(found.ends) for found in known]
    assert np.mean(held) >= 0.9
    assert np.mean([found.place for found in known]) == pytest.approx(there, abs=0.5)
