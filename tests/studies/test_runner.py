"""Many pieces of work: in order, kept as they come, resumable, and never mixed up."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bayes_alliance.errors import InputError
from bayes_alliance.studies import runner
from bayes_alliance.studies.conclusions import Conclusion
from bayes_alliance.studies.runner import Place, run
from tests.studies.pieces import counted, dying, interrupted, squared

PIECES = {str(x): {"x": x} for x in (1, 2, 3, 4)}


@pytest.mark.thorough
@pytest.mark.parametrize("workers", [1, 2])
def test_one_bad_piece_is_recorded_and_the_others_are_done(workers: int) -> None:
    results = run(squared, PIECES, about={}, place=Place(workers=workers, progress=False))
    assert list(results.done) == ["1", "2", "4"]
    assert results.done["4"] == {"y": 16}
    assert results.failed == {"3": "ValueError: three is bad luck"}


def test_what_is_done_is_not_done_again(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    calls.mkdir()
    pieces = {str(x): {"x": x, "folder": str(calls)} for x in (1, 2)}
    place = Place(out=tmp_path / "study", progress=False)
    run(counted, pieces, about={"a": 1}, place=place)
    more = pieces | {"5": {"x": 5, "folder": str(calls)}}
    results = run(counted, more, about={"a": 1}, place=place)
    assert list(results.done) == ["1", "2", "5"]
    assert len(list(calls.iterdir())) == 3


def test_an_interrupted_study_goes_on_where_it_stopped(tmp_path: Path) -> None:
    place = Place(out=tmp_path / "study", progress=False)
    with pytest.raises(KeyboardInterrupt):
        run(interrupted, PIECES, about={}, place=place)
    lines = (tmp_path / "study" / "results.jsonl").read_text().splitlines()
    assert [json.loads(line)["key"] for line in lines] == ["1", "2"]
    # The machine died in the middle of a line.
    with (tmp_path / "study" / "results.jsonl").open("a") as handle:
        handle.write('{"key": "4", "resu')
    with pytest.warns(UserWarning, match="set aside"):
        results = run(squared, PIECES, about={}, place=place)
    assert list(results.done) == ["1", "2", "4"]
    again = run(squared, PIECES, about={}, place=place)
    assert again.done == results.done


def test_results_of_another_study_are_never_mixed_in(tmp_path: Path) -> None:
    place = Place(out=tmp_path / "study", progress=False)
    run(squared, PIECES, about={"seed": 1}, place=place)
    with pytest.raises(InputError, match="another study"):
        run(squared, PIECES, about={"seed": 2}, place=place)


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("")
    with pytest.raises(InputError, match="not empty"):
        run(squared, PIECES, about={}, place=Place(out=tmp_path, progress=False))


def test_a_study_in_which_everything_fails_is_an_error_that_says_why(tmp_path: Path) -> None:
    place = Place(out=tmp_path / "study", progress=False)
    with pytest.raises(InputError, match="three is bad luck"):
        run(squared, {"3": {"x": 3}}, about={}, place=place)
    assert list(run(squared, PIECES, about={}, place=place).done) == ["1", "2", "4"]


@pytest.mark.thorough
def test_a_worker_that_dies_is_one_failed_piece() -> None:
    results = run(dying, PIECES, about={}, place=Place(workers=2, progress=False))
    assert list(results.done) == ["1", "2", "4"]
    assert list(results.failed) == ["3"]
    assert "ended, twice" in results.failed["3"]


@pytest.mark.thorough
def test_workers_end_with_their_parent_even_if_it_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from bayes_alliance.studies.runner import Place, run\n"
        "from tests.studies.pieces import waiting\n"
        "pieces = {str(x): {'folder': sys.argv[1]} for x in range(2)}\n"
        "run(waiting, pieces, about={}, place=Place(workers=2, progress=False))\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)])
    while len(workers := [int(one.name) for one in tmp_path.iterdir()]) < 2:
        assert parent.poll() is None
        time.sleep(0.1)
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 20
    while any(_is_running(pid) for pid in workers):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _is_running(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0]
    except OSError:
        return False


def test_two_runs_in_one_folder_never_do_a_piece_twice(tmp_path: Path) -> None:
    place = Place(out=tmp_path / "study", progress=False)

    def meanwhile(piece: dict) -> dict:
        with pytest.raises(InputError, match="another run is at work"):
            run(squared, PIECES, about={}, place=place)
        return {"y": piece["x"]}

    assert list(run(meanwhile, PIECES, about={}, place=place).done) == list(PIECES)
    assert len((tmp_path / "study" / "results.jsonl").read_text().splitlines()) == len(PIECES)
    assert run(squared, PIECES, about={}, place=place).done["4"] == {"y": 4}


@pytest.mark.parametrize(
    "line",
    [
        *(b"garbage\n", b"\x00\x00\n", b"\xff\n", b"[]\n", b"{}\n", b'{"key": 1}\n'),
        *(
            b"[" * 9000 + b"\n",
            b'{"key": "4", "result": 5, "error": null}\n',
            b'{"key": "4", "resu',
        ),
    ],
    ids=range(9),
)
def test_a_line_that_holds_no_result_is_set_aside_and_said(tmp_path: Path, line: bytes) -> None:
    place = Place(out=tmp_path / "study", progress=False)
    run(squared, {"1": {"x": 1}}, about={}, place=place)
    results = tmp_path / "study" / "results.jsonl"
    before = results.read_bytes()
    results.write_bytes(line + before if line.endswith(b"\n") else before + line)
    with pytest.warns(UserWarning, match="set aside"):
        done = run(squared, {"1": {"x": 5}}, about={}, place=place).done
    assert done == {"1": {"y": 1}}
    assert results.read_bytes() == before
    assert (tmp_path / "study" / "results-set-aside.jsonl").read_bytes() == line


def test_results_of_another_version_are_not_mixed_in(tmp_path: Path) -> None:
    place = Place(out=tmp_path / "study", progress=False)
    run(squared, PIECES, about={"seed": 1}, place=place)
    study = tmp_path / "study" / "study.json"
    study.write_text(json.dumps(json.loads(study.read_text()) | {"version": "0.0.1"}))
    with pytest.raises(InputError, match=r"results of version 0\.0\.1"):
        run(squared, PIECES, about={"seed": 1}, place=place)
    study.write_text("{")
    with pytest.raises(InputError, match="cannot be read"):
        run(squared, PIECES, about={"seed": 1}, place=place)


@pytest.mark.parametrize("text", ["a > nan", "a < inf", "a > -inf", "a > 1e999"])
def test_conclusions_about_what_is_no_number_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="infinite or no number"):
        Conclusion.parse(text)


def test_a_scheduler_that_is_not_there_is_a_sentence_and_keeps_what_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(out=tmp_path / "study", progress=False)
    run(squared, {"1": {"x": 1}}, about={}, place=place)

    @contextmanager
    def nobody(address: str) -> Iterator[None]:
        raise OSError(f"Timed out trying to connect to {address}")
        yield

    monkeypatch.setattr(runner, "_cluster", nobody)
    away = replace(place, cluster="tcp://10.0.0.1:8786")
    with pytest.raises(InputError, match="What is done is kept") as error:
        run(squared, PIECES, about={}, place=away)
    assert len(error.value.problems) == 1
    assert list(run(squared, PIECES, about={}, place=place).done) == ["1", "2", "4"]


class Deserted(Executor):
    """A cluster whose worker goes after two pieces."""

    def __init__(self) -> None:
        self.asked = 0

    def submit(self, work: Callable, /, *arguments: object, **options: object) -> Future:
        future: Future = Future()
        self.asked += 1
        if self.asked <= 2:
            future.set_result(work(*arguments, **options))
        return future


def test_a_scheduler_whose_workers_are_gone_is_a_sentence_and_keeps_what_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def deserted(_: str) -> Iterator[tuple[Executor, Callable[[], int]]]:
        yield Deserted(), lambda: 0

    monkeypatch.setattr(runner, "_cluster", deserted)
    monkeypatch.setattr(runner, "PATIENCE", 0.01)
    place = Place(out=tmp_path / "study", progress=False, cluster="tcp://10.0.0.1:8786")
    with pytest.raises(InputError, match=r"no workers any more.*What is done is kept"):
        run(squared, PIECES, about={}, place=place)
    lines = (tmp_path / "study" / "results.jsonl").read_text().splitlines()
    assert {json.loads(line)["key"] for line in lines} == {"1", "2"}
