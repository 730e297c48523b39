"""The tables of times in the documentation are what benchmarks kept."""

import json
from pathlib import Path

from benchmarks.every_model import markdown

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"


def test_the_readme_shows_the_times_that_were_kept() -> None:
    assert markdown() in README.read_text(encoding="utf-8")


def test_the_page_shows_the_times_of_studies_that_were_kept() -> None:
    kept = json.loads((ROOT / "benchmarks" / "results" / "studies.json").read_text("utf-8"))["rows"]
    page = (ROOT / "docs" / "statistics.md").read_text("utf-8")
    assert len(kept) == 4
    assert all(f"| {row['measured']} |" in page for row in kept)
