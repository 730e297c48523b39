"""Every reported number, computed once, as a record with its labels.

`collected` goes through a fit and its prior and returns what tables, figures and prose read: scalar
quantities and estimands as records, with their posterior summaries beside them. Nothing here makes
a figure or a sentence.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
