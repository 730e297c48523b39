"""The tiny ratings file on disk, in memory, and read."""

import numpy as np
import pandas as pd
import pytest

from bayes_alliance.ratings import read_ratings
from tests.ratings.tiny import CSV, tiny_study


@pytest.fixture
def csv_file(tmp_path):
    file = tmp_path / "ratings.csv"
    file.write_text(CSV, encoding="utf-8")
    return file


@pytest.fixture
def ratings(csv_file):
    return read_ratings(csv_file, study=tiny_study())


@pytest.fixture
def frame():
    """The file as an analyst would have it in memory: numbers as numbers."""
    text = {"child_id": str}
    rows = [line.split(",") for line in CSV.splitlines()]
    table = pd.DataFrame(rows[1:], columns=rows[0]).replace("", np.nan)
    numeric = ["month", "active", "kid", "helper", "anxiety", "skill", "stress"]
    return table.astype(dict.fromkeys(numeric, float) | text)
