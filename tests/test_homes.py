"""Each idea has one home: few files know it, and no more than a newcomer would expect."""

import pytest

from bayes_alliance.reporting import plots
from scripts.homes import IDEAS, Idea, knowing, knowing_plot


@pytest.mark.parametrize("idea", IDEAS, ids=lambda idea: f"{idea.kind} {idea.name}")
def test_few_files_know_an_idea(idea: Idea) -> None:
    files = knowing(idea)
    assert len(files) <= idea.most, "\n".join(files)


@pytest.mark.parametrize("name", sorted(plots.__all__))
def test_a_plot_is_known_to_its_own_file_its_room_and_who_shows_it(name: str) -> None:
    files = knowing_plot(name)
    assert 2 <= len(files) <= 3, "\n".join(files)
