"""Thousands of files that nobody meant to write: read right, or refused with the reason.

Each case is a small sheet whose meaning is known, written as one of seven formats in one of the
layouts, and changed. What keeps the meaning must read as what was made; what changes it must read
as the cells say, counted and summed apart from the package, or be refused; whatever was read can be
written, read, seen and designed for. No other error ever. 500 cases always, 10,000 in `make long`.
"""

import json
import tomllib
import warnings
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
import tomli_w
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bayes_alliance.errors import InputError
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.ratings import Ratings, Study, read_ratings
from bayes_alliance.studies.runner import Place, run
from tests import hand_made
from tests.fuzz import oracles
from tests.fuzz.mutations import DAMAGING, ENTRIES, KEEPING, damaged, study_changed
from tests.fuzz.sheets import BINARY, TEXT, Sheet, content, sheet

ENDINGS = (*TEXT, *BINARY)
SHEETS = st.fixed_dictionaries(
    {
        "layout": st.sampled_from(["wide", "long"]),
        "items": st.booleans(),
        "treatment": st.sampled_from(["", "in_treatment", "last_occasion"]),
        "ending": st.sampled_from(ENDINGS),
    }
)
KINDS = st.tuples(SHEETS, st.integers(0, 2**32))


def cases(few: int) -> pytest.MarkDecorator:
    """How many cases a test has: few of them always, fifty times as many in `make long`."""
    always = pytest.param(few, marks=pytest.mark.thorough)
    return pytest.mark.parametrize(
        "n_cases", [always, pytest.param(50 * few, marks=pytest.mark.long)]
    )


def every(n_cases: int, strategy: st.SearchStrategy, holds: Callable[..., None]) -> None:
    """The same cases on every machine and in every run, one after the other, however long."""
    n_seen = 0

    @settings(
        max_examples=n_cases,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],  # a case that fails is small already, and what happened is in it
    )
    @given(strategy)
    def each(case: object) -> None:
        nonlocal n_seen
        n_seen += 1
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            holds(case)

    each()
    assert n_seen >= n_cases


def read(data: bytes, made: Sheet, folder: Path, study: object = None) -> Ratings | None:
    """Read a file; None if it is refused, with the reason."""
    file = folder / f"ratings{made.ending}"
    file.write_bytes(data)
    try:
        return read_ratings(file, study=made.study if study is None else study)
    except InputError as error:
        last_row = len(made.rows) + 4
        oracles.says_why(error, last_row=None if made.ending in TEXT else last_row)
        return None


@cases(24)
def test_what_keeps_the_meaning_reads_equal_in_every_format_and_layout(
    n_cases: int, tmp_path: Path
) -> None:
    changes = st.lists(st.sampled_from(KEEPING), max_size=4, unique=True)

    def holds(case: tuple) -> None:
        (kind, seed), chosen = case
        random = Random(seed)
        made, truth = sheet(random, **kind)
        for change in KEEPING:
            if change in chosen:
                made = change(made, random)
        ratings = read(content(made, tmp_path), made, tmp_path)
        assert ratings is not None
        oracles.means(ratings, truth)
        oracles.holds_together(ratings)

    every(n_cases, st.tuples(KINDS, changes), holds)


@cases(56)
def test_a_changed_table_reads_as_its_cells_say_or_is_refused(n_cases: int, tmp_path: Path) -> None:
    changes = st.lists(st.sampled_from(DAMAGING), min_size=1, max_size=3)

    def holds(case: tuple) -> None:
        (kind, seed), chosen = case
        random = Random(seed)
        made, _ = sheet(random, **kind)
        for change in chosen:
            made = change(made, random)
        ratings = read(content(made, tmp_path), made, tmp_path)
        if ratings is not None:
            oracles.agrees(ratings, oracles.of_cells(made, made.study))
            oracles.holds_together(ratings)

    every(n_cases, st.tuples(KINDS, changes), holds)


@cases(60)
def test_damaged_bytes_are_refused_or_read_as_ratings_that_hold_together(
    n_cases: int, tmp_path: Path
) -> None:
    saved = hand_made.fit(("child",), model="informant_level", covariates=False).to_bytes()

    def holds(case: tuple) -> None:
        kind, seed = case
        random = Random(seed)
        made, _ = sheet(random, **kind)
        ratings = read(damaged(content(made, tmp_path), random), made, tmp_path)
        if ratings is not None:
            oracles.holds_together(ratings)
        file = tmp_path / "fit.nc"
        file.write_bytes(other := damaged(saved, random))
        if other != saved:
            with pytest.raises(InputError) as error:
                Fit.load(file)
            oracles.says_why(error.value)

    every(n_cases, KINDS, holds)


@cases(44)
def test_a_changed_study_file_is_refused_or_comes_back_and_reads_as_it_says(
    n_cases: int, tmp_path: Path
) -> None:
    def holds(case: tuple) -> None:
        kind, seed = case
        random = Random(seed)
        made, _ = sheet(random, **kind)
        study = made.study
        for _ in range(random.choice([0, 1, 1, 1, 2])):
            study = study_changed(study, random)
        text = tomli_w.dumps(study)
        if random.random() < 0.3:
            text = damaged(text.encode(), random).decode(errors="replace")
        try:
            meaning = Study.from_text(text)
        except InputError as error:
            oracles.says_why(error)
            return
        assert Study.from_text(meaning.to_toml()) == meaning
        ratings = read(content(made, tmp_path), made, tmp_path, study=meaning)
        if ratings is not None:
            oracles.agrees(ratings, oracles.of_cells(made, tomllib.loads(text)))
            oracles.holds_together(ratings)

    every(n_cases, KINDS, holds)


def squared(piece: dict) -> dict:
    """The work of a study."""
    return {"y": piece["x"] ** 2}


@cases(16)
def test_lines_of_a_study_that_are_cut_mixed_or_foreign_change_no_result(
    n_cases: int, tmp_path: Path
) -> None:
    pieces = {f"piece {x}": {"x": x} for x in range(6)}
    expected = {key: squared(piece) for key, piece in pieces.items()}
    lines = [
        json.dumps({"key": key, "result": result, "error": None}).encode() + b"\n"
        for key, result in expected.items()
    ]

    def holds(seed: int) -> None:
        random = Random(seed)
        kept = random.sample(lines, random.randint(0, len(lines)))
        for _ in range(random.randint(1, 3)):
            foreign = json.dumps(random.choice(ENTRIES)).encode() + b"\n"
            line = random.choice(lines)
            cut = line[: random.randrange(len(line))]
            at = random.randint(0, len(kept))
            kept.insert(at, random.choice([foreign, cut, cut + b"\n", random.randbytes(9), b"\n"]))
        place = tmp_path / str(len(list(tmp_path.iterdir())))
        run(squared, {}, about={"seed": 1}, place=Place(out=place, progress=False))
        (place / "results.jsonl").write_bytes(b"".join(kept))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that lines are set aside is said as a warning
            first = run(squared, pieces, about={"seed": 1}, place=Place(out=place, progress=False))
        assert dict(first.done) == expected
        again = run(squared, pieces, about={"seed": 1}, place=Place(out=place, progress=False))
        assert dict(again.done) == expected

    every(n_cases, st.integers(0, 2**32), holds)
