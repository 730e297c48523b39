"""Files and frames to ratings: files, cells, columns, layouts, rows, checks, tables."""

from bayes_alliance.ratings.reading.files import FileTable, read_table, table_of_text
from bayes_alliance.ratings.reading.tables import make_tables

__all__ = ["FileTable", "make_tables", "read_table", "table_of_text"]
