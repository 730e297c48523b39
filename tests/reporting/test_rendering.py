"""Figures rendered in a process beside this one are the same as those rendered here."""

import threading

import loky
import pytest
from matplotlib.figure import Figure

from bayes_alliance.reporting import rendering
from bayes_alliance.reporting.plots.style import RULES, house_style

FORMATS = ("svg", "png", "pdf")
# As the process beside this one renders them.
pytestmark = pytest.mark.usefixtures("whole_pictures")


def figure(number: int) -> Figure:
    with house_style():
        # Layouts of matplotlib differ in the last bit from one time to the next.
        made = Figure(figsize=(3.0, 2.0), layout="none")
        ax = made.subplots()
        ax.plot([4, 8, 12], [40, 41, number], marker="o", label="child")
        ax.set_title("Alliance")
        ax.set_xlabel("months")
        ax.legend()
    return made


def here(number: int) -> dict[str, bytes]:
    return rendering.rendered(figure(number), formats=FORMATS, rules=RULES)


def begun(number: int, process: rendering.Process | None) -> rendering.Begun:
    return rendering.begun(figure(number), formats=FORMATS, rules=RULES, process=process)


@pytest.mark.builds
def test_figures_rendered_beside_are_those_rendered_here(monkeypatch):
    monkeypatch.setattr(loky, "cpu_count", lambda: 2)
    with rendering.beside(formats=FORMATS, rules=RULES) as process:
        assert process is not None
        every = [begun(number, process) for number in range(2)]
        beside = [one.elsewhere.result() for one in every]
        assert rendering.finished(every) == beside
    assert beside == [here(0), here(1)]


@pytest.mark.builds
def test_a_figure_that_cannot_be_handed_over_is_rendered_here(monkeypatch):
    monkeypatch.setattr(loky, "cpu_count", lambda: 2)
    with rendering.beside(formats=FORMATS, rules=RULES) as process:
        one = begun(0, process)
        one.figure.lock = threading.Lock()
        two = rendering.begun(one.figure, formats=FORMATS, rules=RULES, process=process)
        assert two.elsewhere.exception() is not None
        assert rendering.finished([two]) == [here(0)]


@pytest.mark.builds
def test_with_one_processor_everything_is_rendered_here(monkeypatch):
    monkeypatch.setattr(loky, "cpu_count", lambda: 1)
    with rendering.beside(formats=FORMATS, rules=RULES) as process:
        assert process is None
        assert rendering.finished([begun(0, process), begun(1, process)]) == [here(0), here(1)]


def test_where_no_process_can_be_started_everything_is_rendered_here(monkeypatch):
    def refused(*_: object, **__: object) -> None:
        raise OSError("no processes")

    monkeypatch.setattr(loky, "cpu_count", lambda: 2)
    monkeypatch.setattr(loky, "ProcessPoolExecutor", refused)
    with rendering.beside(formats=FORMATS, rules=RULES) as process:
        assert process is None


@pytest.mark.builds
def test_what_the_process_had_not_rendered_when_it_ended_is_rendered_here(monkeypatch):
    monkeypatch.setattr(loky, "cpu_count", lambda: 2)
    with rendering.beside(formats=FORMATS, rules=RULES) as process:
        every = [begun(number, process) for number in range(2)]
    assert rendering.finished(every) == [here(0), here(1)]
