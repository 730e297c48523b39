"""Results in words: how numbers and names are printed, sentences on results, paragraphs to edit."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
