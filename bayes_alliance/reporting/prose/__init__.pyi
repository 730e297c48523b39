from . import paragraphs as paragraphs, sentences as sentences
