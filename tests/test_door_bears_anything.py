"""The door bears anything: hostile files, names and numbers become sentences before they cost."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import bayes_alliance as ba
from bayes_alliance.cli import app
from bayes_alliance.errors import InputError, Problem
from bayes_alliance.ratings import Ratings, Study, read_ratings
from bayes_alliance.specification import ModelSpec
from tests import hand_made
from tests.effort import calls
from tests.ratings.tiny import tiny_study

DEEP = {
    "lists": f"title = {'[' * 5000}{']' * 5000}",
    "tables": f"title = {'{a=' * 5000}1{'}' * 5000}",
    "keys": f"[{'.'.join(['a'] * 5000)}]",
    "dots": f"{'.'.join(['a'] * 5000)} = 1",
}
LONG = {
    "5,000 digits": f"[scale]\nlower = {'9' * 5000}",
    "400 digits": f"[scale]\nlower = {'9' * 400}",
    "hexadecimal": f"[scale]\nlower = 0x{'f' * 5000}",
    "20 digits": f"[time]\noccasions = [1, {'9' * 20}]",
}


@pytest.mark.parametrize("read", [Study.from_text, ModelSpec.from_text])
@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP.keys())
def test_toml_that_is_nested_5000_deep_is_refused(read, text) -> None:
    with pytest.raises(InputError, match="nested deeper"):
        read(text)


@pytest.mark.parametrize("text", LONG.values(), ids=LONG.keys())
def test_integers_of_many_digits_are_refused(text) -> None:
    with pytest.raises(InputError, match=r"too long a whole number|Exceeds the limit"):
        Study.from_text(text)


@pytest.mark.parametrize("name", ["a" * 300, "a" * 300 + ".csv", "a\0b.csv", "\ud800.csv", "", "."])
def test_any_file_name_is_answered_with_a_sentence(name, tmp_path) -> None:
    path = tmp_path / name
    for call in (
        lambda: read_ratings(path, study=tiny_study()),
        lambda: Study.from_toml(path),
        lambda: ba.load_model(path),
        lambda: ba.Fit.load(path),
        lambda: hand_made.fit(("child",), covariates=False).save(path / "fit.nc"),
    ):
        if call.__code__.co_names[-1] == "save" and os.path.isdir(path):
            continue
        with pytest.raises(InputError):
            call()


@pytest.mark.parametrize("number", ["9" * 5000, "1e400", "-1e308", "1e16"])
def test_ratings_and_times_of_any_size_are_read_or_refused(number) -> None:
    frame = pd.DataFrame({"child_id": ["a", "a", "b"], "month": ["4", "8", number]})
    frame["kid"], frame["helper"] = ["20", number, "30"], ["40", "40", "40"]
    described = tiny_study(treatment=None, covariates=None)
    described["columns"] = {"child": "child_id", "time": "month"}
    with pytest.raises(InputError, match=r"finite|beyond"):
        Ratings.from_wide(frame, study=described)


@pytest.mark.parametrize(
    "table",
    [
        {"scale": {"lower": -1e308, "upper": 1e308}},
        {"scale": {"lower": 0.0, "upper": 1e-300}},
        {"scale": {"lower": 0.0, "upper": 36.0, "step": 1e-300}},
        {"scale": {"center": 0.0, "spread": 1e-300}},
        {"scale": {"lower": 10**400, "upper": 10**401}},
        {"time": {"per": 1e-300}},
        {"time": {"origin": 1e300}},
    ],
    ids=range(7),
)
def test_scales_and_times_beyond_measure_are_refused_by_the_study_file(table) -> None:
    with pytest.raises(InputError):
        Study.from_dict(tiny_study(**table))


def test_times_that_would_make_millions_of_rows_are_refused_before_memory_is_taken() -> None:
    n_times, n_children = 4_000, 6_000
    frame = pd.DataFrame(
        {
            "id": ["a"] * n_times + [f"c{k}" for k in range(n_children)],
            "t": [*range(n_times), *range(n_children)],
            "r": 3,
        }
    )
    frame["t"] %= n_times
    described = {
        "layout": "wide",
        "columns": {"child": "id", "time": "t"},
        "informants": {"child": "r"},
        "scale": {"lower": 1, "upper": 5},
    }

    def refused() -> None:
        with pytest.raises(InputError, match="24,004,000 occasions, of which the file has 10,000"):
            Ratings.from_wide(frame, study=described)

    assert calls(refused) < 24_004_000 / 10


@pytest.mark.parametrize(
    "seed",
    [-1, 2**63, 10**5000, 1.5, "1", True, None, np.nan, [1], float("inf"), b"1", 1j],
    ids=range(12),
)
def test_seeds_of_any_kind_are_taken_or_refused(seed) -> None:
    with pytest.raises(InputError, match="seed"):
        ba.simulate(families=10, therapists=3, seed=seed)


@pytest.mark.parametrize("seed", [0, np.int64(3), 2**63 - 1])
def test_whole_numbers_of_any_kind_are_seeds(seed) -> None:
    assert len(ba.simulate(families=10, therapists=3, seed=seed)[0].children) == 10


@pytest.mark.parametrize("value", ["-1", "9" * 30, "9" * 5000, "1.5", "x", ""])
def test_seeds_of_the_command_line_are_taken_or_refused(value, tmp_path) -> None:
    said = CliRunner().invoke(
        app, ["simulate", "--families", "10", "--seed", value, "--out", str(tmp_path / "out")]
    )
    assert said.exit_code == 2, said.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("number", ["0", "-5", "9" * 12, "9" * 400])
def test_families_of_any_number_are_made_or_refused(number, tmp_path) -> None:
    said = CliRunner().invoke(
        app, ["simulate", "--families", number, "--seed", "1", "--out", str(tmp_path / "out")]
    )
    assert said.exit_code == 2, said.output


def test_values_in_messages_are_short_whatever_they_are() -> None:
    nested: list = []
    for _ in range(sys.getrecursionlimit() + 100):
        nested = [nested]
    for value in ("x" * 10_000, 10**5000, -(10**5000), nested, list(range(10_000))):
        assert len(str(Problem(where="here", value=value, message="is wrong"))) < 300


def test_output_that_a_terminal_cannot_show_is_written_as_numbers(tmp_path) -> None:
    folder = Path(os.fsdecode(bytes(tmp_path) + b"/\xff"))
    folder.mkdir()
    hand_made.ratings(("child",)).write(folder)
    said = subprocess.run(
        [
            *(sys.executable, "-m", "bayes_alliance", "check", folder / "ratings.csv"),
            *("--study", folder / "study.toml"),
        ],
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    assert b"12 children" in said.stdout
