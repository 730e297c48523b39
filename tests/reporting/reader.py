"""A paper read as a strict editor reads it: sentences, the numbers in them, names of code, calls.

Calls of tables and figures, years of references and symbols that hold a digit, as ICC(A,1), are no
numbers; equations are no text.
"""

import re

NO_NUMBERS = re.compile(
    r"(?:Table|Figure)\ \d+ | \b(?:19|20)\d\d(?=[;)]) | ICC\(\w,1\) | E9\(R1\)"
    r" | (?:Version|PyMC|nutpie)\ [\d.]+",
    re.VERBOSE,
)
EQUATIONS = re.compile(r"^\$\$\n.*?^\$\$$", re.MULTILINE | re.DOTALL)
SYMBOLS = re.compile(r"(?<!\\)\$[^$]+\$")
NUMBER = re.compile(r"(?<![\w.])[−-]?(?:\d[\d,]*(?:\.\d+)?|\.\d+)%?(?!\w)")
ENDS = re.compile(r"(?<=[.?!])\s+(?=[A-Z†(“])")
CODE = re.compile(
    r"\w+_\w+|\w+\[[^\]]*\]|(?:Half)?Normal\(\w*|LKJ\(\w*|\bengine\b|\w+\.(?:csv|nc)\b"
)
OURS = "Python package bayes_alliance"
MOST_NUMBERS = 6


def prose(paper: str) -> str:
    """The text of a paper in Markdown, without headings, equations and signs that escape others."""
    text = paper.partition("## References")[0].partition("## Table")[0]
    text = SYMBOLS.sub("symbol", EQUATIONS.sub("", text))
    lines = [line.removeprefix("- ") for line in text.splitlines() if not line.startswith("#")]
    return re.sub(r"\\(\W|_)", r"\1", "\n".join(lines))


def sentences(text: str) -> list[str]:
    """Sentences of all paragraphs."""
    paragraphs = [" ".join(part.split()) for part in text.split("\n")]
    return [one for paragraph in paragraphs if paragraph for one in ENDS.split(paragraph)]


def numbers(sentence: str) -> list[str]:
    """Numbers that a reader has to take in."""
    return NUMBER.findall(NO_NUMBERS.sub("", sentence))


def crowded(text: str) -> list[str]:
    """Sentences with more numbers than a reader takes in."""
    return [one for one in sentences(text) if len(numbers(one)) > MOST_NUMBERS]


def code_names(text: str) -> list[str]:
    """Names of code that are not explained."""
    return CODE.findall(text.replace(OURS, ""))


def not_called(paper: str) -> list[str]:
    """Tables and figures that the text does not call, or not in the order of their numbers."""
    missing = []
    for kind in ("Table", "Figure"):
        there = re.findall(rf"^## ({kind} \d+)$", paper, flags=re.MULTILINE)
        calls = list(dict.fromkeys(re.findall(rf"{kind} \d+", prose(paper))))
        missing += [name for name in there if name not in calls]
        missing += [f"{name} out of order" for name in calls if name not in there]
        in_order = [name for name in there if name in calls]
        known = [name for name in calls if name in there]
        missing += [
            f"{name} out of order" for a, name in zip(known, in_order, strict=True) if a != name
        ]
    return missing


def counts(paper: str) -> dict[str, int]:
    """What is counted of a paper."""
    text = prose(paper)
    every = sentences(text)
    return {
        "words": len(text.split()),
        "numbers": sum(len(numbers(one)) for one in every),
        "most numbers in a sentence": max(len(numbers(one)) for one in every),
        "crowded sentences": len(crowded(text)),
        "code names": len(code_names(text)),
        "not called": len(not_called(paper)),
    }
