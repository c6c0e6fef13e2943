"""How a file writes boxes and options, told by what is in most of its rows; what is written otherwise stays text."""

from collections import Counter
from collections.abc import Sequence

from sayso.config import PromptConfig
from sayso.errors import DataError
from sayso.instructions.induce.marking import Lexicon, find_marks
from sayso.instructions.induce.rows import InstructionRow
from sayso.instructions.options import OPTION_STYLES
from sayso.instructions.regions import REGION_STYLES, format_regions, parse_regions

__all__ = ["find_prompt"]

LOOKED_AT = 2000


def find_prompt(rows: Sequence[InstructionRow]) -> PromptConfig:
    """The prompt under which most boxes and lists of options of the rows are written as they stand."""
    step = max(1, len(rows) // LOOKED_AT)
    looked = [row for row in rows[::step] if not row.reason]
    regions = Counter({style: sum(_boxes(row, style) for row in looked) for style in REGION_STYLES})
    style = regions.most_common(1)[0][0] if regions.total() else "unit"
    lexicon = Lexicon()
    options = Counter[str]()
    for name in OPTION_STYLES:
        prompt = PromptConfig.model_validate({"regions": style, "options": name})
        for row in looked:
            marks = find_marks(row.text, answer=row.answer, lexicon=lexicon, prompt=prompt, media=row.media)
            options[name] += any(mark.kind != "box" and mark.value is not None for mark in marks)
    found = options.most_common(1)[0][0] if options.total() else "multi_instruct"
    return PromptConfig.model_validate({"regions": style, "options": found})


def _boxes(row: InstructionRow, style: str) -> int:
    """How many boxes of the row are written in the style, character by character."""
    count = 0
    for text in (row.text, row.answer):
        try:
            found = parse_regions(text, style=style, media=row.media)
            count += sum(format_regions([one], style=style, media=row.media) in text for one in found)
        except DataError:
            return 0
    return count
