"""The results of a study that was done in shards, as if one run had done it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bayes_alliance.errors import InputError, Problem
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.ratings.as_text import data_hash
from bayes_alliance.specification.phrases import listed
from bayes_alliance.studies import atlas, grid
from bayes_alliance.studies.assurance.designs import Assurance, assured
from bayes_alliance.studies.atlas import Atlas, atlas_of
from bayes_alliance.studies.calibrate import Calibration, calibrated
from bayes_alliance.studies.grid import PriorStudy, prior_study
from bayes_alliance.studies.kept import bring_together, gathered
from bayes_alliance.studies.runner import Results

type Collected = PriorStudy | Calibration | Atlas | Assurance

# What a study calls itself in its folder, and what makes its results of those of its pieces.
MAKERS: Mapping[str, Callable[[Mapping[str, Any], Results], Collected]] = {
    "prior grid": prior_study,
    "calibration": calibrated,
    "atlas": atlas_of,
    "assurance": assured,
}

# Pieces that follow from results, by key.
FOLLOWING: Mapping[str, Callable[[Mapping[str, Any], Results], Mapping[str, Any]]] = {
    "prior grid": grid.wanted,
    "atlas": atlas.wanted,
}


def of_fit(folder: Path, fit: Fit) -> PriorStudy | Atlas:
    """Read a finished study that is to be reported with a fit.

    Raises
    ------
    InputError
        As `collected`; if it is a calibration, or of other ratings or another model.
    """
    about, result = gathered([folder]).about, collected([folder])
    message = ""
    if isinstance(result, Calibration | Assurance):
        message = "is a study of simulated ratings, and of no fit"
    elif about["spec"] != fit.spec.to_toml():
        message = f"is a study of another model than '{fit.spec.name}' as it was fitted"
    elif not fit.spec.informants and about["data"] != data_hash(fit.ratings):
        message = "is a study of other ratings than those of the fit"
    if message or isinstance(result, Calibration | Assurance):
        raise InputError([Problem(where=str(folder), message=message)], "studies")
    return result


def collected(folders: Sequence[Path]) -> Collected:
    """Read the results of all shards of a study, and bring them together in the first folder.

    Parameters
    ----------
    folders : sequence of Path
        In which shards of the same study were done.

    Raises
    ------
    InputError
        If a folder holds no study, or another one than the first, or pieces are missing, also of
        those that follow from the results of others.
    """
    kept = gathered(folders)
    kind = str(kept.about.get("study"))
    if kind not in MAKERS:
        message = f"holds a study this version does not know: {kind}"
        raise InputError([Problem(where=str(folders[0]), message=message)], "collect")
    if len(folders) > 1:
        bring_together(folders)
    results = Results(done=kept.done, failed=kept.failed)
    following = FOLLOWING.get(kind, lambda *_: {})(kept.about, results)
    missing = [key for key in following if key not in results.done and key not in results.failed]
    if missing:
        n = len(missing)
        message = (
            f"{n} fit{' follows' if n == 1 else 's follow'} from these results and "
            f"{'is' if n == 1 else 'are'} not done ({listed(missing)}): "
            f"give the command of the study again, with --out {folders[0]}, where all results are "
            "now; with --shard, until this asks for none"
        )
        raise InputError([Problem(where=str(folders[0]), message=message)], "collect")
    return MAKERS[kind](kept.about, results)
