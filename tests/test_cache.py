"""Where nothing can be kept on disk, one warning comes and everything works."""

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from numba import types
from numba.core.caching import IndexDataCacheFile

import bayes_alliance
from bayes_alliance import cache
from bayes_alliance.posterior import progress

PACKAGE = Path(bayes_alliance.__file__).parent
COMPILING = """
import os, sys
from bayes_alliance import pymc_model
import numba

@numba.njit(cache=True)
def twice(x):
    return 2 * x

assert twice(3) == 6
import pytensor
for folder in (numba.config.CACHE_DIR, pytensor.config.compiledir):
    assert str(folder).startswith(os.environ["TMPDIR"]), folder
print("done")
"""
FITTING = """
import bayes_alliance as ba

spec, ratings = ba.load_model("informant_growth"), ba.load_example()
fit = ba.fit(spec, ratings, seed=1, draws=20, tune=50, chains=1)
print(fit.moments.sizes["draw"])
"""


def without_folders(tmp_path: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Run a script with a package, home and cache folder that cannot be written to.

    No user is kept from writing by permissions in a container, so that files stand where folders
    would have to be made.
    """
    package = tmp_path / "site" / "bayes_alliance"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(PACKAGE.parent / "models", package / "models")
    for folder in [package, *package.rglob("*/")]:
        if folder.is_dir():
            (folder / "__pycache__").write_text("")
    nowhere = tmp_path / "file"
    nowhere.write_text("")
    (tmp_path / "temporary").mkdir()
    (tmp_path / "script.py").write_text(script)
    (tmp_path / "__pycache__").write_text("")
    variables = {
        "HOME": str(nowhere),
        "XDG_CACHE_HOME": str(nowhere / "cache"),
        "NUMBA_CACHE_DIR": str(nowhere / "numba"),
        "MPLCONFIGDIR": str(tmp_path / "temporary"),
        "TMPDIR": str(tmp_path / "temporary"),
        "PYTHONPATH": str(package.parent),
        "PYTENSOR_FLAGS": "",
    }
    return subprocess.run(
        [sys.executable, "script.py"],
        cwd=tmp_path,
        env=dict(os.environ) | variables,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.builds
def test_without_a_folder_to_keep_them_functions_are_compiled_for_the_run(tmp_path: Path) -> None:
    run = without_folders(tmp_path, COMPILING)
    assert run.returncode == 0, run.stderr
    assert run.stdout == "done\n"
    assert run.stderr.count("No folder can be written to") == 1
    # What was made for the run is gone with it.
    assert list((tmp_path / "temporary").glob("bayes_alliance_*")) == []


@pytest.mark.long
def test_a_model_is_fitted_without_a_folder_and_says_what_takes_so_long(tmp_path: Path) -> None:
    run = without_folders(tmp_path, FITTING)
    assert run.returncode == 0, run.stderr
    assert run.stdout == "20\n"
    assert run.stderr.count("No folder can be written to") == 1
    assert run.stderr.count(progress.EVERY_TIME) == 1


def test_a_compilation_is_announced_once_and_only_if_it_happens(
    capsys: pytest.CaptureFixture[str],
) -> None:
    import numba

    for shown, lines in ((False, []), (True, [progress.ONCE])):
        first, second = (numba.njit(lambda x: x + 1), numba.njit(lambda x: x + 2))
        with progress.compilation_announced(shown=shown):
            assert first(1) + second(1) == 5
        assert capsys.readouterr().err.splitlines() == lines
    with progress.compilation_announced(shown=True):
        assert first(1) == 2
    assert capsys.readouterr().err == ""


def test_a_full_disk_costs_a_warning_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def twice(x):  # type: ignore[no-untyped-def]
        return 2.0 * x

    monkeypatch.setattr(IndexDataCacheFile, "save", full)
    with pytest.warns(UserWarning, match=r"could not be saved.*No space left on device"):
        compiled = cache.as_c_function(types.float64(types.float64), twice)
    assert compiled.ctypes(3.0) == 6.0
