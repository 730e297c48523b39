"""Every shape of a trajectory, found in its folder, goes through the same checks."""

import numpy as np
import pytest

from bayes_alliance.errors import InputError
from bayes_alliance.specification import Trajectory
from bayes_alliance.specification.trajectories import SHAPES, straight_shapes

KNOTS = (2.0, 3.0, 5.0, 8.0)


def of_shape(name: str) -> Trajectory:
    return Trajectory(shape=name, knots=KNOTS[: SHAPES[name].n_knots])


@pytest.mark.parametrize("name", SHAPES)
def test_the_level_is_read_at_the_origin(name: str) -> None:
    trajectory = of_shape(name)
    at_origin = trajectory.basis(np.zeros(1), np.array(trajectory.knots))
    assert trajectory.coefficients[0] == "level"
    np.testing.assert_array_equal(at_origin, [[1.0] + [0.0] * (len(trajectory.coefficients) - 1)])


@pytest.mark.parametrize("name", SHAPES)
def test_each_coefficient_has_a_column_and_a_term_in_the_equation(name: str) -> None:
    trajectory = of_shape(name)
    basis = trajectory.basis(np.linspace(0.0, 9.0, 50), np.array(trajectory.knots))
    assert basis.shape == (50, len(trajectory.coefficients))
    assert np.linalg.matrix_rank(basis) == len(trajectory.coefficients)
    assert len(set(trajectory.factors)) == len(trajectory.coefficients)
    assert trajectory.changes == (len(trajectory.coefficients) > 1)
    assert trajectory.sentence.endswith(".")


@pytest.mark.parametrize("name", SHAPES)
def test_rates_rise_by_one_in_a_unit_of_time_somewhere_near(name: str) -> None:
    trajectory, step = of_shape(name), 1e-6
    s = np.array([0.0, *KNOTS])
    rise = trajectory.basis(s + step, np.array(trajectory.knots)) - trajectory.basis(
        s, np.array(trajectory.knots)
    )
    for column, coefficient in enumerate(trajectory.coefficients):
        rising = np.isclose(rise[:, column], step, rtol=1e-3).any()
        assert rising or coefficient not in trajectory.rates


@pytest.mark.parametrize("name", SHAPES)
def test_where_the_slope_is_the_change_it_is_so_at_all_times(name: str) -> None:
    trajectory = of_shape(name)
    basis = trajectory.basis(np.linspace(0.0, 9.0, 10), np.array(trajectory.knots))
    even = trajectory.changes and np.allclose(np.diff(basis[:, 1:], axis=0), 1.0)
    assert trajectory.slope_is_change == even


@pytest.mark.parametrize("name", [name for name in SHAPES if SHAPES[name].n_knots])
def test_a_shape_with_too_few_knots_says_what_knots_are_for(name: str) -> None:
    with pytest.raises(InputError) as error:
        Trajectory(shape=name, knots=KNOTS[: SHAPES[name].n_knots - 1])
    assert [problem.message for problem in error.value.problems] == [SHAPES[name].too_few_knots]


def test_few_times_leave_a_level_or_a_line() -> None:
    assert straight_shapes(1) == ("level",)
    assert straight_shapes(2) == ("level", "linear")
