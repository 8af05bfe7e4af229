"""What programs are told in English, as pages say it: the receiver's reasons, and errors of the store."""

from markupsafe import Markup

from app.words.words import Words


def in_language(text: object, words: Words) -> str:
    """Return a sentence in the reader's language; one that the catalogue does not have is marked as English."""
    said = words.translated("problem", str(text))
    return said if said is not None else Markup('<span lang="en">{}</span>').format(text) if text else ""
