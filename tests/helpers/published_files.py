"""Small files in the shapes in which test sets are published, with rows of our own."""

import json
from pathlib import Path

from PIL import Image

from sayso.evaluate.suites import Files, Suite, suites
from sayso.instructions.render import render_sample
from sayso.records import Example, Sample, Template
from sayso.sources import BadRow

PICTURE = (40, 30)


def write(path: Path, value: object) -> Path:
    """JSON, or text as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return path


def lines(rows: list[dict]) -> str:
    """JSON lines."""
    return "".join(json.dumps(row) + "\n" for row in rows)


def paint(folder: Path, *names: str, color: str = "green") -> Path:
    """Plain pictures of these names."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", PICTURE, color).save(folder / name)
    return folder


def read(name: str, files: Files, **options: object) -> tuple[list[Example], list[BadRow]]:
    """Examples and bad rows of a suite."""
    rows = list(suites.build(name, options).read(files))
    return [row for row in rows if isinstance(row, Example)], [row for row in rows if isinstance(row, BadRow)]


def ask(suite: Suite, example: Example, number: int = 0) -> Sample:
    """An example under a wording."""
    template = Template(id=f"{suite.name}/{number}", task=suite.name, text=suite.wordings[number])
    return render_sample(example, template=template, card=suite, prompt=suite.prompt, order=None, reference=None)


def text_of(sample: Sample) -> str:
    """What is asked, in words."""
    return sample.messages[-1].parts[-1].text


def coco(numbers: list[int], **more: object) -> dict:
    """An annotation file about pictures of these numbers."""
    width, height = PICTURE
    images = [{"id": n, "file_name": f"{n:012}.jpg", "width": width, "height": height} for n in numbers]
    return {"images": images, "categories": [{"id": 1, "name": "dog"}, {"id": 2, "name": "cup"}], **more}
