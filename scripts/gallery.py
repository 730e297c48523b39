"""Draw the pictures of the gallery: docs/gallery/*.png, by the code that stands above each.

The page is ``docs/gallery.md``. Its blocks of code are run one after the other; what the last line
of a block draws is the picture that follows it. Studies, which take minutes, are those made by hand
for tests.

Command: ``python -m scripts.gallery``, or with names of pictures to write only these.
"""

import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from PIL import Image

from tests.reporting.made_assurance import assurance
from tests.reporting.made_studies import atlas, leaving
from tests.reporting.plots.test_study_plots import ranks, study

DOCS = Path(__file__).parents[1] / "docs"
BLOCK = re.compile(r"```python\n(.*?)```(?:\n\n!\[\w+\]\((gallery/\w+\.png)\))?", re.DOTALL)
DOTS, COLOURS = 110, 128  # an inch, and of a picture: small files that show everything


def blocks() -> Iterator[tuple[str, str]]:
    """Go through the code of the page, each with the picture that follows it, if any."""
    for found in BLOCK.finditer((DOCS / "gallery.md").read_text(encoding="utf-8")):
        yield found[1], found[2] or ""


def write(figure: Figure, path: Path) -> None:
    """Write a picture of few colours."""
    stream = BytesIO()
    figure.savefig(stream, dpi=DOTS)
    image = Image.open(stream).convert("RGB").quantize(COLOURS)
    image.save(path, optimize=True)


def main() -> None:
    """Run all blocks and write the pictures."""
    names: dict[str, Any] = {"study": study(), "calibrated": ranks(), "leaving": leaving()}
    names["choices"] = atlas()
    names["planned"] = assurance()
    for code, picture in blocks():
        exec(code, names)
        path = DOCS / picture
        if picture and (not sys.argv[1:] or path.stem in sys.argv[1:]):
            write(plt.gcf(), path)
            print(path)
        plt.close("all")


if __name__ == "__main__":
    main()
