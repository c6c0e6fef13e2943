"""A small file in the manner of LLaVA's mixture: format sentences in first turns only, region prefixes, fixed questions of books, chat."""

import json

from PIL import Image

ONE_WORD = "Answer the question using a single word or phrase."
LETTER = "Answer with the option's letter from the given choices directly."
CAPTION = "Provide a one-sentence caption for the provided image."
TOKENS = "Reference OCR token:"
REGION = "Please provide a short description for this region:"
BOX = "Please provide the bounding box coordinate of the region this sentence describes:"
WROTE, TITLE = "Who wrote this book?", "What is the title of this book?"
TEMPLATES = (ONE_WORD, LETTER, CAPTION, TOKENS, REGION, BOX)
THINGS = [
    f"{size} {color} {thing}"
    for size in ("small", "big", "old")
    for color in ("red", "blue", "pale")
    for thing in ("cup", "dog", "tree", "lamp", "ship")
]
FIRST, LAST = ("Ada", "Ben", "Cleo", "Dan", "Eve", "Finn"), ("Moss", "Reed", "Stone", "Hill", "Brook")


def rows(repeat=1):
    """45 conversations of each kind, times `repeat`; the number in a text makes it another one."""
    for number in range(repeat * len(THINGS)):
        thing = f"{THINGS[number % len(THINGS)]} {number}" if number >= len(THINGS) else THINGS[number]
        other = THINGS[(number * 7 + 3) % len(THINGS)]
        yield row(
            f"vqa{number}",
            "coco/train2017/1.jpg",
            (f"Where is the {thing}?\n{ONE_WORD}", "left"),
            (f"Is it near the {other} {number}?", "no"),
        )
        yield row(
            f"mc{number}",
            "coco/train2017/2.jpg",
            (f"What is behind the {thing}?\nA. {thing}\nB. {other}\n{LETTER}", "A"),
        )
        yield row(f"cap{number}", "textvqa/3.jpg", (f"{CAPTION}\n{TOKENS} {thing}, {number}", f"The {thing} again."))
        yield row(
            f"reg{number}",
            "vg/4.jpg",
            (f"{REGION} [0.1{number}, 0.2, 0.3, 0.4]", thing),
            (f"{BOX} {thing}", "[0.1, 0.2, 0.3, 0.4]"),
        )
        yield row(
            f"ocr{number}",
            "ocr_vqa/5.jpg",
            (f"{WROTE}\n{ONE_WORD}", f"{FIRST[number % 6]} {LAST[number % 5]}"),
            (TITLE, thing),
        )
        yield row(
            f"chat{number}",
            "",
            (f"Tell me of the {thing}. Then answer a question of mine about the {other} {number}!", f"It is {thing}."),
        )


def row(name, image, *turns):
    """One conversation in LLaVA's layout."""
    said = [(who, text) for asked, answered in turns for who, text in (("human", asked), ("gpt", answered))]
    if image:
        said[0] = ("human", f"<image>\n{said[0][1]}")
    spoken = [{"from": who, "value": text} for who, text in said]
    return {"id": name, **({"image": image} if image else {}), "conversations": spoken}


def write(folder, *, repeat=1):
    """`mixture.json` in `folder`; no picture of it exists."""
    path = folder / "mixture.json"
    path.write_text(json.dumps(list(rows(repeat))))
    return path


def write_pictures(folder):
    """The pictures that the rows name."""
    for number, name in enumerate(("coco/train2017/1", "coco/train2017/2", "textvqa/3", "vg/4", "ocr_vqa/5"), start=1):
        path = folder / f"{name}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.effect_noise((40 + number, 30), 60).convert("RGB").save(path)
