"""The three images of the golden values: what was said, then the references."""

from sayso.evaluate.corpus import Answer

HORSE = (
    "A man is riding a horse on the beach.",
    "A man riding a horse on the beach.",
    "A person rides a brown horse along the shore.",
    "Man on horseback at the seaside.",
)
DOGS = (
    "Two dogs playing with a ball.",
    "Two dogs play with a red ball in the park.",
    "A pair of dogs chasing a ball on grass.",
    "Dogs playing outside with a ball.",
)
PLATE = (
    "A white plate topped with rice and chicken.",
    "A plate of food with rice, beans and chicken.",
    "Chicken and rice on a white plate.",
    "A dinner plate with meat, rice and beans.",
)


def answers(*images):
    """One answer per image: what was said, then the references."""
    return [Answer(example=f"e{n}", text=said, references=tuple(golds)) for n, (said, *golds) in enumerate(images)]
