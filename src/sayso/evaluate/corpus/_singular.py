"""English plurals back to singulars, by rule and a list of exceptions of our own; words that are singular already stay as they are.

Good for names of things. It need not be right about every word: both sides of a comparison go through it.
"""

from functools import lru_cache

__all__ = ["singular"]

IRREGULAR = {
    "people": "person",
    "men": "man",
    "women": "woman",
    "children": "child",
    "feet": "foot",
    "teeth": "tooth",
    "geese": "goose",
    "mice": "mouse",
    "oxen": "ox",
    "dice": "die",
    "buses": "bus",
    "gases": "gas",
    "lenses": "lens",
    "knives": "knife",
    "wives": "wife",
    "lives": "life",
    "leaves": "leaf",
    "loaves": "loaf",
    "halves": "half",
    "calves": "calf",
    "wolves": "wolf",
    "shelves": "shelf",
    "scarves": "scarf",
    "hooves": "hoof",
    "thieves": "thief",
    "elves": "elf",
    "shoes": "shoe",
    "horseshoes": "horseshoe",
    "canoes": "canoe",
    "toes": "toe",
    "axes": "axe",
    "caches": "cache",
    "cookies": "cookie",
    "movies": "movie",
    "brownies": "brownie",
    "smoothies": "smoothie",
    "hoodies": "hoodie",
    "selfies": "selfie",
    "zombies": "zombie",
    "veggies": "veggie",
    "goalies": "goalie",
    "collies": "collie",
    "doggies": "doggy",
}
SAME = {
    "lens",
    "gas",
    "always",
    "perhaps",
    "sometimes",
    "series",
    "species",
    "news",
    "yes",
    "christmas",
    "canvas",
    "atlas",
}
NO_PLURALS = {"specimen", "regimen", "abdomen", "omen", "yemen"}


@lru_cache(maxsize=65536)
def singular(word: str) -> str:
    """The singular of a lower-case word."""
    if word in IRREGULAR:
        return IRREGULAR[word]
    if word in SAME or len(word) < 4 or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("men") and word not in NO_PLURALS:  # policemen, fisherwomen
        return f"{word[:-2]}an"
    if not word.endswith("s"):
        return word
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes", "oes")):
        return word[:-2]
    return word[:-1]
