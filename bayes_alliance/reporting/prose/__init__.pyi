from . import courses as courses, paragraphs as paragraphs, sentences as sentences
