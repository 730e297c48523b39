"""A search for tipping points in shards, round after round, ends where one run ends."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bayes_alliance as ba
from bayes_alliance.errors import InputError
from bayes_alliance.studies import grid
from bayes_alliance.studies.collect import collected
from bayes_alliance.studies.prior_axes import STEP, Axis
from bayes_alliance.studies.runner import Place
from bayes_alliance.studies.shards import Shard
from tests import hand_made

STATED = "level[child] > 30"


def made_up(piece: dict) -> dict:
    """A refit whose support falls with the width of priors of levels, in either direction."""
    of_search = "axis" in piece
    block, move = piece.get("block"), "width"
    if of_search:
        block, move = piece["axis"]["block"], piece["axis"]["move"]
    place = piece["place"] if of_search else float(np.log2(piece["factor"])) / STEP
    support = {STATED: 0.999 - 0.0024 * abs(place)}
    point = {"block": block, "move": move, "place": place, "own": place, "k": None}
    stated = [{**point, "block": "levels", "move": "width"}] if block == grid.AS_STATED else [point]
    kept = {
        "support": support,
        "points": [one | {"support": support, "error": {STATED: 1e-4}} for one in stated],
        "flat": [],
    }
    if of_search:
        return kept
    return kept | {"block": block, "factor": piece["factor"], "quantities": [], "divergent": 0}


@pytest.mark.thorough
def test_shards_given_again_until_nothing_waits_find_what_one_run_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grid, "refit", made_up)
    monkeypatch.setattr(
        "bayes_alliance.studies.tipping.axes",
        lambda _spec: (Axis(block="levels", move="width"),),
    )
    spec = ba.without(ba.load_model("informant_level"), "therapist")
    ratings = hand_made.ratings(("child", "caregiver"))

    def study(folder: Path, shard: Shard | None) -> grid.PriorStudy:
        place = Place(out=folder, progress=False, shard=shard)
        conclusions = [ba.sensitivity.Conclusion.parse(STATED)]
        return ba.sensitivity.grid(spec, ratings, conclusions=conclusions, seed=1, place=place)

    whole = study(tmp_path / "whole", None)
    assert whole.tipping["change"].tolist() == ["falls", "falls"]
    assert np.log2(whole.tipping["factor"]).tolist() == pytest.approx([-2.5, 2.5])
    folder, rounds, waiting = tmp_path / "shards", 0, True
    while waiting:
        for number in (1, 2):
            waiting = study(folder, Shard(number=number, of=2)).waiting > 0
        rounds += 1
        if rounds == 1:
            with pytest.raises(InputError, match="not done"):
                collected([folder])
    assert rounds > 2
    pd.testing.assert_frame_equal(collected([folder]).tipping, whole.tipping)
