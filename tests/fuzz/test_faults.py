"""Whatever ends a command, and whenever: nothing of the user's is lost, and one goes on from there.

Fits, reports and prior studies of twelve children are killed, interrupted, told to end, or find
their disk full or locked, at moments spread over what they do. Then files of the user are as they
were, fits that are there are whole, nobody sees a traceback, and the same command or a report of
the draws that were kept works. A few moments always, 60 in `make long`.
"""

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

import pytest

import bayes_alliance as ba
from tests import hand_made
from tests.fuzz.commands import Disk, Said, command, small_disk

TABLES = ("verdicts.csv", "support.csv", "quantities.csv")
MODEL = ("--model", "informant_level", "--without", "therapist")
FEW_DRAWS = ("--chains", 2, "--draws", 20, "--tune", 20)
DATA = ("ratings.csv", "--study", "study.toml")
DONE = (0, 1)  # so few draws need not converge
SIGNALS = {"killed": signal.SIGKILL, "interrupted": signal.SIGINT, "told to end": signal.SIGTERM}
CODES = {"killed": -9, "interrupted": 130, "told to end": 130, "disk full": 2, "disk locked": 2}
COMMANDS = ("fit", "report", "sensitivity")
ALWAYS = {("fit", "killed"), ("report", "interrupted"), ("sensitivity", "disk full")}


def moments() -> list:
    """Every command and fault: at four moments in `make long`, three of them at one always."""
    pairs = [(command, fault) for command in COMMANDS for fault in CODES]
    return [
        *(pytest.param(*pair, 1, marks=pytest.mark.builds) for pair in pairs if pair in ALWAYS),
        *(pytest.param(*pair, 4, marks=pytest.mark.long) for pair in pairs),
    ]


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A command to which nothing happened.

    Parameters
    ----------
    made : Path
        What it wrote.
    draws : Path or None
        What a fit wrote, for its report; None for a study, which needs none.
    seconds : float
        How long it took.
    """

    made: Path
    draws: Path | None
    seconds: float


def arguments(name: str, out: Path, *, seed: int = 1) -> list[object]:
    match name:
        case "fit":
            return ["fit", *DATA, *MODEL, *FEW_DRAWS, "--seed", seed, "--out", out, "--force"]
        case "report":
            return ["report", "draws/fit.nc", "--out", out, "--force"]
        case _:
            conclusion = ("--conclusion", "level[child] > 30")
            return ["sensitivity", *DATA, *MODEL, *conclusion, "--out", out]


def prepared(folder: Path) -> Path:
    """A folder with data and a document of the user."""
    folder.mkdir()
    (folder / "home").mkdir()
    hand_made.ratings(("child",)).write(folder)
    (folder / "thesis.docx").write_bytes(b"years of work")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Finished]:
    """Finish commands that a test asks for, each once: a worker has some of the tests only."""
    folder = prepared(tmp_path_factory.mktemp("finished") / "user")
    draws = folder / "draws"

    @cache
    def finish(name: str) -> Finished:
        if name == "report":
            finish("fit")
        said = command(arguments(name, folder / name), folder)
        assert said.code in DONE, said.stderr
        if name == "fit":
            shutil.copytree(folder / name, draws)
        needed = None if name == "sensitivity" else draws
        return Finished(made=folder / name, draws=needed, seconds=said.seconds)

    return finish


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk | None]:
    small = small_disk(tmp_path / "disk")
    yield small
    if small is not None:
        subprocess.run(["umount", "-l", small.place], check=True)


@pytest.mark.parametrize(("name", "fault", "n_moments"), moments())
def test_nothing_is_lost_and_one_goes_on_from_there(
    name: str,
    fault: str,
    n_moments: int,
    finished: Callable[[str], Finished],
    disk: Disk | None,
    tmp_path: Path,
) -> None:
    if fault not in SIGNALS and disk is None:
        pytest.skip("a small disk can be mounted by an administrator only")
    random, whole = Random(f"{name} {fault}"), finished(name)
    for moment in range(n_moments):
        folder = prepared(tmp_path / str(moment))
        if whole.draws is not None:
            shutil.copytree(whole.draws, folder / "draws")
        out = (folder if disk is None else disk.place) / f"out{moment}"
        earlier = _earlier(name, whole.made, out, random)
        users = contents(folder) if disk is not None else _of_user(folder, out)
        share = (moment + random.random()) / n_moments
        after = share * whole.seconds
        said = command(
            arguments(name, out, seed=2), folder, after=after, happens=_happens(fault, disk)
        )
        if fault not in SIGNALS:
            assert disk is not None
            disk.mend()
        about = f"{name} {fault} at {share:.2f}: {said}"
        assert said.code in (*DONE, CODES[fault]), about
        assert "Traceback" not in said.stderr + said.stdout, about
        assert not list(folder.glob("bayes-alliance-error*")), about
        assert users.items() <= contents(folder).items(), about
        _is_whole(out, folder, earlier, said, about)
        _goes_on(name, folder, out, said, whole, about)
        assert users.items() <= contents(folder).items(), about
        if disk is not None:
            shutil.rmtree(out)
            shutil.rmtree(f"{out}-again", ignore_errors=True)


def _of_user(folder: Path, out: Path) -> dict[str, bytes]:
    own = f"{out.relative_to(folder).as_posix()}/"
    return {
        name: content
        for name, content in contents(folder).items()
        if not name.startswith(own) or name.endswith("notes.txt")
    }


def _happens(fault: str, disk: Disk | None):
    """What happens to a process."""
    if fault in SIGNALS:
        return lambda pid: os.kill(pid, SIGNALS[fault])
    assert disk is not None
    return disk.fill if fault == "disk full" else disk.lock


def _earlier(name: str, made: Path, out: Path, random: Random) -> dict[str, bytes]:
    """Put results of an earlier run in place, every other time; a study may be half done."""
    if name == "sensitivity":
        if random.random() < 0.5:
            out.mkdir()
            shutil.copy(made / "study.json", out)
            lines = (made / "results.jsonl").read_bytes().splitlines(keepends=True)
            (out / "results.jsonl").write_bytes(b"".join(lines[: len(lines) // 2]))
        return {}
    if random.random() < 0.5:
        shutil.copytree(made, out)
    out.mkdir(exist_ok=True)
    (out / "notes.txt").write_bytes(b"thoughts")
    return contents(out)


def _is_whole(out: Path, folder: Path, earlier: dict[str, bytes], said: Said, about: str) -> None:
    """Fits are whole, results those of the earlier run or of this one, and no parts lie about."""
    fits = [*folder.rglob("*.nc"), *out.rglob("*.nc")]
    for fit in fits:
        ba.Fit.load(fit)
    there = contents(out)
    assert not [name for name in there if name.endswith(".partial")], about
    assert there.get("notes.txt") == earlier.get("notes.txt"), about
    if said.code in (130, 2):
        assert earlier.items() <= there.items(), about
        assert "nterrupted" in said.stderr or "cannot be" in said.stderr, about
    if said.code == -9 and "fit.nc" in earlier:
        assert [fit for fit in fits if out in fit.parents], about
    for line in there.get("results.jsonl", b"").splitlines(keepends=True):
        assert not line.endswith(b"\n") or json.loads(line)["error"] is None, about


def _goes_on(
    name: str, folder: Path, out: Path, said: Said, finished: Finished, about: str
) -> None:
    """A report of the draws that were kept, or the same command again."""
    kept = re.search(r"kept: (\S+)\. For a report", said.stderr)
    lines = contents(out).get("results.jsonl", b"") if out.exists() else b""
    whole = [line for line in lines.splitlines(keepends=True) if line.endswith(b"\n")]
    if kept is not None and name == "fit":
        again = ["report", kept[1], "--out", out.with_name(f"{out.name}-again")]
        out = again[-1]
    else:
        again = arguments(name, out, seed=2)
    went = command(again, folder)
    assert went.code in DONE, f"{about}; then {went}"
    assert "Traceback" not in went.stderr, f"{about}; then {went}"
    if name == "sensitivity":
        for table in TABLES:
            made = (finished.made / table).read_bytes()
            assert (out / table).read_bytes() == made, f"{about}; then {went}"
        after = (out / "results.jsonl").read_bytes().splitlines(keepends=True)
        assert after[: len(whole)] == whole, about
        assert len(after) == len({json.loads(line)["key"] for line in after}), about
    else:
        assert (out / "report.html").exists(), about
    assert not list(out.glob(".composed-*")), about
