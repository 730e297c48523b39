import json

import pytest

from bayes_alliance import InputError
from bayes_alliance.reporting import files
from bayes_alliance.reporting.files import MANIFEST, put


def test_files_are_put_below_a_folder_that_is_made(tmp_path):
    place = put(tmp_path / "out", "report", {"a.txt": b"a", "tables/b.csv": b"bb"}, force=False)
    assert (place / "a.txt").read_bytes() == b"a"
    assert (place / "tables" / "b.csv").read_bytes() == b"bb"
    listed = json.loads((place / MANIFEST).read_text())["parts"]
    assert {name: entry["bytes"] for name, entry in listed["report"].items()} == {
        "a.txt": 1,
        "tables/b.csv": 2,
    }
    assert not list(place.rglob("*.partial"))


def test_a_part_is_replaced_if_forced_and_takes_only_its_own_files_away(tmp_path):
    put(tmp_path, "fit", {"fit.nc": b"draws"}, force=False)
    put(tmp_path, "report", {"a.txt": b"a", "old.txt": b"old"}, force=False)
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="say force"):
        put(tmp_path, "report", {"new.txt": b"n", "a.txt": b"A"}, force=False)
    assert not (tmp_path / "new.txt").exists()
    put(tmp_path, "report", {"new.txt": b"n", "a.txt": b"A"}, force=True)
    assert {path.name for path in tmp_path.iterdir()} == {
        "fit.nc",
        "a.txt",
        "new.txt",
        "mine.txt",
        MANIFEST,
    }
    assert (tmp_path / "a.txt").read_bytes() == b"A"


def test_a_file_that_no_run_wrote_is_not_replaced_even_if_forced(tmp_path):
    (tmp_path / "a.txt").write_text("mine")
    with pytest.raises(InputError, match="no earlier run wrote it"):
        put(tmp_path, "report", {"a.txt": b"a", "b.txt": b"b"}, force=True)
    assert (tmp_path / "a.txt").read_text() == "mine"
    assert not (tmp_path / "b.txt").exists()


@pytest.mark.parametrize("text", ["mine", "[]", "{}"])
def test_a_manifest_of_something_else_is_not_replaced(tmp_path, text):
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(InputError, match="move it away"):
        put(tmp_path, "report", {"a.txt": b"a"}, force=True)
    assert (tmp_path / MANIFEST).read_text() == text


def test_a_run_that_ended_half_way_can_be_replaced_by_the_next(tmp_path, monkeypatch):
    write = files.write_bytes

    def full(path, content):
        if path.name == "b":
            raise OSError("no space")
        return write(path, content)

    monkeypatch.setattr(files, "write_bytes", full)
    with pytest.raises(OSError, match="no space"):
        put(tmp_path, "report", {"a": b"a", "b": b"b"}, force=False)
    assert (tmp_path / "a").exists()
    monkeypatch.undo()
    put(tmp_path, "report", {"c": b"c"}, force=True)
    assert {path.name for path in tmp_path.iterdir()} == {"c", MANIFEST}
