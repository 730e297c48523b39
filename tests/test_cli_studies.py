"""Studies on the command line: resumable, with verdicts, and clear about bad input."""

import functools
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from bayes_alliance.cli import app
from bayes_alliance.studies import prior_refit
from bayes_alliance.studies.conclusions import Conclusion
from bayes_alliance.studies.replicates import Sampling
from tests import hand_made


def run(*arguments: object) -> Result:
    """Run a command as the shell would."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ratings and study file of few children and two informants."""
    folder = tmp_path_factory.mktemp("data")
    hand_made.ratings(("child", "caregiver")).write(folder)
    return folder


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("slope[child] > 0", {"quantity": "slope[child]", "above": 0.0}),
        ("slope[child]<-.5", {"quantity": "slope[child]", "below": -0.5}),
        ("level[a] > level[b]", {"quantity": "level[a]", "above_quantity": "level[b]"}),
        ("level[a] < level[b]", {"quantity": "level[b]", "above_quantity": "level[a]"}),
        ("slope[child] >= 0", {"quantity": "slope[child]", "above": 0.0}),
        ("slope[a] in (-0.5, .5)", {"quantity": "slope[a]", "above": -0.5, "below": 0.5}),
        ("a[x] - a[y] > 2", {"quantity": "a[x]", "less": "a[y]", "above": 2.0}),
        ("a - b in [-1,1]", {"quantity": "a", "less": "b", "above": -1.0, "below": 1.0}),
        ("on[iq > 90 - low,a] > 0", {"quantity": "on[iq > 90 - low,a]", "above": 0.0}),
        (
            "rho < level[in [doubt] in b]",
            {"quantity": "level[in [doubt] in b]", "above_quantity": "rho"},
        ),
    ],
)
def test_conclusions_are_read_from_text(text: str, expected: dict) -> None:
    assert Conclusion.parse(text) == Conclusion(name=text, **expected)


def test_conclusions_that_cannot_be_read_end_with_2(data: Path, tmp_path: Path) -> None:
    files = (data / "ratings.csv", "--study", data / "study.toml", "--out", tmp_path / "s")
    unread = ["slope[child]", "> 0", "slope[child] >", "a in (1)", "a in 1, 2", "a in (x, 2)"]
    for wrong in [*unread, "a in (2, 1)", "a - b > c", "a > b - c", "a - b"]:
        said = run("sensitivity", *files, "--conclusion", wrong)
        assert said.exit_code == 2
        assert "QUANTITY > NUMBER" in said.stderr
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize("command", ["sensitivity", "atlas"])
def test_all_that_is_wrong_with_conclusions_is_said_at_once(
    command: str, data: Path, tmp_path: Path
) -> None:
    files = (data / "ratings.csv", "--study", data / "study.toml", "--out", tmp_path / "s")
    texts = ("slope[child]", "slope[chld] > 0", "level[child] >", "slope[child] > 0")
    said = run(command, *files, *(part for text in texts for part in ("--conclusion", text)))
    assert said.exit_code == 2
    assert "--conclusion: 3 problems" in said.stderr
    for part in ("slope[child]: must", "level[child] >: must", "Did you mean 'slope[child]'"):
        assert part in said.stderr.replace("2 problems", ""), said.stderr
    missing = (tmp_path / "no.csv", *files[1:])
    said = run(command, *missing, "--conclusion", "slope[child]")
    assert "QUANTITY > NUMBER" in said.stderr
    assert "no.csv" in said.stderr


def test_a_conclusion_about_nothing_ends_with_2_before_anything_is_fitted(
    data: Path, tmp_path: Path
) -> None:
    files = (data / "ratings.csv", "--study", data / "study.toml", "--out", tmp_path / "s")
    said = run("sensitivity", *files, "--conclusion", "slope[chld] > 0")
    assert said.exit_code == 2
    assert "slope[child]" in said.stderr
    assert not (tmp_path / "s").exists()


def test_a_folder_with_other_things_ends_with_2(data: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("")
    said = run(
        "sensitivity", data / "ratings.csv", "--study", data / "study.toml", "--out", tmp_path
    )
    assert said.exit_code == 2
    assert "not empty" in said.stderr


@pytest.mark.samples
def test_a_prior_study_writes_its_tables_and_is_not_done_twice(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The command has no setting of draws; a fifth of them says as much here.
    short = functools.partial(prior_refit.fit, draws=200, tune=200)
    monkeypatch.setattr(prior_refit, "fit", short)
    out = tmp_path / "study"
    arguments = (
        "sensitivity",
        data / "ratings.csv",
        "--study",
        data / "study.toml",
        "--model",
        "informant_level",
        "--without",
        "therapist",
        "--conclusion",
        "level[caregiver] > 0",
        "--workers",
        1,
        "--out",
        out,
    )
    said = run(*arguments)
    assert said.exit_code == 0, said.stderr
    assert "stands" in said.stdout
    support = pd.read_csv(out / "support.csv", index_col=[0, 1])
    assert len(support) == 1 + 5 * 4
    assert (support["level[caregiver] > 0"] == 1.0).all()
    tipping = pd.read_csv(out / "tipping.csv")
    assert list(tipping.columns[:3]) == ["conclusion", "block", "factor"]
    assert set(tipping["way"]) == {"narrower", "wider", "lower", "higher"}
    assert "keeps its verdict whatever the prior of one block" in said.stdout
    kept = (out / "results.jsonl").read_text()
    assert "rating_" not in kept
    assert run(*arguments).stdout == said.stdout
    assert (out / "results.jsonl").read_text() == kept
    mine = "verdicts of mine\n"
    (out / "verdicts.csv").write_text(mine)
    said = run(*arguments)
    assert said.exit_code == 2
    assert "verdicts.csv: is no longer as an earlier run wrote it" in said.stderr
    assert (out / "verdicts.csv").read_text() == mine


@pytest.mark.samples
def test_an_interrupted_study_keeps_whole_fits_only_and_goes_on(tmp_path: Path) -> None:
    folder, out = tmp_path / "data", tmp_path / "study"
    made = run("simulate", "--families", 40, "--therapists", 16, "--seed", 4, "--out", folder)
    assert made.exit_code == 0
    command = [
        *(sys.executable, "-m", "bayes_alliance", "sensitivity", str(folder / "ratings.csv")),
        *("--study", str(folder / "study.toml"), "--out", str(out), "--workers", "2"),
        *("--model", "informant_level"),
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    kept = out / "results.jsonl"
    deadline = time.monotonic() + 200
    while not (kept.exists() and kept.read_text()) and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(0.7)  # the next fit is being sampled
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=100)
    assert process.returncode == 130, said
    assert "goes on from there" in said
    lines = [json.loads(line) for line in kept.read_text().splitlines()]
    assert 1 <= len(lines) < 21
    assert all(line["error"] is None for line in lines)
    # Effective draws of a fit that was cut off would be few.
    for line in lines:
        assert min(row["ess_bulk"] for row in line["result"]["quantities"]) > 100


def test_a_design_file_with_mistakes_ends_with_2(tmp_path: Path) -> None:
    design = tmp_path / "design.toml"
    design.write_text('families = [0]\ninformant = ["child"]\n')
    said = run("assurance", design, "--out", tmp_path / "s")
    assert said.exit_code == 2
    assert "Did you mean 'informants'" in said.stderr
    assert not (tmp_path / "s").exists()


@pytest.mark.samples
def test_assurance_from_the_command_line_is_resumable_and_shared(tmp_path: Path) -> None:
    design, out, shards = tmp_path / "design.toml", tmp_path / "one", tmp_path / "shards"
    design.write_text(
        """
        model = "informant_level"
        without = ["therapist"]
        informants = ["child"]
        conclusions = ["slope[child] > 0"]
        families = [10, 20]
        occasions = 3
        scale = { lower = 12, upper = 48, step = 1 }
        time = { every = 1 }
        simulation = { fits = 10, compared = 1, compared_fits = 10 }
        [truth.values]
        "level[child]" = 36
        "slope[child]" = 1
        "residual_sd[child]" = 2
        """
    )
    said = run("assurance", design, "--out", out, "--workers", 1)
    assert said.exit_code == 0, said.stdout + said.stderr
    table = pd.read_csv(out / "assurance.csv")
    assert table["families"].to_list() == [10, 20]
    assert table.columns[:8].to_list() == [
        *("families", "therapists", "occasions", "conclusion"),
        *("assurance", "lower", "upper", "fits"),
    ]
    kept = (out / "results.jsonl").read_text()
    assert run("assurance", design, "--out", out, "--workers", 1).stdout == said.stdout
    assert (out / "results.jsonl").read_text() == kept
    for shard in ("1/2", "2/2"):
        said = run("assurance", design, "--out", shards, "--workers", 1, "--shard", shard)
        assert said.exit_code == 0, said.stderr
    assert run("collect", shards).exit_code == 0
    assert "slope (child) &gt; 0" in (out / "report.html").read_text()
    for name in ("assurance.csv", "tables/error.csv"):
        assert (shards / name).read_text() == (out / name).read_text()


@pytest.mark.samples
def test_calibration_from_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(Sampling.__init__.__kwdefaults__, "draws", 300)
    out = tmp_path / "calibration"
    said = run(
        "calibrate",
        "--model",
        "predict_child",
        "--families",
        6,
        "--therapists",
        3,
        "--fits",
        20,
        "--workers",
        1,
        "--out",
        out,
    )
    assert said.exit_code == 0, said.stdout + said.stderr
    ranks = pd.read_csv(out / "ranks.csv")
    assert len(ranks) == 20
    assert "level[child]" in ranks
    assert f"Report: {out / 'report.html'}" in said.stdout
    assert "Over 20 replicates the truth is uniform" in (out / "report.html").read_text()
    assert (out / "figures" / "calibration.png").exists()
