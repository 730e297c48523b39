"""What users see, parted by what it is: tables, plots, prose, the document, the checklist.

Nothing here computes a quantity of interest; it summarises draws that an estimand returned.
Submodules load when first used, because drawing and diagnostics are slow to import.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
