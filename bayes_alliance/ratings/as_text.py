"""Ratings as text: to be kept in a fit, sent to another process, and told apart by a hash.

The text is that of the ratings' own file and study file, so that reading it gives equal ratings.
"""

import hashlib
import tempfile
from pathlib import Path

from bayes_alliance.ratings.ratings import Ratings, read_ratings


def to_texts(ratings: Ratings) -> tuple[str, str]:
    """Return the text of the ratings file (csv) and of the study file (TOML).

    Returns
    -------
    ratings, study : str
    """
    with tempfile.TemporaryDirectory() as folder:
        table, study = ratings.write(folder)
        return table.read_text(encoding="utf-8"), study.read_text(encoding="utf-8")


def from_texts(ratings: str, study: str) -> Ratings:
    """Read ratings back from their two texts.

    Parameters
    ----------
    ratings, study : str
        As from `to_texts`.
    """
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder, "ratings.csv"), Path(folder, "study.toml")
        for file, text in zip(files, (ratings, study), strict=True):
            file.write_text(text, encoding="utf-8")
        return read_ratings(files[0], study=files[1])


def data_hash(ratings: Ratings) -> str:
    """Hash ratings as read, whatever file they came from.

    Returns
    -------
    str
        SHA-256 of the ratings in wide layout as csv, preceded by their study file.
    """
    text = ratings.study.to_toml() + ratings.to_wide().to_csv(index=False, lineterminator="\n")
    return hashlib.sha256(text.encode()).hexdigest()
