"""The paper opens in a word processor: LibreOffice reads it, where it is installed.

What stands in the file itself (headings, figures, references, equations) is looked at without it in
the tests of the document's parts.
"""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

OFFICE = next((path for name in ("soffice", "libreoffice") if (path := shutil.which(name))), None)

pytestmark = pytest.mark.skipif(OFFICE is None, reason="needs LibreOffice")


@pytest.fixture(scope="module")
def opened(report_of_hand_made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The paper as LibreOffice reads it: as text, and on pages."""
    assert OFFICE is not None
    folder = tmp_path_factory.mktemp("office")
    for kind in ("txt:Text (encoded):UTF8", "pdf"):
        subprocess.run(
            [
                OFFICE,
                f"-env:UserInstallation={(folder / 'profile').as_uri()}",
                *("--headless", "--convert-to", kind, "--outdir", str(folder)),
                str(report_of_hand_made / "paper.docx"),
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=300,
            check=True,
        )
    return folder


def test_the_paper_is_read_with_its_sections_in_order(opened: Path) -> None:
    text = (opened / "paper.txt").read_text(encoding="utf-8-sig")
    lines = text.splitlines()
    places = [lines.index(one) for one in ("Method", "Results", "References", "Table 1")]
    assert places == sorted(places)
    assert not re.search(r"\bNone\b|\bnan\b|\{\w+\}", text)


def test_it_has_pages_with_figures(opened: Path) -> None:
    pages = (opened / "paper.pdf").read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b", pages)) > 3
    assert len(re.findall(rb"/Subtype\s*/Image\b", pages)) > 3
