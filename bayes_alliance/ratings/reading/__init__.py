"""Files and frames to ratings: readers, cells, columns, rows, checks, tables."""

from bayes_alliance.ratings.reading.files import read_table
from bayes_alliance.ratings.reading.tables import make_tables

__all__ = ["make_tables", "read_table"]
