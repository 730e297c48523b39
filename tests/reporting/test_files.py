import hashlib
import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bayes_alliance import InputError
from bayes_alliance.reporting.files import MANIFEST, folder_for, put


def test_files_are_put_below_a_folder_that_is_made(tmp_path):
    place = put(tmp_path / "out", {"report": {"a.txt": b"a", "tables/b.csv": b"bb"}}, force=False)
    assert (place / "a.txt").read_bytes() == b"a"
    assert (place / "tables" / "b.csv").read_bytes() == b"bb"
    listed = json.loads((place / MANIFEST).read_text())["parts"]
    assert {name: entry["bytes"] for name, entry in listed["report"].items()} == {
        "a.txt": 1,
        "tables/b.csv": 2,
    }
    assert not list(place.rglob("*.partial"))


def test_a_part_is_replaced_if_forced_and_takes_only_its_own_files_away(tmp_path):
    put(tmp_path, {"fit": {"fit.nc": b"draws"}}, force=False)
    put(tmp_path, {"report": {"a.txt": b"a", "old.txt": b"old"}}, force=False)
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="say force"):
        put(tmp_path, {"report": {"new.txt": b"n", "a.txt": b"A"}}, force=False)
    assert not (tmp_path / "new.txt").exists()
    put(tmp_path, {"report": {"new.txt": b"n", "a.txt": b"A"}}, force=True)
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
        put(tmp_path, {"report": {"a.txt": b"a", "b.txt": b"b"}}, force=True)
    assert (tmp_path / "a.txt").read_text() == "mine"
    assert not (tmp_path / "b.txt").exists()


@pytest.mark.parametrize("text", ["mine", "[]", "{}"])
def test_a_manifest_of_something_else_is_not_replaced(tmp_path, text):
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(InputError, match="move it away"):
        put(tmp_path, {"report": {"a.txt": b"a"}}, force=True)
    assert (tmp_path / MANIFEST).read_text() == text


def test_a_run_that_fails_half_way_leaves_what_was_there(tmp_path, monkeypatch):
    put(
        tmp_path,
        {"report": {"a": b"old", "gone": b"old"}, "fit": {"fit.nc": b"draws"}},
        force=False,
    )
    before = contents(tmp_path)
    rename = Path.rename

    def full(path, target):
        if target.name == "b":
            raise OSError("no space")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(OSError, match="no space"):
        put(tmp_path, {"report": {"a": b"new", "c/c": b"new", "b": b"new"}}, force=True)
    monkeypatch.undo()
    assert contents(tmp_path) == before
    assert not (tmp_path / "c").exists()
    put(tmp_path, {"report": {"c": b"c"}}, force=True)
    assert set(contents(tmp_path)) == {"c", "fit.nc", MANIFEST}


def test_a_run_that_is_killed_half_way_is_replaced_by_the_next(tmp_path):
    put(tmp_path, {"report": {"a": b"old", "b": b"old"}}, force=False)
    script = (
        "import os, pathlib, sys\n"
        "from bayes_alliance.reporting import files\n"
        "rename = pathlib.Path.rename\n"
        "def killed(path, target):\n"
        "    if target.name == 'c':\n"
        "        os.kill(os.getpid(), 9)\n"
        "    return rename(path, target)\n"
        "pathlib.Path.rename = killed\n"
        "files.put(sys.argv[1], {'report': {'a': b'new', 'c': b'new'}}, force=True)\n"
    )
    assert subprocess.run([sys.executable, "-c", script, tmp_path], check=False).returncode == -9
    put(tmp_path, {"report": {"a": b"newer"}}, force=True)
    assert contents(tmp_path).keys() == {"a", MANIFEST}
    assert (tmp_path / "a").read_bytes() == b"newer"


def test_a_file_that_was_changed_since_is_not_replaced_even_if_forced(tmp_path):
    put(tmp_path, {"report": {"paper.docx": b"draft", "old.csv": b"old"}}, force=False)
    (tmp_path / "paper.docx").write_bytes(b"my corrections")
    with pytest.raises(InputError, match="no longer as an earlier run wrote it"):
        put(tmp_path, {"report": {"paper.docx": b"new"}}, force=True)
    (tmp_path / "old.csv").write_bytes(b"my notes")
    put(tmp_path, {"report": {"new.csv": b"new"}}, force=True)
    assert (tmp_path / "paper.docx").read_bytes() == b"my corrections"
    assert (tmp_path / "old.csv").read_bytes() == b"my notes"


@pytest.mark.parametrize("name", ["../mine.txt", "/mine.txt", "a/../../mine.txt", "..\\mine.txt"])
def test_a_manifest_cannot_name_files_of_other_folders(tmp_path, name):
    (tmp_path / "mine.txt").write_bytes(b"mine")
    out = tmp_path / "out"
    entry = {"bytes": 4, "sha256": hashlib.sha256(b"mine").hexdigest()}
    put(out, {"report": {"a": b"a"}}, force=False)
    (out / MANIFEST).write_text(json.dumps({"parts": {"report": {name: entry}}}))
    with pytest.raises(InputError, match="move it away"):
        put(out, {"report": {"b": b"b"}}, force=True)
    assert (tmp_path / "mine.txt").exists()


def test_every_name_that_may_be_written_is_checked_before(tmp_path):
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "effects_my_meta.png").write_text("mine")
    (tmp_path / "figures" / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match=r"effects_my_meta\.png: is there already") as error:
        folder_for(tmp_path, "report.html", "figures/*.png", force=True)
    assert len(error.value.problems) == 1
    (tmp_path / "tables").write_text("mine")
    with pytest.raises(InputError, match="no earlier run wrote it"):
        folder_for(tmp_path, "tables/*.csv", force=True)


def test_a_link_that_leads_nowhere_is_somebodys(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError, match="no earlier run wrote it"):
        put(tmp_path, {"report": {"a": b"a"}}, force=True)


def test_a_folder_that_cannot_be_written_to_is_said_before_anything_is_made(tmp_path, monkeypatch):
    def refused(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "TemporaryFile", refused)
    with pytest.raises(InputError, match="Permission denied"):
        folder_for(tmp_path, force=False)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be made a folder"):
        folder_for(tmp_path / "file" / "below", force=False)


def test_a_file_gets_another_name_if_it_lies_in_the_folder_already(tmp_path):
    put(tmp_path, {"fit": {"fit.nc": b"old"}}, force=False)
    (tmp_path / "fit.1.nc").write_bytes(b"new")
    put(tmp_path, {"fit": {"fit.nc": tmp_path / "fit.1.nc"}, "report": {"a": b"a"}}, force=True)
    assert contents(tmp_path).keys() == {"fit.nc", "a", MANIFEST}
    assert (tmp_path / "fit.nc").read_bytes() == b"new"


def test_processes_that_put_files_into_one_folder_wait_for_each_other(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        tried = [
            pool.submit(put, tmp_path, {"fit": {"a": b"%d" % k, "b": b"%d" % k}}, force=False)
            for k in range(8)
        ]
    assert sum(one.exception() is None for one in tried) == 1
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def contents(folder):
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }
