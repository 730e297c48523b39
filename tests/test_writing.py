import os

import pytest

from bayes_alliance import writing
from bayes_alliance.writing import write_bytes, write_under_a_free_name


@pytest.fixture(params=["without a name", "with a name of its own"])
def _each_way(request, monkeypatch):
    """Files are composed without a name, or, as on other systems, under one."""
    if request.param != "without a name":
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)


@pytest.mark.usefixtures("_each_way")
def test_a_file_is_written_whole_and_replaced_if_asked(tmp_path):
    path = tmp_path / "a.txt"
    assert write_bytes(path, b"first").read_bytes() == b"first"
    assert write_bytes(path, b"second" * 100_000).read_bytes() == b"second" * 100_000
    assert os.listdir(tmp_path) == ["a.txt"]


@pytest.mark.usefixtures("_each_way")
def test_a_file_that_is_there_is_not_replaced_unasked(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        write_bytes(path, b"new", replace=False)
    assert write_under_a_free_name(path, b"new") == tmp_path / "a.1.txt"
    assert write_under_a_free_name(path, b"newer") == tmp_path / "a.2.txt"
    assert path.read_bytes() == b"mine"
    assert sorted(os.listdir(tmp_path)) == ["a.1.txt", "a.2.txt", "a.txt"]


def test_no_file_is_replaced_where_there_are_no_hard_links(tmp_path, monkeypatch):
    def refused(*_, **__):
        raise PermissionError(1, "no links here")

    monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    monkeypatch.setattr(writing.os, "link", refused)
    assert write_bytes(tmp_path / "a", b"new", replace=False).read_bytes() == b"new"
    with pytest.raises(FileExistsError):
        write_bytes(tmp_path / "a", b"newer", replace=False)
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.usefixtures("_each_way")
def test_what_fails_half_way_leaves_nothing(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing, "_store", full)
    with pytest.raises(OSError, match="No space"):
        write_bytes(tmp_path / "a", b"content")
    assert not os.listdir(tmp_path)


def test_files_have_the_permissions_that_the_user_gives_new_files(tmp_path):
    (tmp_path / "usual").touch()
    written = write_bytes(tmp_path / "written", b"")
    assert written.stat().st_mode == (tmp_path / "usual").stat().st_mode
