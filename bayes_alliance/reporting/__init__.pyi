from . import (
    checklist as checklist,
    document as document,
    plots as plots,
    prose as prose,
    tables as tables,
)
