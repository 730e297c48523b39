"""Nothing of the user's is lost: neither files that were there nor draws that were made."""

import dataclasses
import errno
import os
import signal
from pathlib import Path

import pytest
from typer.testing import CliRunner

import bayes_alliance as ba
from bayes_alliance import results
from bayes_alliance.cli import app, keeping
from bayes_alliance.reporting import document, files
from bayes_alliance.results.collection import collected
from tests import hand_made

pytestmark = pytest.mark.builds

SMALL = hand_made.fit(("child",), model="informant_level", covariates=False)


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def computed():
    """Checks and records of the fit made by hand."""
    return ba.checks.standard(SMALL), collected(SMALL)


@pytest.fixture
def fit(tmp_path, monkeypatch, computed):
    """The command, what it computes replaced by what is made already; it writes into `out`."""
    checks, records = computed
    monkeypatch.setattr(ba.checks, "standard", lambda _: checks)
    monkeypatch.setattr(results.collection, "collected", lambda _: records)
    SMALL.ratings.write(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(ba, "fit", lambda *_, **__: SMALL)

    def run(*options):
        return CliRunner().invoke(
            app, ["fit", "ratings.csv", "--study", "study.toml", "--out", "out", *options]
        )

    return run


@pytest.fixture
def composing(monkeypatch):
    """What happens instead of composing a report."""

    def happens(step):
        monkeypatch.setattr(document.composition, "composed", lambda *_, **__: step())

    return happens


def failing():
    raise RuntimeError("no figure")


def saved(folder, name="fit.nc"):
    return ba.Fit.load(folder / name).moments.identical(SMALL.moments)


def test_a_folder_with_files_of_the_user_is_refused_before_sampling(fit, tmp_path, monkeypatch):
    out = tmp_path / "out"
    (out / "tables").mkdir(parents=True)
    (out / "figures").mkdir()
    for name in ("paper.docx", "tables/shares.csv", "figures/effects_my_meta.png", "notes.txt"):
        (out / name).write_text("mine")
    before = contents(out)
    monkeypatch.setattr(ba, "fit", lambda *_, **__: pytest.fail("sampled"))
    for options in ((), ("--force",)):
        said = fit(*options)
        assert said.exit_code == 2
        assert said.stderr.count("no earlier run wrote it") == 3
        assert contents(out) == before


def test_a_crash_after_sampling_keeps_the_draws_and_names_a_file_with_the_traceback(
    fit, composing, tmp_path
):
    composing(failing)
    said = fit()
    assert said.exit_code == 3
    assert "The draws are kept: out/fit.nc" in said.stderr
    assert "bayes-alliance report out/fit.nc --out out" in said.stderr
    assert "Traceback" not in said.stderr
    assert "no figure" in said.stderr
    assert contents(tmp_path / "out").keys() == {"fit.nc", "manifest.json"}
    assert saved(tmp_path / "out")
    assert "RuntimeError: no figure" in (tmp_path / "bayes-alliance-error.txt").read_text()
    fit("--force")
    assert (tmp_path / "bayes-alliance-error.1.txt").exists()


def test_a_report_goes_on_from_the_draws_that_were_kept(fit, composing, tmp_path):
    composing(failing)
    again = fit().stderr.split("For a report of them: bayes-alliance ")[1].split("\n")[0]
    composing(lambda: {"report.html": b"a report"})
    assert CliRunner().invoke(app, again.split()).exit_code in (0, 1)
    assert (tmp_path / "out" / "report.html").read_bytes() == b"a report"
    assert saved(tmp_path / "out")


def test_a_crash_leaves_the_results_of_an_earlier_run(fit, composing, tmp_path):
    composing(dict)
    assert fit().exit_code in (0, 1)
    before = contents(tmp_path / "out")
    composing(failing)
    said = fit("--force")
    assert said.exit_code == 3
    assert "The draws are kept: out/fit.1.nc" in said.stderr
    after = contents(tmp_path / "out")
    assert after.pop("fit.1.nc")
    assert after == before
    assert saved(tmp_path / "out", "fit.1.nc")


def test_a_forced_run_takes_the_place_of_an_earlier_one_at_its_end(fit, composing, tmp_path):
    composing(dict)
    fit()
    said = fit("--force")
    assert said.exit_code in (0, 1)
    expected = {"fit.nc", "summary.csv", "estimands.csv", "checks.json", "run.json"}
    assert contents(tmp_path / "out").keys() == expected | {"manifest.json"}


def test_interrupted_sampling_leaves_the_results_of_an_earlier_run(
    fit, composing, tmp_path, monkeypatch
):
    composing(dict)
    fit()
    before = contents(tmp_path / "out")
    cut = dataclasses.replace(SMALL, interrupted=True)
    monkeypatch.setattr(ba, "fit", lambda *_, **__: cut)
    said = fit("--force")
    assert said.exit_code == 130
    assert "INTERRUPTED: the draws made so far are kept: out/fit.1.nc" in said.stderr
    after = contents(tmp_path / "out")
    assert after.pop("fit.1.nc")
    assert after == before


def test_a_run_that_finished_first_is_left_alone_and_the_draws_are_kept_beside_it(
    fit, tmp_path, monkeypatch
):
    def meanwhile(*_, **__):
        files.put(tmp_path / "out", {"fit": {"fit.nc": b"theirs", "run.json": b"{}"}}, force=False)
        return SMALL

    monkeypatch.setattr(ba, "fit", meanwhile)
    monkeypatch.setattr(document.composition, "composed", lambda *_, **__: {})
    said = fit()
    assert said.exit_code == 2
    assert "The draws are kept: out/fit.1.nc" in said.stderr
    assert saved(tmp_path / "out", "fit.1.nc")
    assert (tmp_path / "out" / "fit.nc").read_bytes() == b"theirs"


@pytest.mark.parametrize(
    "there", ["in the folder of the shell", "at home", "in a temporary folder"]
)
def test_draws_that_their_folder_does_not_take_are_kept_elsewhere(
    fit, tmp_path, monkeypatch, there
):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    place = {"in the folder of the shell": tmp_path, "at home": tmp_path / "home"}.get(there)
    (tmp_path / "home").mkdir()
    write = keeping.write_under_a_free_name

    def only_there(path, content):
        if place not in (None, path.parent) or (
            place is None and path.parent in (tmp_path, tmp_path / "home")
        ):
            full()
        return write(path, content)

    monkeypatch.setattr(keeping, "_in_its_folder", full)
    monkeypatch.setattr(keeping, "write_under_a_free_name", only_there)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    said = fit()
    assert said.exit_code == 2
    assert "No space left on device" in said.stderr
    kept = Path(said.stderr.split("The draws are kept: ")[1].split(". For a report")[0])
    assert place in (None, kept.parent)
    assert saved(kept.parent, kept.name)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interruption_after_sampling_says_where_the_draws_are(fit, composing, tmp_path, number):
    composing(lambda: os.kill(os.getpid(), number))
    said = fit()
    assert said.exit_code == 130
    assert said.stderr.startswith("Interrupted.\nThe draws are kept: out/fit.nc.")
    assert saved(tmp_path / "out")


def test_an_interruption_while_draws_are_saved_is_answered_when_they_are(
    fit, tmp_path, monkeypatch
):
    to_bytes = ba.Fit.to_bytes

    def interrupted(self):
        os.kill(os.getpid(), signal.SIGINT)
        return to_bytes(self)

    monkeypatch.setattr(ba.Fit, "to_bytes", interrupted)
    said = fit()
    assert said.exit_code == 130
    assert "The draws are kept: out/fit.nc" in said.stderr
    assert saved(tmp_path / "out")


def test_an_interruption_before_sampling_says_that_no_draw_was_kept(fit, tmp_path, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(ba, "fit", interrupted)
    said = fit()
    assert said.exit_code == 130
    assert said.stderr == "Interrupted before any draw was kept; no fit was written.\n"
    assert not contents(tmp_path / "out")


def test_an_interrupted_report_says_that_the_saved_fit_is_as_it_was(composing, tmp_path):
    SMALL.save(tmp_path / "fit.nc")
    composing(lambda: os.kill(os.getpid(), signal.SIGINT))
    said = CliRunner().invoke(
        app, ["report", str(tmp_path / "fit.nc"), "--out", str(tmp_path / "out")]
    )
    assert said.exit_code == 130
    assert said.stderr == "Interrupted: no report was written; the saved fit is as it was.\n"


def test_signals_that_were_ignored_stay_ignored(fit, composing):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        composing(lambda: os.kill(os.getpid(), signal.SIGHUP) or {})
        assert fit().exit_code in (0, 1)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_full_disk_is_a_sentence_and_no_error_of_ours(fit, composing, tmp_path):
    def full():
        raise OSError(errno.ENOSPC, "No space left on device", "out/report.html")

    composing(full)
    said = fit()
    assert said.exit_code == 2
    assert "out/report.html cannot be written to or read: No space left" in said.stderr
    assert "The draws are kept" in said.stderr
    assert not (tmp_path / "bayes-alliance-error.txt").exists()
