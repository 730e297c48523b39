"""One report of the posterior made by hand, for all tests that read it."""

from pathlib import Path

import pytest
from filelock import FileLock

from bayes_alliance.reporting import rendering
from bayes_alliance.reporting.document import composition, report
from tests import hand_made, pictures


@pytest.fixture(scope="session")
def report_of_hand_made(
    tmp_path_factory: pytest.TempPathFactory, worker_id: str, figures_for_paper: tuple[str, ...]
) -> Path:
    """The folder of the report, written by the first test that asks, whichever worker runs it."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "report_of_hand_made"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(composition, "PREVIEW", figures_for_paper)
                patch.setitem(rendering.OPTIONS, "png", pictures.WHOLE)
                report.write(hand_made.fit(), folder)
    return folder
