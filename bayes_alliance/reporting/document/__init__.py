"""What goes into a folder: the report with its figures and tables, the files scripts read."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
