from . import composition as composition, report as report, results as results
