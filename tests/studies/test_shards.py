"""Studies in shards: each piece once, whatever is killed, and together what one run gives."""

import json
from pathlib import Path

import pytest

from bayes_alliance.errors import InputError
from bayes_alliance.studies.kept import gathered
from bayes_alliance.studies.runner import Place, run
from bayes_alliance.studies.shards import Shard, alone
from tests.studies.pieces import interrupted, squared

PIECES = {str(x): {"x": x} for x in (1, 2, 4, 5, 6, 7, 8)}
ABOUT = {"study": "squares"}


def place(folder: Path, number: int, of: int = 3) -> Place:
    return Place(out=folder, progress=False, shard=Shard(number=number, of=of))


def test_shards_share_the_pieces_and_have_them_all() -> None:
    keys = list("abcdefg")
    shares = [Shard(number=number, of=3).own(keys) for number in (1, 2, 3)]
    assert shares == [["a", "d", "g"], ["b", "e"], ["c", "f"]]


@pytest.mark.parametrize("text", ["", "3", "0/3", "4/3", "1/0", "-1/3", "a/b", "1/2/3"])
def test_a_shard_that_is_none_is_refused(text: str) -> None:
    assert Shard.parse(" 2/20 ") == Shard(number=2, of=20)
    with pytest.raises(InputError, match="i/n"):
        Shard.parse(text)


def test_shards_of_one_folder_and_of_two_are_together_one_run(tmp_path: Path) -> None:
    whole = run(squared, PIECES, about=ABOUT, place=Place(out=tmp_path / "whole", progress=False))
    first, second = tmp_path / "first", tmp_path / "second"
    for folder, number in ((first, 1), (second, 2), (first, 3)):
        run(squared, PIECES, about=ABOUT, place=place(folder, number))
    kept = gathered([first, second])
    assert kept.done == whole.done
    assert list(kept.done) == list(whole.done)
    assert kept.failed == {}
    assert gathered([tmp_path / "whole"]).done == whole.done
    with pytest.raises(InputError, match=r"2 of 7 pieces are not done \(2, 6\)"):
        gathered([first])


def test_a_shard_that_was_killed_goes_on_and_no_piece_is_done_twice(tmp_path: Path) -> None:
    pieces = {str(x): {"x": x} for x in (1, 8, 3, 9, 5)}
    with pytest.raises(KeyboardInterrupt):
        run(interrupted, pieces, about=ABOUT, place=place(tmp_path / "s", 1, of=2))
    own = tmp_path / "s" / "results-1-of-2.jsonl"
    assert [json.loads(line)["key"] for line in own.read_text().splitlines()] == ["1"]
    with own.open("a") as handle:
        handle.write('{"key": "3", "resu')  # the machine died in the middle of a line
    with pytest.warns(UserWarning, match="set aside"):
        results = run(interrupted_no_more, pieces, about=ABOUT, place=place(tmp_path / "s", 1, 2))
    assert results.waiting == 2
    keys = [json.loads(line)["key"] for line in own.read_text().splitlines()]
    assert keys == ["1", "3", "5"]
    # Whoever does the rest without a share takes what shards have done.
    rest = run(
        interrupted_no_more, pieces, about=ABOUT, place=Place(out=tmp_path / "s", progress=False)
    )
    assert rest.done.keys() == pieces.keys()
    assert len((tmp_path / "s" / "results.jsonl").read_text().splitlines()) == 2
    assert gathered([tmp_path / "s"]).done == rest.done


def interrupted_no_more(piece: dict) -> dict:
    """The work of `interrupted`, without the interruption."""
    return {"y": piece["x"] ** 2}


def test_a_line_another_shard_is_writing_is_left_alone(tmp_path: Path) -> None:
    run(squared, PIECES, about=ABOUT, place=place(tmp_path, 1))
    other = tmp_path / "results-2-of-3.jsonl"
    other.write_text('{"key": "2", "result": {"y": 4}, "error": null}\n{"key": "6", "re')
    results = run(squared, PIECES, about=ABOUT, place=place(tmp_path, 3))
    assert results.done["2"] == {"y": 4}
    assert other.read_text().endswith('"re')


def test_a_shard_keeps_away_itself_and_the_whole_study_but_no_other_shard(tmp_path: Path) -> None:
    first, second = Shard(number=1, of=2), Shard(number=2, of=2)
    with alone(tmp_path, first):
        with alone(tmp_path, second):
            pass
        for busy in (first, None):
            with pytest.raises(InputError, match="at work"), alone(tmp_path, busy):
                pass
    with alone(tmp_path), pytest.raises(InputError, match="at work"), alone(tmp_path, first):
        pass


def test_a_shard_needs_a_folder() -> None:
    with pytest.raises(InputError, match="folder"):
        Place(shard=Shard(number=1, of=2))


def test_failures_are_told_and_mended_by_another_run(tmp_path: Path) -> None:
    pieces = {str(x): {"x": x} for x in (2, 3)}
    run(squared, pieces, about=ABOUT, place=Place(out=tmp_path, progress=False))
    assert gathered([tmp_path]).failed == {"3": "ValueError: three is bad luck"}
    run(interrupted_no_more, pieces, about=ABOUT, place=place(tmp_path, 2, of=2))
    assert gathered([tmp_path]).failed == {}


def test_folders_that_do_not_go_together_are_all_named(tmp_path: Path) -> None:
    one, other, none = (tmp_path / name for name in ("one", "other", "none"))
    run(squared, PIECES, about=ABOUT, place=place(one, 1, of=1))
    run(squared, PIECES, about={"study": "other"}, place=place(other, 1, of=1))
    none.mkdir()
    with pytest.raises(InputError) as error:
        gathered([one, other, none])
    assert "another study" in str(error.value)
    assert "holds no study" in str(error.value)
    assert len(error.value.problems) == 2


def test_a_study_that_grew_has_all_its_pieces(tmp_path: Path) -> None:
    fewer = dict(list(PIECES.items())[:3])
    run(squared, fewer, about=ABOUT, place=Place(out=tmp_path, progress=False))
    run(squared, PIECES, about=ABOUT, place=Place(out=tmp_path, progress=False))
    assert list(gathered([tmp_path]).done) == list(PIECES)
