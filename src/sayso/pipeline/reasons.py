"""Reasons why rows cannot be used, counted by what they have in common: the same words about other files and numbers."""

import re

__all__ = ["alike"]

PLACE = re.compile(r"(?<!\w)/[^\s;:,]+")
NUMBER = re.compile(r"\d+(\.\d+)?")


def alike(reason: str) -> str:
    """The reason on one line, without the names of files and the numbers in it, so that equal ones are counted together."""
    return NUMBER.sub("#", PLACE.sub("FILE", reason.replace("\n", " ")))
