"""A fit comes back from disk exactly; nothing is overwritten unasked."""

import os
import subprocess
import sys

import arviz as az
import pandas as pd
import pytest

from bayes_alliance.errors import InputError
from bayes_alliance.posterior import saving
from bayes_alliance.posterior.fit import Fit
from tests import hand_made


@pytest.fixture(scope="module")
def fit():
    return hand_made.fit()


def test_a_saved_fit_comes_back_exactly(fit, tmp_path) -> None:
    path = fit.save(tmp_path / "growth.nc")
    back = Fit.load(path)
    assert back.moments.identical(fit.moments)
    assert back.stats.identical(fit.stats)
    assert back.spec == fit.spec
    for name in ("long", "children", "therapists", "clinics", "occasions"):
        pd.testing.assert_frame_equal(getattr(back.ratings, name), getattr(fit.ratings, name))
    assert back.ratings.scales == fit.ratings.scales
    assert back.ratings.covariates == fit.ratings.covariates
    assert back.ratings.synthetic == fit.ratings.synthetic
    for name in ("engine", "seed", "versions", "seconds", "gradient_evaluations", "interrupted"):
        assert getattr(back, name) == getattr(fit, name)


def test_arviz_reads_the_file_too(fit, tmp_path) -> None:
    tree = az.from_netcdf(fit.save(tmp_path / "growth.nc")).load()
    assert float(tree["posterior"]["level"].mean()) == pytest.approx(
        float(fit.moments["level"].mean())
    )
    tree.close()


def test_a_file_that_is_there_is_not_replaced_unless_asked(fit, tmp_path) -> None:
    path = fit.save(tmp_path / "growth.nc")
    before = path.read_bytes()
    with pytest.raises(InputError, match="exists already"):
        fit.save(path)
    assert path.read_bytes() == before
    fit.save(path, overwrite=True)
    assert [p.name for p in tmp_path.iterdir()] == ["growth.nc"]


def test_files_that_hold_no_fit_are_named(tmp_path) -> None:
    with pytest.raises(InputError, match="no such file"):
        Fit.load(tmp_path / "absent.nc")
    (tmp_path / "text.nc").write_text("not netCDF")
    with pytest.raises(InputError, match="not a netCDF file"):
        Fit.load(tmp_path / "text.nc")
    with pytest.raises(InputError, match="does not exist"):
        hand_made.fit().save(tmp_path / "nowhere" / "growth.nc")


@pytest.fixture(scope="module")
def saved(fit) -> bytes:
    return fit.to_bytes()


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.9, 0.9999])
def test_a_file_that_was_cut_off_is_refused_with_one_sentence(saved, tmp_path, share) -> None:
    (tmp_path / "cut.nc").write_bytes(saved[: int(share * len(saved))])
    with pytest.raises(InputError, match=r"cut off|not a netCDF file") as error:
        Fit.load(tmp_path / "cut.nc")
    assert len(error.value.problems) == 1


@pytest.mark.parametrize("share", [0.001, 0.2, 0.5, 0.8, 0.9999])
def test_a_file_with_a_damaged_byte_is_refused_with_one_sentence(saved, tmp_path, share) -> None:
    damaged = bytearray(saved)
    damaged[int(share * len(saved))] ^= 1
    (tmp_path / "damaged.nc").write_bytes(damaged)
    with pytest.raises(InputError, match=r"damaged|changed by another program") as error:
        Fit.load(tmp_path / "damaged.nc")
    assert len(error.value.problems) == 1


def test_a_fit_of_a_newer_version_is_refused_with_one_sentence(fit, tmp_path, monkeypatch) -> None:
    with monkeypatch.context() as newer:
        newer.setattr(saving, "VERSION", saving.VERSION + 1)
        fit.save(tmp_path / "newer.nc")
    with pytest.raises(InputError, match="use the version that saved it") as error:
        Fit.load(tmp_path / "newer.nc")
    assert len(error.value.problems) == 1


def test_saving_a_fit_leaves_no_other_file_with_ratings_even_if_it_is_killed(
    saved, tmp_path
) -> None:
    script = (
        "import os, pathlib, sys\n"
        "from bayes_alliance import writing\n"
        "os.fsync = lambda _: os.kill(os.getpid(), 9)\n"
        "writing.write_bytes(pathlib.Path(sys.argv[1]), b'ratings' * 1000)\n"
    )
    path = tmp_path / "fit.nc"
    path.write_bytes(saved)
    command = [sys.executable, "-c", script, str(path)]
    assert subprocess.run(command, check=False).returncode == -9
    assert path.read_bytes() == saved
    if hasattr(os, "O_TMPFILE"):
        assert os.listdir(tmp_path) == ["fit.nc"]
