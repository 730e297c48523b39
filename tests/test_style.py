"""What is too long to be one idea: modules, functions, lists of parameters."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
MODULE, FUNCTION, PARAMETERS = 300, 80, 8
KERNELS = "bayes_alliance/collapsed/kernel/"  # compiled: a loop is not taken apart


def modules() -> Iterator[tuple[str, str]]:
    for file in sorted((ROOT / "bayes_alliance").rglob("*.py")):
        yield file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")


def functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    for name, text in modules():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                yield f"{name}:{node.name}", node


def is_command(node: ast.FunctionDef) -> bool:
    """Whether a function is a command, whose parameters are the options of a command line."""
    made = ("app.command", "study_command")
    return any(ast.unparse(one).startswith(made) for one in node.decorator_list)


def test_no_module_is_long() -> None:
    long = {name for name, text in modules() if len(text.splitlines()) > MODULE}
    assert not long


def test_no_function_is_long() -> None:
    long = {
        name
        for name, node in functions()
        if not name.startswith(KERNELS) and (node.end_lineno or 0) - node.lineno + 1 > FUNCTION
    }
    assert not long


def test_no_public_function_has_many_parameters() -> None:
    many = {
        name
        for name, node in functions()
        if not name.startswith(KERNELS)
        and not node.name.startswith("_")
        and not is_command(node)
        and len([*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]) > PARAMETERS
    }
    assert not many


def test_per_cent_signs_stand_at_their_numbers() -> None:
    # In sentences and figures as in tables; behind a name that is a constant it is a remainder.
    apart = re.compile(r"[0-9}][ \u00a0]%(?! [A-Z(])")
    assert not {name for name, text in modules() if apart.search(text)}
