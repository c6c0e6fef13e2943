"""Levenshtein's distance: how many characters have to be put in, taken out or exchanged to make one text of another.

A column of the usual table is two whole numbers with a bit a row (Myers 1999, doi 10.1145/316542.316550, in Hyyrö's form), and Python's whole numbers
have as many bits as there are characters: texts of a thousand characters take under a millisecond, and no package is needed.
"""

__all__ = ["edit_distance"]


def edit_distance(one: str, other: str) -> int:
    """In characters, at least 0 and at most the length of the longer text."""
    if not one:
        return len(other)
    places: dict[str, int] = {}
    for place, character in enumerate(one):
        places[character] = places.get(character, 0) | 1 << place
    last, every = 1 << (len(one) - 1), (1 << len(one)) - 1
    up, down, distance = every, 0, len(one)
    for character in other:
        equal = places.get(character, 0)
        across = (((equal & up) + up) ^ up) | equal
        rises, falls = down | ~(across | up) & every, up & across
        distance += bool(rises & last) - bool(falls & last)
        rises, falls = (rises << 1 | 1) & every, falls << 1 & every
        up, down = falls | ~(equal | down | rises) & every, rises & (equal | down)
    return distance
