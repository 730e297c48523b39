"""The results of a study that was done in shards, as if one run had done it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bayes_alliance.errors import InputError, Problem
from bayes_alliance.studies.atlas import Atlas, atlas_of
from bayes_alliance.studies.calibrate import Calibration, calibrated
from bayes_alliance.studies.grid import PriorStudy, prior_study
from bayes_alliance.studies.kept import gathered
from bayes_alliance.studies.runner import Results

type Collected = PriorStudy | Calibration | Atlas

# What a study calls itself in its folder, and what makes its results of those of its pieces.
MAKERS: Mapping[str, Callable[[Mapping[str, Any], Results], Collected]] = {
    "prior grid": prior_study,
    "calibration": calibrated,
    "atlas": atlas_of,
}


def collected(folders: Sequence[Path]) -> Collected:
    """Read the results of all shards of a study.

    Parameters
    ----------
    folders : sequence of Path
        In which shards of the same study were done.

    Raises
    ------
    InputError
        If a folder holds no study, or another one than the first, or pieces are missing.
    """
    kept = gathered(folders)
    kind = str(kept.about.get("study"))
    if kind not in MAKERS:
        message = f"holds a study this version does not know: {kind}"
        raise InputError([Problem(where=str(folders[0]), message=message)], "collect")
    return MAKERS[kind](kept.about, Results(done=kept.done, failed=kept.failed))
