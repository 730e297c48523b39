"""Notebooks are their sources, executed: same cells, and the same words come out again."""

import re
import runpy
from pathlib import Path

import jupytext
import nbformat
import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "notebooks").glob("*.py"))
NAMES = [path.stem for path in SOURCES]
# Half a minute each, and six; how a notebook is run is tested with the first.
OF_MINUTES = (
    "02_do_informants_agree",
    "03_predictors_and_who_changes",
    "04_therapist_differences",
    "05_choosing_and_checking_a_model",
    "06_prior_sensitivity",
    "07_your_own_data",
    "08_who_leaves_and_does_it_matter",
    "09_how_many_families",
)


def kept(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path.with_suffix(".ipynb"), as_version=4)


def words(cell: nbformat.NotebookNode) -> list[tuple[str, str]]:
    """Kind and text of every output; numbers may differ in the last digit between processors."""
    found = []
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        text = output.get("text", "" if "image/png" in data else data.get("text/plain", ""))
        text = re.sub(r"[-−+]?\d[\d,.]*(e[-+]\d+)?", "#", text)
        found.append((output["output_type"], " ".join(re.sub(r"-{2,}", "", text).split())))
    return found


def test_there_are_nine_notebooks_and_nothing_else_is_rendered() -> None:
    assert [name[:2] for name in NAMES] == [f"0{number}" for number in range(1, 10)]
    assert sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb")) == NAMES


@pytest.mark.parametrize("path", SOURCES, ids=NAMES)
def test_a_rendered_notebook_has_the_cells_of_its_source(path: Path) -> None:
    source, rendered = jupytext.read(path), kept(path)
    assert [(cell.cell_type, cell.source) for cell in rendered.cells] == [
        (cell.cell_type, cell.source) for cell in source.cells
    ]


@pytest.mark.parametrize("path", SOURCES, ids=NAMES)
def test_a_notebook_begins_with_a_question_and_ends_with_a_sentence(path: Path) -> None:
    cells = kept(path).cells
    assert "**Question.**" in cells[0].source
    assert "synthetic" in cells[0].source
    assert "The sentence for the paper" in cells[-2].source
    sentence = cells[-1].outputs[0]["text"]
    assert sentence.startswith("(Synthetic data.)")
    assert "nan" not in sentence
    kinds = [output["output_type"] for cell in cells for output in cell.get("outputs", [])]
    assert "error" not in kinds


@pytest.mark.parametrize("path", SOURCES, ids=NAMES)
def test_every_figure_of_a_notebook_is_shown(path: Path) -> None:
    drawing = [cell for cell in kept(path).cells if "ba.plots." in cell.source]
    drawing = [cell for cell in drawing if cell.cell_type == "code"]
    assert drawing
    for cell in drawing:
        shown = ["image/png" in output.get("data", {}) for output in cell.outputs]
        assert any(shown), cell.source


@pytest.mark.builds
@pytest.mark.parametrize(
    "path",
    [pytest.param(path, marks=[pytest.mark.long] * (path.stem in OF_MINUTES)) for path in SOURCES],
    ids=NAMES,
)
def test_a_notebook_runs_and_says_the_same_again(path: Path) -> None:
    executed = runpy.run_path(str(ROOT / "scripts" / "notebooks.py"))["executed"]
    again = executed(path)
    for new, old in zip(again.cells, kept(path).cells, strict=True):
        assert words(new) == words(old), old.source
