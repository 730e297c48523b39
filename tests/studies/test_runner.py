"""Many pieces of work: in order, kept as they come, resumable, and never mixed up."""

import json
from pathlib import Path

import pytest

from bayes_alliance.errors import InputError
from bayes_alliance.studies.runner import Place, run


def squared(piece: dict) -> dict:
    """The work of these tests."""
    if piece["x"] == 3:
        raise ValueError("three is bad luck")
    return {"y": piece["x"] ** 2}


def counted(piece: dict) -> dict:
    """Leaves a file behind for every call."""
    path = Path(piece["folder"]) / f"{piece['x']}.{len(list(Path(piece['folder']).iterdir()))}"
    path.write_text("")
    return {"y": piece["x"]}


def interrupted(piece: dict) -> dict:
    """Stops at the third piece, as Ctrl-C would."""
    if piece["x"] == 3:
        raise KeyboardInterrupt
    return {"y": piece["x"] ** 2}


PIECES = {str(x): {"x": x} for x in (1, 2, 3, 4)}


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
