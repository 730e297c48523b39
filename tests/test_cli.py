import contextlib
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from functools import partial

import pandas as pd
import pytest
import typer
from rich.text import Text
from typer.testing import CliRunner

import bayes_alliance as ba
from bayes_alliance.cli import app
from bayes_alliance.cli.app import chosen_model
from bayes_alliance.errors import InputError
from bayes_alliance.ratings.as_text import data_hash
from bayes_alliance.reporting import tables
from tests import hand_made
from tests.small import small_ratings

FIT_FILES = {"fit.nc", "summary.csv", "estimands.csv", "checks.json", "run.json", "manifest.json"}
TWO = hand_made.ratings(("child", "caregiver"))
REPORT_FILES = {
    "report.html",
    "report.md",
    "paper.md",
    "paper.qmd",
    "paper.tex",
    "paper.docx",
    "figures",
    "tables",
    "manifest.json",
}


def run(*arguments):
    """Run the command line in this process."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def process(*arguments, **options):
    """Run the command line as users do."""
    command = [sys.executable, "-m", "bayes_alliance", *(str(argument) for argument in arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A ratings file and its study file."""
    folder = tmp_path_factory.mktemp("data")
    TWO.write(folder)
    return folder


@pytest.fixture(scope="module")
def fitted(data, tmp_path_factory):
    """The folder of a fit with far too few draws, and what the command said."""
    out = tmp_path_factory.mktemp("fitted") / "new" / "folder"
    said = run(
        *("fit", data / "ratings.csv", "--study", data / "study.toml", "--out", out),
        *("--model", "informant_level", "--covariates", "anxiety"),
        *("--seed", 3, "--chains", 2, "--draws", 20, "--tune", 20),
    )
    return out, said


def test_check_describes_the_ratings(data):
    said = run("check", data / "ratings.csv", "--study", data / "study.toml")
    assert said.exit_code == 0
    assert "12 children" in said.stdout
    assert "SYNTHETIC" in said.stdout


def test_check_lists_every_problem_without_a_traceback(data, tmp_path):
    frame = pd.read_csv(data / "ratings.csv")
    frame.loc[0, "rating_child"] = 99
    frame.loc[1, "rating_caregiver"] = 3
    frame.to_csv(tmp_path / "wrong.csv", index=False)
    said = process("check", tmp_path / "wrong.csv", "--study", data / "study.toml")
    assert said.returncode == 2
    assert said.stdout == ""
    assert "99" in said.stderr
    assert "rating_caregiver" in said.stderr
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize("command", ["check", "fit"])
def test_a_file_that_is_not_there_is_bad_input(command, data, tmp_path):
    out = ["--out", tmp_path / "out"] if command == "fit" else []
    said = run(command, tmp_path / "no.csv", "--study", data / "study.toml", *out)
    assert said.exit_code == 2
    assert "no.csv" in said.stderr
    said = run(command, data / "ratings.csv", "--study", tmp_path / "no.toml", *out)
    assert said.exit_code == 2
    assert "no.toml" in said.stderr
    assert not (tmp_path / "out").exists()


def test_models_are_listed_the_recommended_first():
    said = run("models")
    assert said.exit_code == 0
    assert said.stdout.startswith("informant_growth")
    for name in ba.list_models()["name"]:
        assert name in said.stdout


def test_a_model_is_printed_in_words_or_as_its_file(tmp_path):
    spec = ba.load_model("informant_growth")
    assert str(spec) in run("models", "informant_growth").stdout
    (tmp_path / "mine.toml").write_text(run("models", "informant_growth", "--toml").stdout)
    assert ba.load_model(tmp_path / "mine.toml") == spec


def test_a_misspelt_model_is_answered_with_the_nearest():
    said = run("models", "informant_grow")
    assert said.exit_code == 2
    assert "Did you mean 'informant_growth'?" in said.stderr


def test_a_misspelt_covariate_is_answered_with_the_nearest(data, tmp_path):
    said = run(
        *("fit", data / "ratings.csv", "--study", data / "study.toml", "--out", tmp_path / "out"),
        *("--covariates", "anxeity,experience"),
    )
    assert said.exit_code == 2
    assert "Did you mean 'anxiety'?" in said.stderr
    assert not (tmp_path / "out").exists()


def test_levels_that_the_study_file_does_not_name_are_left_out_of_any_model(capsys):
    spec = chosen_model(TWO, model="growth_with_clinics", without="", covariates="anxiety")
    assert (spec.therapist is not None, spec.clinic) == (True, None)
    said = capsys.readouterr().out
    assert said == "The study file names no clinics: the model has no clinic effects.\n"
    alone = small_ratings(therapists=False, clinics=False)
    spec = chosen_model(alone, model="growth_with_clinics", without="", covariates="")
    assert (spec.therapist, spec.clinic) == (None, None)
    assert capsys.readouterr().out.count("The study file names no") == 2


def test_covariates_of_a_command_act_where_it_says():
    def acting(covariates):
        spec = chosen_model(TWO, model=None, without="", covariates=covariates)
        return {term.name: term.on for term in spec.covariates}

    both = ("level", "slope")
    assert acting("anxiety, experience") == {"anxiety": both, "experience": both}
    assert acting("anxiety on slope") == {"anxiety": ("slope",)}
    assert acting("anxiety on level and slope") == {"anxiety": both}
    assert acting("anxiety on slope, experience, anxiety:experience") == {
        "anxiety": ("slope",),
        "experience": both,
        "anxiety:experience": ("slope",),
    }
    with pytest.raises(InputError, match="slop"):
        acting("anxiety on slop")
    with pytest.raises(InputError, match="Did you mean 'anxiety'"):
        acting("anxeity:experience")


def test_occasions_of_a_shipped_model_are_those_of_the_ratings(capsys, tmp_path):
    of_two = replace(TWO, long=TWO.long[TWO.long["time"].isin((4.0, 12.0))])
    spec = chosen_model(of_two, model="categorical_visits", without="", covariates="")
    assert spec.trajectory.knots == (12.0,)
    assert "Occasions of the model are those of the ratings: 4 and 12." in capsys.readouterr().out
    own = tmp_path / "own.toml"
    own.write_text(ba.load_model("categorical_visits").to_toml(), encoding="utf-8")
    spec = chosen_model(of_two, model=str(own), without="", covariates="")
    assert spec.trajectory.knots == (8.0, 12.0, 16.0)


def test_an_arm_on_the_slope_of_occasions_differs_at_every_visit_but_the_first(capsys):
    chosen = partial(chosen_model, TWO, model="categorical_visits", without="")
    (term,) = chosen(covariates="anxiety on slope").covariates
    assert term.on == ("change_1", "change_2", "change_3")
    (term,) = chosen(covariates="anxiety").covariates
    assert term.on == ("level", "change_1", "change_2", "change_3")
    product = chosen(covariates="anxiety on slope, experience, anxiety:experience").covariates[-1]
    assert product.on == ("change_1", "change_2", "change_3")


@pytest.mark.parametrize("wrong", [("--draws", "0"), ("--chains", "many"), ("--modle", "x")])
def test_wrong_options_are_bad_input(wrong, data, tmp_path):
    said = run(
        *("fit", data / "ratings.csv", "--study", data / "study.toml", "--out", tmp_path), *wrong
    )
    assert said.exit_code == 2


def test_an_unknown_engine_is_bad_input(data, tmp_path):
    said = run(
        *("fit", data / "ratings.csv", "--study", data / "study.toml", "--out", tmp_path),
        *("--engine", "steam"),
    )
    assert said.exit_code == 2
    assert "steam" in said.stderr


@pytest.mark.builds
@pytest.mark.builds
def test_fit_writes_every_file_it_promises(fitted):
    out, said = fitted
    assert said.exception is None or isinstance(said.exception, SystemExit), said.exception
    assert {path.name for path in out.iterdir()} == FIT_FILES | REPORT_FILES
    assert not list(out.rglob("*.partial"))


@pytest.mark.builds
def test_fit_with_too_few_draws_ends_with_1_loudly_and_keeps_its_results(fitted):
    out, said = fitted
    assert said.exit_code == 1
    assert "CHECK FAILED: convergence" in said.stderr
    checks = json.loads((out / "checks.json").read_text())
    assert checks["convergence"]["verdict"] == "fail"
    assert checks["convergence"]["sentence"] in said.stderr


@pytest.mark.builds
def test_the_csv_files_are_the_tables_of_the_saved_fit(fitted):
    out, _ = fitted
    fit = ba.Fit.load(out / "fit.nc")
    for name, table in (("summary", tables.summary(fit)), ("estimands", tables.estimands(fit))):
        found = pd.read_csv(out / f"{name}.csv")
        labels = found.select_dtypes("str").columns  # an empty cell is no label
        found[labels] = found[labels].astype(object).where(found[labels].notna(), None)
        pd.testing.assert_frame_equal(found, table, check_dtype=False, rtol=1e-12)
    quantities = set(pd.read_csv(out / "summary.csv")["quantity"])
    assert {"level[child]", "level_on[anxiety,caregiver]", "residual_sd[child]"} <= quantities


@pytest.mark.builds
def test_the_run_file_says_how_the_fit_was_made(fitted, data):
    out, _ = fitted
    made = json.loads((out / "run.json").read_text())
    assert made["seed"] == 3
    assert made["model"] == "informant_level"
    assert (made["chains"], made["draws"]) == (2, 20)
    assert made["data_hash"] == data_hash(TWO)
    assert made["versions"]["bayes-alliance"] == ba.__version__
    assert set(made["gradient_evaluations"]) == {"warmup", "sampling"}
    assert made["gradient_evaluations"]["sampling"] > 40
    assert {"read", "sample", "check", "write", "report"} <= set(made["seconds"])
    assert made["spec"]["covariates"] == {"anxiety": ["level", "slope"]}
    assert str(data / "ratings.csv") in made["files"]


@pytest.mark.builds
def test_fit_says_the_results_in_words_and_where_they_lie(fitted):
    out, said = fitted
    assert "points at 4 months" in said.stdout
    assert str(out / "report.html") in said.stdout
    assert "SYNTHETIC" in said.stdout


@pytest.mark.builds
def test_fit_never_replaces_another_fit_unless_forced(fitted, data):
    out, _ = fitted
    before = (out / "fit.nc").read_bytes()
    said = run("fit", data / "ratings.csv", "--study", data / "study.toml", "--out", out)
    assert said.exit_code == 2
    assert "--force" in said.stderr
    assert (out / "fit.nc").read_bytes() == before


@pytest.mark.builds
@pytest.mark.builds
def test_a_report_is_made_again_from_a_saved_fit(fitted, tmp_path):
    out, _ = fitted
    said = run("report", out / "fit.nc", "--out", tmp_path / "again")
    assert said.exit_code == 1
    first = (out / "report.md").read_text(encoding="utf-8")
    assert (tmp_path / "again" / "report.md").read_text(encoding="utf-8") == first
    assert {path.name for path in (tmp_path / "again").iterdir()} == REPORT_FILES


@pytest.mark.builds
@pytest.mark.samples
def test_the_usual_analysis_and_other_fits_are_put_beside_a_saved_fit_if_asked_for(
    fitted, tmp_path
):
    out, _ = fitted
    other = tmp_path / "other.nc"
    shutil.copy(out / "fit.nc", other)
    said = run("report", out / "fit.nc", "--out", tmp_path, "--usual", "--beside", other)
    assert "separate_levels" in said.stdout
    found = pd.read_csv(tmp_path / "tables" / "usual.csv")
    assert set(found["of"]) == {"child", "caregiver", "child;caregiver"}
    level = found[found["quantity"] == "average level"].set_index("of")
    summary = pd.read_csv(out / "summary.csv").set_index("quantity")
    assert level.loc["child", "joint"] == pytest.approx(summary.loc["level[child]", "median"])
    assert not (out / "tables" / "usual.csv").exists()
    beside = pd.read_csv(tmp_path / "tables" / "side_by_side.csv")
    assert set(beside["fit"]) == {str(out / "fit.nc"), str(other)}
    assert (
        beside[beside["name"] == "level[child]"]["median"] == summary.loc["level[child]", "median"]
    ).all()
    assert "the same ratings, the same model" in (tmp_path / "report.md").read_text("utf-8")


def test_a_report_of_a_file_that_is_no_fit_is_bad_input(data, tmp_path):
    said = run("report", data / "ratings.csv", "--out", tmp_path / "out")
    assert said.exit_code == 2
    assert run("report", tmp_path / "no.nc", "--out", tmp_path / "out").exit_code == 2
    assert not (tmp_path / "out").exists()


def test_simulated_ratings_can_be_read_and_their_truth_has_the_names_of_the_summary(tmp_path):
    out = tmp_path / "simulated"
    said = run("simulate", "--families", 20, "--therapists", 5, "--seed", 2, "--out", out)
    assert said.exit_code == 0
    ratings = ba.read_ratings(out / "ratings.csv", study=out / "study.toml")
    assert len(ratings.children) == 20
    assert ratings.synthetic
    assert "level[child]" in json.loads((out / "truth.json").read_text())["quantities"]
    again = run("simulate", "--families", 20, "--therapists", 5, "--seed", 2, "--out", out)
    assert again.exit_code == 2
    before = (out / "ratings.csv").read_text()
    forced = ("--force", "--therapists", 5)
    assert run("simulate", "--families", 20, "--seed", 2, "--out", out, *forced).exit_code == 0
    assert (out / "ratings.csv").read_text() == before


def test_help_names_every_command_and_each_has_help():
    said = run("--help")
    assert said.exit_code == 0
    for command in ("demo", "check", "models", "fit", "report", "simulate", "sensitivity"):
        assert command in said.stdout
        assert run(command, "--help").exit_code == 0


def test_examples_in_brackets_are_read_in_the_help():
    flat = {
        command: " ".join(re.sub("[│╭╮╰╯─]", " ", run(command, "--help").stdout).split())
        for command in ("sensitivity", "atlas", "study-file", "collect")
    }
    for command in ("sensitivity", "atlas"):
        assert "as 'slope[child] > 0'" in flat[command]
    assert "or 'level[caregiver] - level[child] in (-1, 1)';" in flat["sensitivity"]
    assert "needs layout, [columns], [informants] and [scale];" in flat["study-file"]
    assert "{DIR} [OTHER]..." in flat["collect"]


def test_help_is_marked_up_with_nothing_but_bold():
    group = typer.main.get_command(app)
    for command in (group, *group.commands.values()):
        texts = [
            command.help,
            command.epilog,
            *(getattr(one, "help", "") for one in command.params),
        ]
        for text in texts:
            shown = Text.from_markup(text or "")
            # What is in brackets and is not to be seen is a style, known to Rich or not.
            assert {str(span.style) for span in shown.spans} <= {"bold"}, (command.name, text)


@pytest.mark.parametrize("arguments", [["--help"], ["models"], ["check"]])
def test_light_commands_load_no_heavy_packages(arguments, data):
    if arguments == ["check"]:
        arguments = ["check", str(data / "ratings.csv"), "--study", str(data / "study.toml")]
    code = (
        "import sys\n"
        "from bayes_alliance.cli import app\n"
        "try:\n"
        f"    app({arguments!r})\n"
        "except SystemExit as end:\n"
        "    assert end.code in (0, None), end.code\n"
        "heavy = {'pymc', 'pytensor', 'arviz', 'arviz_stats', 'matplotlib', 'xarray', 'numba'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    command = [sys.executable, "-c", code]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr


@pytest.mark.samples
def test_an_interruption_while_sampling_keeps_the_draws_made_so_far(data, tmp_path):
    out = tmp_path / "out"
    screen, terminal = pty.openpty()
    command = [sys.executable, "-m", "bayes_alliance", "fit", str(data / "ratings.csv")]
    command += ["--study", str(data / "study.toml"), "--out", str(out)]
    command += ["--model", "informant_level", "--chains", "2", "--draws", "100000", "--tune", "50"]
    running = subprocess.Popen(command, stderr=terminal, stdout=subprocess.DEVNULL)
    os.close(terminal)
    shown = ""
    while max((int(n) for n in re.findall(r"(\d+)/200100", shown)), default=0) < 2000:
        shown += os.read(screen, 10_000).decode(errors="replace")
    running.send_signal(signal.SIGINT)
    with contextlib.suppress(OSError):  # how a terminal says that nobody writes to it any more
        while said := os.read(screen, 10_000):
            shown += said.decode(errors="replace")
    os.close(screen)
    assert running.wait() == 130
    assert "INTERRUPTED: the draws made so far are kept" in shown
    assert "Traceback" not in shown
    assert {path.name for path in out.iterdir()} == FIT_FILES
    fit = ba.Fit.load(out / "fit.nc")
    assert fit.interrupted
    assert 10 < fit.moments.sizes["draw"] < 100_000
    assert json.loads((out / "run.json").read_text())["interrupted"] is True


@pytest.mark.samples
def test_demo_writes_a_report_and_replaces_only_an_earlier_demo(tmp_path):
    out = tmp_path / "demo"
    said = run("demo", "--out", out)
    verdict = json.loads((out / "checks.json").read_text())["convergence"]["verdict"]
    assert said.exit_code == (1 if verdict == "fail" else 0)
    assert {path.name for path in out.iterdir()} == FIT_FILES | REPORT_FILES
    assert "SYNTHETIC" in (out / "report.html").read_text(encoding="utf-8")
    made = json.loads((out / "run.json").read_text())
    (out / "run.json").write_text(json.dumps(made | {"command": "fit"}))
    said = run("demo", "--out", out)
    assert said.exit_code == 2
    assert "is there already" in said.stderr
