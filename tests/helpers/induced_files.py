"""A small LLaVA file that hides three tasks, with a conversation of its own, a further turn and a missing picture."""

import json

from PIL import Image

NAMES = [
    "red lamp",
    "small green cup",
    "blue ring",
    "old yellow chair",
    "white dog",
    "tall black tree",
    "pink hat",
    "open book",
]
COLORS = ["red", "blue", "green", "white"]
LOCATE = ['Find "{x}" in the picture.', "Which box holds the {x}?", "Please mark where the {x} is."]
COLOR = ["What color is the {x}? Choose one. {o}", "Say which color fits the {x}.\n\n[Options]: {o}"]
CAPTION = ["Describe the picture in one sentence.", "What is to be seen here?"]
CHAT = 'Write 3 lines about "Old Bob" and the ships that he saw in Lisbon.'


def box(number):
    return f"{number} {number + 3} {number + 20} {number + 31}"


def rows():
    made = []
    for number, name in enumerate(NAMES * 6):
        options = "||||".join(COLORS[number % 4 :] + COLORS[: number % 4])
        made.append((LOCATE[number % 3].format(x=name), box(number)))
        made.append((COLOR[(number // 3) % 2].format(x=name, o=options), COLORS[number % 3]))
        made.append((CAPTION[number % 2], f"A {name} near another thing, and {number} more of them."))
    return made


def write(folder, *, extra=True, missing=True):
    """`x.jsonl` in `folder`, over one picture."""
    Image.effect_noise((40, 30), 60).convert("RGB").save(folder / "a.png")
    lines = [line(f"r{number}", text, answer) for number, (text, answer) in enumerate(rows())]
    if extra:
        lines.append(line("chat", CHAT, "He saw them."))
        lines[0]["conversations"] += turns("And now?", "Nothing.")
    if missing:
        lines.append(line("gone", "What?", "That.", image="gone.png"))
    (folder / "x.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return folder / "x.jsonl"


def line(name, text, answer, image="a.png"):
    return {"id": name, "image": image, "conversations": turns(f"<image>\n{text}", answer)}


def turns(asked, answered):
    return [{"from": "human", "value": asked}, {"from": "gpt", "value": answered}]
