"""Show the pictures of the gallery in grey and as people see them who see fewer colours.

Every sheet holds a few pictures, a row for each: as it is, in grey, and as with protanopia and
deuteranopia (matrices of Machado, Oliveira and Fernandes, 2009). Where two things of a picture
cannot be told apart on a sheet, the figure needs another mark, line or lightness.

Command: ``python -m scripts.contact_sheets FOLDER``, after ``python -m scripts.gallery``.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from tests.reporting.plots.seen import seen

GALLERY = Path(__file__).parents[1] / "docs" / "gallery"
WIDTH, MOST, ROWS = 430, 330, 5  # pixels of a picture, at most so high; pictures of a sheet
VISIONS = ("usual", "grey", "protanopia", "deuteranopia")


def as_seen(image: Image.Image, vision: str) -> Image.Image:
    """A picture as a kind of vision sees it."""
    if vision == "grey":
        return image.convert("L").convert("RGB")
    changed = seen(np.asarray(image, dtype=float) / 255.0, vision)
    return Image.fromarray(np.round(255.0 * changed).astype(np.uint8))


def row(path: Path) -> Image.Image:
    """One picture in every vision, side by side, with its name."""
    image = Image.open(path).convert("RGB")
    scale = min(WIDTH / image.width, MOST / image.height)
    small = image.resize((round(scale * image.width), round(scale * image.height)), Image.LANCZOS)
    strip = Image.new("RGB", (WIDTH * len(VISIONS), small.height + 14), "white")
    for place, vision in enumerate(VISIONS):
        strip.paste(as_seen(small, vision), (WIDTH * place, 14))
        name = f"{path.stem}, {vision}" if place else path.stem
        ImageDraw.Draw(strip).text((WIDTH * place + 4, 1), name, fill="black")
    return strip


def main() -> None:
    """Write the sheets into a folder."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    paths = sorted(GALLERY.glob("*.png"))
    for start in range(0, len(paths), ROWS):
        strips = [row(path) for path in paths[start : start + ROWS]]
        sheet = Image.new("RGB", (strips[0].width, sum(one.height for one in strips)), "white")
        top = 0
        for strip in strips:
            sheet.paste(strip, (0, top))
            top += strip.height
        sheet.save(folder / f"sheet_{start // ROWS + 1:02d}.png")


if __name__ == "__main__":
    main()
