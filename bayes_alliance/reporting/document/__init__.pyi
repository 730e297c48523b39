from . import report as report, results as results
