"""LaTeX of a paper: compiled where a compiler is installed, read by a small parser elsewhere."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

COMPILER = next((path for name in ("tectonic", "lualatex") if (path := shutil.which(name))), None)
# Signs that mean something to LaTeX, where no backslash stands before them.
BARE = re.compile(r"(?<!\\)[%#_^]")

MATH = re.compile(r"\\begin\{align\*\}.*?\\end\{align\*\}", re.DOTALL)


@pytest.fixture(scope="module")
def files(report_of_hand_made: Path) -> dict[str, str]:
    paths = [report_of_hand_made / "paper.tex", *(report_of_hand_made / "tables").glob("*.tex")]
    return {path.name: path.read_text(encoding="utf-8") for path in paths}


def body(name: str, text: str) -> str:
    """A file without its comment in the first line, and without names of files and labels."""
    text = text if name == "paper.tex" else text.partition("\n")[2]
    return re.sub(r"\\(?:label|input|includegraphics(?:\[[^]]*\])?)\{[^}]*\}", "", text)


def open_ones(text: str) -> list[str]:
    """Environments that are ended by another, or not at all."""
    stack: list[str] = []
    for kind, name in re.findall(r"\\(begin|end)\{(\w+\*?)\}", text):
        if kind == "begin":
            stack.append(name)
        elif not stack or stack.pop() != name:
            return [name]
    return stack


def test_environments_and_braces_are_closed(files: dict[str, str]) -> None:
    assert len(files) > 5
    for name, text in files.items():
        assert open_ones(text) == [], name
        bare = re.sub(r"\\[&%$#_{}\\]", "", text)
        assert bare.count("{") == bare.count("}"), name
        assert bare.count("$") % 2 == 0, name


def test_no_sign_of_latex_is_left_bare(files: dict[str, str]) -> None:
    for name, text in files.items():
        math = re.sub(r"\$[^$]*\$", "", MATH.sub("", body(name, text)))
        assert not BARE.findall(math), name
        rows = [line for line in math.splitlines() if line.rstrip().endswith("\\\\")]
        assert all("&" in row for row in rows), name


def test_rows_of_a_table_have_as_many_cells_as_it_has_columns(files: dict[str, str]) -> None:
    for name, text in files.items():
        for columns, rows in re.findall(
            r"\\begin\{tabular\}\{(\w+)\}(.*?)\\end\{tabular\}", text, flags=re.DOTALL
        ):
            for row in rows.splitlines():
                if row.endswith("\\\\"):
                    assert len(re.findall(r"(?<!\\)&", row)) == len(columns) - 1, (name, row)


def test_every_file_that_the_paper_reads_is_there(
    files: dict[str, str], report_of_hand_made: Path
) -> None:
    read = re.findall(r"\\(?:input|includegraphics\[[^]]*\])\{([^}]*)\}", files["paper.tex"])
    assert len(read) == 12
    assert all((report_of_hand_made / path).is_file() for path in read)
    needed = {
        one
        for name, text in files.items()
        if name != "paper.tex"
        for one in re.findall(r"\{([\w,]+)\}", text.partition("\n")[0])[0].split(",")
    }
    packages = re.findall(r"\\usepackage(?:\[[^]]*\])?\{([\w,]+)\}", files["paper.tex"])
    assert needed <= {one for group in packages for one in group.split(",")}


def test_what_is_broken_is_found() -> None:
    assert open_ones(r"\begin{table}\begin{tabular}\end{table}") == ["table"]
    assert open_ones(r"\begin{table}") == ["table"]
    assert BARE.findall(r"50% of a_b and 5\% of a\_b") == ["%", "_"]


@pytest.mark.skipif(COMPILER is None, reason="needs tectonic or lualatex")
def test_the_paper_compiles(report_of_hand_made: Path, tmp_path: Path) -> None:
    assert COMPILER is not None
    folder = tmp_path / "paper"
    shutil.copytree(report_of_hand_made, folder)
    done = subprocess.run(
        [COMPILER, "paper.tex"],
        cwd=folder,
        stdin=subprocess.DEVNULL,  # at an error it would ask, and wait
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]
    assert (folder / "paper.pdf").is_file()
