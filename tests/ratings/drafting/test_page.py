"""The page of recipes: its study files are read as they stand there."""

import re
from pathlib import Path

import pytest

from bayes_alliance.ratings import Study

PAGE = Path(__file__).parents[3] / "docs" / "your_files.md"
BLOCKS = re.findall(
    r"^```toml\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
)


@pytest.mark.parametrize("text", BLOCKS)
def test_study_files_of_the_page_are_accepted(text):
    assert Study.from_text(text).informants


def test_every_recipe_has_a_study_file():
    assert len(BLOCKS) == 4
