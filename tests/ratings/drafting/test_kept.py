"""Files as people keep them: from the draft, by what a person decides, to ratings counted alike."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bayes_alliance.cli import app
from bayes_alliance.ratings import Ratings, Study, read_ratings
from bayes_alliance.ratings.drafting import drafted
from tests.ratings.drafting.kept import KEPT, Counts, Kept


def counted(ratings: Ratings) -> Counts:
    by_informant = ratings.observed.groupby("informant", sort=False)["rating"]
    return Counts(
        children=len(ratings.children),
        therapists=len(ratings.therapists),
        ratings={str(who): (len(own), float(own.sum())) for who, own in by_informant},
    )


@pytest.mark.thorough
@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: kept.name)
def test_a_draft_with_what_a_person_decides_reads_what_stands_in_the_file(
    kept: Kept, tmp_path: Path
) -> None:
    file = tmp_path / kept.name
    kept.make(file)
    draft = drafted(file)
    said = "\n".join(draft.decide)
    for one in kept.asked:
        assert one in said
    for one in kept.said:
        assert one in draft.text
    text = draft.text
    for drafted_so, decided in kept.decided:
        assert text.count(drafted_so) == 1
        text = text.replace(drafted_so, decided)
    study = tmp_path / "study.toml"
    study.write_text(text, encoding="utf-8")
    own, expected = counted(read_ratings(file, study=study)), kept.count(file)
    assert (own.children, own.therapists) == (expected.children, expected.therapists)
    assert own.ratings.keys() == expected.ratings.keys()
    for who, (n, total) in expected.ratings.items():
        assert own.ratings[who] == (n, pytest.approx(total))


@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: kept.name)
def test_a_draft_is_read_as_it_is(kept: Kept, tmp_path: Path) -> None:
    file, study = tmp_path / kept.name, tmp_path / "study.toml"
    kept.make(file)
    said = CliRunner().invoke(app, ["draft", str(file), "--out", str(study)])
    assert said.exit_code == 0, said.output
    assert "Not read as it is" not in study.read_text(encoding="utf-8")
    said = CliRunner().invoke(app, ["check", str(file), "--study", str(study)])
    assert said.exit_code == 0, said.output


def test_drafts_are_written_as_study_files_are(tmp_path: Path) -> None:
    kept = KEPT[0]
    kept.make(tmp_path / kept.name)
    study = Study.from_text(drafted(tmp_path / kept.name).text)
    assert Study.from_text(study.to_toml()) == study
