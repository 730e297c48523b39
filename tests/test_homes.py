"""Each idea has one home: few files know it, and no more than a newcomer would expect."""

import pytest

from bayes_alliance.reporting import plots
from bayes_alliance.results.reported import estimands
from scripts.homes import IDEAS, Idea, cuts, knowing, knowing_estimand, knowing_plot
from tests import hand_made

REPORTED = sorted({one.estimand for one in estimands(hand_made.fit())})


@pytest.mark.parametrize("idea", IDEAS, ids=lambda idea: f"{idea.kind} {idea.name}")
def test_few_files_know_an_idea(idea: Idea) -> None:
    files = knowing(idea)
    assert len(files) <= idea.most, "\n".join(files)


@pytest.mark.parametrize("name", sorted(plots.__all__))
def test_a_plot_is_known_to_its_own_file_its_room_and_who_shows_it(name: str) -> None:
    files = knowing_plot(name)
    assert 2 <= len(files) <= 3, "\n".join(files)


@pytest.mark.parametrize("name", REPORTED)
def test_a_reported_estimand_is_known_to_its_function_the_records_and_who_words_it(
    name: str,
) -> None:
    files = knowing_estimand(name)
    assert 2 <= len(files) <= 3, "\n".join(files)


def test_reported_numbers_are_not_cut_out_of_texts() -> None:
    # Kinds of quantities (before the bracket of a name that is ours), plurals of units, and what
    # readers call an estimand (the function of its dotted name).
    found = cuts("reporting/", "results/")
    assert len(found) <= 6, "\n".join(found)
