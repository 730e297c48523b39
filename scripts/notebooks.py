"""Execute the notebooks: every notebooks/NAME.py becomes notebooks/NAME.ipynb with its outputs.

Command: ``python scripts/notebooks.py [NAME ...]`` (all of them if none is named).
"""

import sys
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"


def executed(path: Path) -> nbformat.NotebookNode:
    """Run a notebook from its source.

    Parameters
    ----------
    path : Path
        ``NAME.py`` in the percent format.

    Returns
    -------
    NotebookNode
        With outputs; without progress bars and times, so that the same results are the same file.
    """
    notebook = jupytext.read(path)
    NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.metadata = nbformat.from_dict({"kernelspec": kernel})
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number:02d}"
        cell["metadata"] = {}
        if cell.cell_type == "code":
            cell["outputs"] = [out for out in cell.outputs if out.get("name") != "stderr"]
    return notebook


def main() -> None:
    """Execute and write."""
    for path in sorted(NOTEBOOKS.glob("*.py")):
        if sys.argv[1:] and path.stem not in sys.argv[1:]:
            continue
        print(path.stem, flush=True)
        nbformat.write(executed(path), path.with_suffix(".ipynb"))


if __name__ == "__main__":
    main()
