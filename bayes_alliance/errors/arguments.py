"""Arguments of public functions: of the kind that is annotated, or one error that says which.

`checked_arguments` reads a function's own annotations when it is called, so that an editor, mypy
and the error say the same and nothing is restated. All wrong arguments of a call come in one
message, each with a hint. What only a fit can tell (its informants, its growth coefficients) is
checked by `one_of` where it is known.
"""

import functools
import inspect
from collections.abc import Callable, Iterable
from types import GenericAlias
from typing import Any, get_type_hints

from bayes_alliance.errors.kinds import REFUSED, in_words, meant, misfits, of_kind, shown
from bayes_alliance.errors.problem import InputError, Problem, nearest


def checked_arguments[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Let a function take only what its annotations say.

    Returns
    -------
    callable
        The function, called with numbers of NumPy as those of Python and sequences as tuples. It
        raises `InputError` with every argument of a wrong kind; arguments that are missing or
        unknown stay Python's own error.
    """
    signature = inspect.signature(function)

    @functools.wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            given = signature.bind(*args, **kwargs)
        except TypeError:
            return function(*args, **kwargs)
        problems: list[Problem] = []
        for name, value in given.arguments.items():
            kind: Any = _annotations(function).get(name, Any)
            form = signature.parameters[name].kind
            if form is inspect.Parameter.VAR_KEYWORD:
                continue  # of the sampler, which checks its options
            if form is inspect.Parameter.VAR_POSITIONAL:
                kind = GenericAlias(tuple, (kind, ...))
            given.arguments[name] = taken(value, kind, where=name, problems=problems)
        if problems:
            raise InputError(problems, function.__name__)
        return function(*given.args, **given.kwargs)

    return called


def taken(value: object, kind: Any, *, where: str, problems: list[Problem]) -> Any:
    """Take a value as one of a kind, or add what is wrong with it to the problems.

    Parameters
    ----------
    kind : annotation
        As in a signature.
    where : str
        What the value was given as.
    problems : list of Problem
        Grows by one for everything wrong.
    """
    read = of_kind(value, kind)
    if read is REFUSED:
        for place, one, wanted in misfits(value, kind, where=where):
            message = f"must be {in_words(wanted)}.{meant(one, wanted)}"
            problems.append(Problem(where=place, value=shown(one), message=message))
    return read


@functools.cache
def _annotations(function: Callable[..., object]) -> dict[str, Any]:
    """Looked up at the first call, when every name in them is defined."""
    return get_type_hints(function, include_extras=True)


def one_of(name: object, allowed: Iterable[str], *, where: str) -> str:
    """Check a label.

    Parameters
    ----------
    where : str
        What the label was given as.

    Returns
    -------
    str
        The label.

    Raises
    ------
    InputError
        If it is none of those allowed; the nearest is suggested.
    """
    known = tuple(allowed)
    if not isinstance(name, str) or name not in known:
        raise InputError([none_of(name, known, where=where)], where)
    return name


def none_of(name: object, allowed: Iterable[str], *, where: str) -> Problem:
    """Say that a label is none of those allowed, and which is nearest.

    Parameters
    ----------
    where : str
        What the label was given as.
    """
    known = tuple(allowed)
    some = ", ".join(known[:8]) + (", ..." if len(known) > 8 else "")
    return Problem(where=where, value=name, message=f"one of {some}.{nearest(str(name), known)}")
