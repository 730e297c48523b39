"""Help texts of commands are Rich markup, in which brackets set words in a style or vanish.

What a user types or reads word for word, names with brackets among it, is written by `bold`.
"""


def bold(text: str) -> str:
    """Write words in bold, brackets in them as they are: ``slope[child] > 0``."""
    return f"[bold]{text.replace('[', r'\[')}[/bold]"
