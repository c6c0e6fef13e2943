"""An instruction with its answer as one text, and back: what a model that rewrites pairs reads and writes.

    Instruction: Name three elements.

    Response: Oxygen, iron and gold.

Reading is strict. A reply is a pair where it begins with the one mark and has the other exactly once at the beginning of a line, or, where no line
begins with it, exactly once at all (a trained reviser may write all on one line, as the published training rows do); both texts have to say something. What chat
templates leave behind is taken away first, and what is said over and over is said once, unless the pair that was asked about says it so (a list of noughts).

The order and the two marks are those of CoachLM's training rows (Liu et al. 2024, arXiv 2311.13246, their README). Which markers are stray, and what is too long a repeat, the
paper leaves open; that is ours.
"""

import re

__all__ = ["cleaned", "lay_out", "read_pair", "REVISE"]

REVISE = (
    "Here is an instruction with a response. Rewrite the pair so that it is better: the instruction clear and complete, the response right, to the "
    "point, well reasoned and in good language. Change nothing that is good already. Write the pair in the same form, and nothing else."
)
"""What a reviser is asked, the same for every pair."""
INSTRUCTION = re.compile(r"\A\s*(?:#+\s*)?(?:(?:raw|revised)\s+)?instruction\s*:[ \t]*", re.IGNORECASE)
AT_LINE = re.compile(r"\n[ \t]*(?:#+[ \t]*)?(?:revised[ \t]+)?response[ \t]*:[ \t]*", re.IGNORECASE)
ANYWHERE = re.compile(r"\s(?:revised\s+)?response\s*:\s*", re.IGNORECASE)
STRAY = re.compile(
    r"<\|[^|<>\n]{1,40}\|>|</?s>|<(?:unk|pad|bos|eos|eod|image|img|start_of_turn|end_of_turn)>|\[/?INST\]|<</?SYS>>"
)
BOLD_MARK = re.compile(r"(?im)^[ \t]*\*\*[ \t]*((?:revised[ \t]+)?(?:instruction|response)[ \t]*:?)[ \t]*\*\*[ \t]*:?")
REPEAT = re.compile(r"(.{8,200}?)\1{3,}", re.DOTALL)


def lay_out(instruction: str, response: str) -> str:
    """The pair as one text."""
    return f"Instruction: {instruction}\n\nResponse: {response}"


def read_pair(reply: str, *, asked: str = "") -> tuple[tuple[str, str] | None, str]:
    """(instruction, response), or None and why it is no pair; `asked` is the pair that was asked about, laid out."""
    text = cleaned(BOLD_MARK.sub(lambda found: found[1].rstrip(": ") + ": ", reply), known=asked)
    head = INSTRUCTION.match(text)
    if head is None:
        return None, "the reply does not begin with an instruction"
    rest = text[head.end() :]
    for mark in (AT_LINE, ANYWHERE):
        found = list(mark.finditer(rest))
        if len(found) > 1:
            return None, f"the reply has {len(found)} responses"
        if found:
            instruction, response = rest[: found[0].start()].strip(), rest[found[0].end() :].strip()
            return ((instruction, response), "") if instruction and response else (None, "half of the pair is empty")
    return None, "the reply has no response"


def cleaned(text: str, *, known: str = "") -> str:
    """Without marks of chat templates and of pictures; a run of eight characters or more that comes over three times in a row, once.

    Rules of dashes and dots are no repeats, and what stands in the `known` text so is none.
    """

    def once(found: re.Match[str]) -> str:
        return found[1] if re.search(r"\w", found[1]) and found[0] not in known else found[0]

    written = text.encode("utf-8", "replace").decode()  # what no file can hold
    return REPEAT.sub(once, STRAY.sub("", written)).strip()
