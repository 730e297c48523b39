"""The table of times in the README is what the benchmark kept."""

from pathlib import Path

from benchmarks.every_model import markdown

README = Path(__file__).parents[2] / "README.md"


def test_the_readme_shows_the_times_that_were_kept() -> None:
    assert markdown() in README.read_text(encoding="utf-8")
