"""Questions about pictures, whatever file they came from: cleaned, gathered by picture, beside those of other pictures.

Data sets list questions one by one; all about a picture are of one group, so that no picture is ever on both sides of a
split. They are one item each, since a task asks little of an item, or all one item. What does not fit a picture (`elsewhere`) is drawn from the same file by the item's id alone, and
so is the same in every reading.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from msgspec.structs import replace

from sayso.errors import ConfigError, DataError
from sayso.records import AnnotatedItem, AnnotatedObject, Media, Question
from sayso.seeds import Stream
from sayso.sources._assemble import clean, probe_first
from sayso.sources._protocol import BadRow

__all__ = [
    "Album", "Asked", "check_pattern", "draw_elsewhere", "gather", "make_question", "Per", "rank_answers", "split_up",
]  # fmt: skip

NUM_ELSEWHERE = 4
MAX_TRIES = 10  # for each question wanted
Per: TypeAlias = Literal["question", "picture"]
"""What one item is: a question with its picture, so that tasks get to ask all of them, or a picture with all its questions."""


class Asked(NamedTuple):
    """A question, the picture it is about and where it stands; the picture's file has one of `names`."""

    place: str
    group: str
    names: tuple[str, ...]
    question: Question
    objects: tuple[AnnotatedObject, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Album:
    """A folder of pictures and what all items of a source have in common."""

    source: str
    images: Path
    split: str = ""
    license: str = ""
    per: Per = "question"

    def probe(self, names: Sequence[str]) -> Media:
        """The first picture of these names that exists.

        Raises:
            DataError: there is none, or it is damaged.
        """
        return probe_first(names, roots=[self.images])

    def name(self, group: str) -> str:
        """The id of the item of a picture; files of several splits may share one."""
        return "-".join(part for part in (self.source, self.split, group) if part)


def gather(album: Album, rows: Iterable[Asked | BadRow], *, place: str) -> Iterator[AnnotatedItem | BadRow]:
    """Bad rows as they come, then the items of each picture, in the order in which they are first asked about.

    `place` is the file, named where a picture is missing or damaged; its questions are lost with it, and counted.
    """
    pictures: dict[str, list[Asked]] = defaultdict(list)
    for row in rows:
        if isinstance(row, BadRow):
            yield row
        else:
            pictures[row.group].append(row)
    pool = [(group, row.question.text) for group, asked in pictures.items() for row in asked]
    for group, asked in pictures.items():
        try:
            media = album.probe(asked[0].names)
        except DataError as error:
            yield BadRow(
                place=f"{place}: image {group}", reason=f"{error} ({len(asked)} questions about it are left out)"
            )
            continue
        name = album.name(group)
        item = AnnotatedItem(
            id=name,
            source=album.source,
            split=album.split,
            group=group,
            license=album.license,
            media=(media,),
            objects=asked[0].objects,
            questions=tuple(row.question for row in asked),
            elsewhere=draw_elsewhere(
                pool,
                name=name,
                group=group,
                own=(row.question.text for row in asked),
                count=NUM_ELSEWHERE * (len(asked) if album.per == "question" else 1),
            ),
        )
        yield from split_up(item, per=album.per)


def split_up(item: AnnotatedItem, *, per: Per) -> Iterator[AnnotatedItem]:
    """The item as it is, or one for each of its questions, numbered from 1; one without questions stays."""
    if per == "picture" or not item.questions:
        yield item
        return
    # Each question has its own of other pictures, or one picture would be asked the same wrong one again and again.
    others, count = item.elsewhere.get("questions", ()), len(item.questions)
    for number, question in enumerate(item.questions, start=1):
        elsewhere = {"questions": mine} if (mine := others[number - 1 :: count]) else {}
        yield replace(item, id=f"{item.id}-{number}", questions=(question,), elsewhere={**item.elsewhere, **elsewhere})


def draw_elsewhere(
    pool: Sequence[tuple[str, str]], *, name: str, group: str, own: Iterable[str], count: int = NUM_ELSEWHERE
) -> dict[str, tuple[str, ...]]:
    """Up to `count` questions of other groups, none asked in the same words as one of `own`.

    `pool` holds (group, question); the draw depends on it and on `name` alone.
    """
    stream, taken = Stream("elsewhere", name), {text.casefold() for text in own}
    found: dict[str, str] = {}
    for _ in range(MAX_TRIES * count if pool else 0):
        other, text = stream.choice(pool)
        if other != group and text.casefold() not in taken:
            found.setdefault(text.casefold(), text)
        if len(found) == count:
            break
    return {"questions": tuple(found.values())} if found else {}


def make_question(text: str, answers: Iterable[str], *, options: Iterable[str] = (), kind: str = "") -> Question:
    """A question without stray spaces; answers and options once each, in their order; blank ones are left out.

    Raises:
        DataError: no words, no answer, or a first answer that is not among the options.
    """
    said, accepted = clean(text), _once(answers)
    choices = _once(options)
    if not said:
        raise DataError(f"the question {text!r} has no words; write or remove it")
    if not accepted:
        raise DataError(f"the question {said!r} has no answer; add one, or leave out a file without answers")
    if choices and (len(choices) < 2 or accepted[0] not in choices):
        raise DataError(f"the question {said!r} has the options {choices} and the answer {accepted[0]!r}; correct them")
    return Question(text=said, answers=accepted, options=choices, kind=kind)


def rank_answers(votes: Iterable[tuple[str, float]], *, min_votes: int = 1) -> tuple[str, ...]:
    """Answers of several people, the most frequent first; then the surer ones, then the earlier ones.

    A vote is an answer and how sure it is. Answers with fewer than `min_votes` are left out, but for the first.
    """
    counts: Counter[str] = Counter()
    sure: dict[str, float] = defaultdict(float)
    for text, weight in votes:
        if word := clean(text):
            counts[word] += 1
            sure[word] += weight
    ranked = sorted(counts, key=lambda word: (-counts[word], -sure[word]))  # a stable sort keeps the order of the file
    return tuple(word for at, word in enumerate(ranked) if at == 0 or counts[word] >= min_votes)


def check_pattern(pattern: str) -> str:
    """`pattern` as it is, if a picture's number fits in.

    Raises:
        ConfigError: it has other slots than `{image_id}`, or none.
    """
    try:
        if pattern and pattern.format(image_id=1) != pattern.format(image_id=2):
            return pattern
    except (KeyError, IndexError, ValueError, AttributeError):
        pass
    if not pattern:
        return pattern
    raise ConfigError(f"file_name {pattern!r} names no picture; write for example COCO_train2014_{{image_id:012}}.jpg")


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for text in texts if (word := clean(text))))
