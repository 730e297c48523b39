"""Studies of several machines on the command line."""

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from bayes_alliance.studies import grid
from tests import hand_made
from tests.test_cli_studies import run

STATED = "level[caregiver] - level[child] > 0.5"


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A prior study whose refits are made up."""

    def refit(piece: dict) -> dict:
        if (piece["block"], piece["factor"]) == ("levels", 4.0):
            raise ValueError("too wide")
        return {
            "block": piece["block"],
            "factor": piece["factor"],
            "quantities": [
                {"quantity": "level[child]", "mean": piece["factor"], "lower": 0.0, "upper": 5.0}
            ],
            "points": [],
            "flat": [],
            "support": {STATED: 0.98 if piece["factor"] < 4.0 else 0.5},
            "divergent": 0,
        }

    monkeypatch.setattr(grid, "refit", refit)
    data = tmp_path / "da ta"
    data.mkdir()
    hand_made.ratings(("child", "caregiver")).write(data)
    files = (str(data / "ratings.csv"), "--study", str(data / "study.toml"))
    return ["sensitivity", *files, "--without", "therapist", "--conclusion", STATED, "--seed", "7"]


@pytest.mark.thorough
def test_shards_in_two_folders_give_the_tables_of_one_run(
    command: list[str], tmp_path: Path
) -> None:
    one, first, second = (tmp_path / name for name in ("one", "first", "second"))
    whole = run(*command, "--out", one)
    assert whole.exit_code == 0, whole.stderr
    for folder, shard, n in ((first, "1/3", "7"), (second, "2/3", "6")):
        said = run(*command, "--out", folder, "--shard", shard)
        assert said.exit_code == 0, said.stderr
        assert f"Shard {shard} is done; {n} of 21 fits" in said.stdout
        assert ("; 1 failed (levels x 4)" in said.stdout) == (folder == second)
        assert f"collect {folder}" in said.stdout
        assert not (folder / "verdicts.csv").exists()
    said = run("collect", first, second)
    assert said.exit_code == 2
    assert "7 of 21 pieces are not done" in said.stderr
    run(*command, "--out", second, "--shard", "3/3")
    said = run("collect", first, second)
    assert said.exit_code == 0, said.stderr
    assert said.stdout == whole.stdout.replace(str(one), str(first))
    assert "1 refit failed" in said.stdout
    assert "depends on the prior" in said.stdout
    for name in ("verdicts.csv", "support.csv", "quantities.csv", "tipping.csv", "report.html"):
        assert (first / name).read_bytes() == (one / name).read_bytes()
    (first / "verdicts.csv").write_text("mine")
    assert run("collect", first, second).exit_code == 2
    assert (first / "verdicts.csv").read_text() == "mine"


def test_what_is_no_study_cannot_be_collected(tmp_path: Path) -> None:
    said = run("collect", tmp_path / "none")
    assert said.exit_code == 2
    assert "holds no study" in said.stderr
    (tmp_path / "study.json").write_text('{"study": "of later", "pieces": []}')
    said = run("collect", tmp_path)
    assert said.exit_code == 2
    assert "of later" in said.stderr


def test_the_script_of_an_array_gives_every_task_its_share_of_the_same_command(
    command: list[str], tmp_path: Path
) -> None:
    out = tmp_path / "it's mine"
    said = run(*command, "--out", out, "--array", "slurm", "--workers", 20)
    assert said.exit_code == 0, said.stderr
    assert "#SBATCH --array=1-20\n" in said.stdout
    assert "#SBATCH --cpus-per-task=1\n" in said.stdout
    assert f"collect {shlex.quote(str(out))}" in said.stdout
    assert not out.exists()
    # The script runs what stands for the program here, which says what it was given.
    stand_in = tmp_path / "bin" / "bayes-alliance"
    stand_in.parent.mkdir()
    stand_in.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    stand_in.chmod(0o755)
    path = f"{stand_in.parent}{os.pathsep}{os.environ['PATH']}"
    task = subprocess.run(
        ["bash", "-s"],
        input=said.stdout,
        env=os.environ | {"PATH": path, "SLURM_ARRAY_TASK_ID": "3"},
        capture_output=True,
        text=True,
        check=True,
    )
    given = task.stdout.splitlines()
    assert sorted(given) == sorted([*command, "--out", str(out), "--shard", "3/20"])
    assert given[given.index("--conclusion") + 1] == STATED
    assert given[-2:] == ["--shard", "3/20"]


def test_an_array_of_one_task_or_for_another_scheduler_is_refused(
    command: list[str], tmp_path: Path
) -> None:
    said = run(*command, "--out", tmp_path / "s", "--array", "pbs")
    assert said.exit_code == 2
    assert "'pbs'" in said.stderr
    assert "at least 2" in said.stderr
