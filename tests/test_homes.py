"""Each idea has one home: few files know it, and no more than a newcomer would expect."""

import pytest

from scripts.homes import IDEAS, Idea, knowing


@pytest.mark.parametrize("idea", IDEAS, ids=lambda idea: f"{idea.kind} {idea.name}")
def test_few_files_know_an_idea(idea: Idea) -> None:
    files = knowing(idea)
    assert len(files) <= idea.most, "\n".join(files)
