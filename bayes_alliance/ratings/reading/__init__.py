"""Files and frames to ratings: files, cells, columns, layouts, rows, checks, tables."""

from bayes_alliance.ratings.reading.delimited import table_of_text
from bayes_alliance.ratings.reading.file_table import FileTable
from bayes_alliance.ratings.reading.files import read_table
from bayes_alliance.ratings.reading.frames import Frame, table_of_frame
from bayes_alliance.ratings.reading.tables import make_tables

__all__ = [
    "FileTable",
    "Frame",
    "make_tables",
    "read_table",
    "table_of_frame",
    "table_of_text",
]
