"""MultiInstruct's own templates as wordings of our tasks: what others wrote, never trained on, at distance L3.

The file `templates.json` of the published data names tasks in its own words; `FOREIGN` says which of ours asks the same. Its slots are renamed to ours. A template is
left out where it lacks a slot that every example of the task needs, and where it is nothing but the question, which has no wording to speak of.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from sayso.errors import DataError
from sayso.instructions.template import check_slots
from sayso.tasks import Task, select

__all__ = ["FOREIGN", "foreign_wordings"]

FOREIGN = {
    "VQA_color": "color_recognition",
    "VQA_counting": "counting",
    "VQA_object_presence": "object_detection",
    "VQA_object_recognition": "object_recognition",
    "VQA_positional_reasoning": "position_reasoning",
    "VQA": "visual_question_answering",
    "ITM": "image_text_matching",
    "region_caption_match": "region_caption_matching",
    "natural_language_visual_reasoning": "natural_language_visual_reasoning",
    "visual_spatial_reasoning": "visual_spatial_relationship",
}
"""MultiInstruct's names of the tasks and ours."""
TEXT_SLOT = {
    "image_text_matching": "{caption}",
    "region_caption_matching": "{caption}",
    "natural_language_visual_reasoning": "{statement}",
    "visual_spatial_relationship": "{statement}",
}
"""What their `{text}` is, where it is not ours too."""
BARE = ("{question}", "{question} {options}")
TEMPLATES = Path("instruction_templates") / "multiinstruct" / "templates.json"


def foreign_wordings(data: Path) -> Iterator[dict[str, Any]]:
    """Rows for `augment.templates`, all of them held out, from the folder of real data.

    Raises:
        DataError: the templates are not there, or are not what was published.
    """
    path = data / TEMPLATES
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
        published = [(str(entry["task"]), [str(text) for text in entry["templates"]]) for entry in read]
    except OSError as error:
        raise DataError(
            f"{path} cannot be read ({error.strerror}); SAYSO_DATA names the folder of real data"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} is no list of tasks with their templates ({error}); fetch it again") from error
    for name, templates in published:
        for task in select([FOREIGN[name]]) if name in FOREIGN else ():
            yield from _held_out(templates, task=task)


def _held_out(templates: Iterable[str], *, task: Task) -> Iterator[dict[str, Any]]:
    for template in dict.fromkeys(templates):
        text = template.replace("{text}", TEXT_SLOT.get(task.name, "{text}")).replace("{options}", " {options}")
        text = " ".join(text.split(" ")).strip()
        with suppress(DataError):  # some of upstream's have no slot for what they ask about
            check_slots(text, slots=task.slots)
            if text not in BARE:
                yield {"task": task.name, "template": text, "held_out": True}
