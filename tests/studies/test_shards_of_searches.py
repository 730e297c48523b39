"""Fits that follow from others, in shards and in folders of their own, end where one run ends."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bayes_alliance as ba
from bayes_alliance.errors import InputError
from bayes_alliance.studies import atlas, grid
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
    assert whole.tipping["how"].tolist() == ["refit", "refit"]
    # All fits are counted, those of the search too.
    n_grid, n_kept = 21, len((tmp_path / "whole" / "results.jsonl").read_text().splitlines())
    assert (len(whole.support), whole.searched, whole.done) == (n_grid, n_kept - n_grid, n_kept)
    assert f"{n_grid} fits, and {whole.searched} more in search of tipping points" in repr(whole)
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

    # Machines that share no disk: collecting brings all together and asks for what follows.
    apart = [tmp_path / "first", tmp_path / "second"]
    for number, own in enumerate(apart, start=1):
        assert study(own, Shard(number=number, of=2)).waiting > 0
    with pytest.raises(InputError, match="follow from these results") as refused:
        collected(apart)
    assert f"--out {apart[0]}" in str(refused.value)
    assert study(apart[0], None).waiting == 0
    pd.testing.assert_frame_equal(collected(apart).tipping, whole.tipping)


def analysed(piece: dict) -> dict:
    """An analysis of an atlas whose fit as stated wants two others."""
    of = {"what": piece["what"], "setting": piece["setting"]}
    row = of | {"conclusion": STATED, "support": 0.99, "verdict": "supported", "how": "refit"}
    wanted = [
        {"spec": piece["spec"], "what": "prior", "setting": setting} for setting in ("a", "b")
    ]
    return {
        "rows": [row | {"prior_driven": False, "pareto_k": None, "mcse": 0.002}],
        "wanted": wanted if piece["what"] == atlas.STATED else [],
        "not_made": [],
    }


def test_analyses_that_the_fit_as_stated_asks_for_are_made_whatever_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(atlas, "analysed", analysed)
    spec = ba.without(ba.load_model("informant_level"), "therapist")
    ratings = hand_made.ratings(("child", "caregiver"))

    def study(folder: Path, number: int | None) -> atlas.Atlas:
        shard = None if number is None else Shard(number=number, of=2)
        place = Place(out=folder, progress=False, shard=shard)
        conclusions = [ba.sensitivity.Conclusion.parse(STATED)]
        return ba.atlas.of(spec, ratings, conclusions=conclusions, seed=1, place=place)

    whole = study(tmp_path / "whole", None)
    assert {"a", "b"} < set(whole.table["setting"])
    # In one folder: the second shard finds all results of the first round, and begins the next.
    one = tmp_path / "one"
    assert study(one, 1).waiting > 0
    assert study(one, 2).waiting == 1
    with pytest.raises(InputError, match=r"1 of .* pieces are not done"):
        collected([one])
    assert study(one, 1).waiting == 0
    # In folders of their own nobody knows what follows before they are collected.
    apart = [tmp_path / "first", tmp_path / "second"]
    for number, own in enumerate(apart, start=1):
        assert study(own, number).waiting > 0
    # What an interrupted run left of a line is set aside, and spoils none of those that come.
    (apart[0] / "results.jsonl").write_text('{"key": "prior')
    with (
        pytest.raises(InputError, match="prior: a and prior: b"),
        pytest.warns(UserWarning, match="1 line holds no result"),
    ):
        collected(apart)
    assert study(apart[0], None).waiting == 0
    for folders in ([one], apart):
        found = collected(folders).table.sort_values(["what", "setting"], ignore_index=True)
        expected = whole.table.sort_values(["what", "setting"], ignore_index=True)
        pd.testing.assert_frame_equal(found, expected)
