"""A page taken apart: its text, tables, images, headings and addresses; the numbers in it."""

import re
from html.parser import HTMLParser

SIGNED = r"[−-]?(?:\d+\.?\d*|\.\d+)"
TRIPLE = re.compile(rf"({SIGNED}) \[({SIGNED}), ({SIGNED})\]")


class Page(HTMLParser):
    """Text, tables with their captions, images and addresses of a page."""

    def __init__(self, text):
        super().__init__()
        self.tables, self.images, self.addresses, self.starts = [], [], [], []
        self.captions, self.text = [], ""
        self.scopes = {"th": 0, "th without scope": 0, "empty th": 0}
        self._cell, self._caption, self._heading = None, None, False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.starts.append((tag, found))
        if tag == "table":
            self.tables.append([])
        if tag == "caption":
            self._caption = ""
        if tag == "tr":
            self.tables[-1].append([])
        if tag in ("td", "th"):
            self._cell = ""
        if tag == "th":
            self.scopes["th" if "scope" in found else "th without scope"] += 1
        if tag == "img":
            self.images.append(found)
        self.addresses += [found[key] for key in ("src", "href") if key in found]

    def handle_data(self, data):
        self.text += data
        if self._cell is not None:
            self._cell += data
        if self._caption is not None:
            self._caption += data

    def handle_endtag(self, tag):
        self.text += "\n"
        if tag in ("td", "th"):
            self.tables[-1][-1].append(self._cell)
            self.scopes["empty th"] += tag == "th" and not self._cell
            self._cell = None
        if tag == "caption":
            self.captions.append(self._caption)
            self._caption = None


def triples(text):
    """Every estimate with its interval, as written: (median, lower, upper)."""
    return TRIPLE.findall(text)


def rounds_to(value, written):
    """Whether a number, rounded as far as it is written, gives what is written."""
    text = written.replace("−", "-")
    decimals = len(text.partition(".")[2])
    return abs(value - float(text)) <= 0.5000001 * 10.0**-decimals


def told_nowhere(text, rows):
    """Estimates with intervals in a text that no row of (median, lower, upper) rounds to."""
    return [
        triple
        for triple in dict.fromkeys(triples(text))
        if not any(
            all(rounds_to(value, written) for value, written in zip(row, triple, strict=True))
            for row in rows
        )
    ]
