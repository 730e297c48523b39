"""A fit comes back from disk exactly; nothing is overwritten unasked."""

import arviz as az
import pandas as pd
import pytest

from bayes_alliance.errors import InputError
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
