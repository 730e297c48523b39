"""Pictures as users get them, and as reports of tests have them: with few pixels.

Pixels cost as much as everything else of a figure, and only those of a few reports are looked at.
"""

from bayes_alliance.reporting.rendering import OPTIONS

WHOLE = dict(OPTIONS["png"])
SMALL = WHOLE | {"dpi": 40}
