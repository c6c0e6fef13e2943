"""Visual Genome: photographs with their objects, relations, descriptions of regions and questions (Krishna et al. 2017, IJCV).

Each file is one JSON array with an entry a photograph: `objects.json`, and as wanted `attributes.json`, `relationships.json`,
`region_descriptions.json`, `question_answers.json`, `image_data.json` (which tells the size that boxes were drawn at). They are
joined by the picture's number; versions 1.0 to 1.4 write some keys in two ways, and both are read.

The files have up to 700 MB. They are mapped into memory and not copied; what is kept is the place of each picture's entry, and
one entry of each file is decoded at a time. Annotations that cannot be used, which the data have many of, are BadRows of their
own. Names, relations and attributes are free text: the vocabulary is the most frequent ones.
"""

import mmap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypeAlias, TypeVar

import msgspec

from sayso.errors import DataError
from sayso.records import AnnotatedItem, Media, Question
from sayso.sources._asking import draw_elsewhere, make_question
from sayso.sources._assemble import Folders, as_paths, check_size, common_words, probe_first
from sayso.sources._files import FAILURES, decode_each, decode_one
from sayso.sources._protocol import BadRow, sources
from sayso.sources._scene import ObjectRow, QuestionRow, RegionRow, RelationRow, Scene

__all__ = ["VisualGenome"]

OBJECTS, SIZES = "objects.json", "image_data.json"
FILES = (OBJECTS, "attributes.json", "relationships.json", "region_descriptions.json", "question_answers.json", SIZES)
MAX_POOL = 20_000  # questions of other pictures to draw from; the data have 1.7 million
R = TypeVar("R", bound=msgspec.Struct)
Words: TypeAlias = dict[str, tuple[str, ...]]


class Entry(msgspec.Struct, frozen=True):
    """What a file says of one picture, its rows not decoded yet; each file has one of the lists."""

    image_id: int | None = None
    id: int | None = None
    width: int = 0
    height: int = 0
    objects: tuple[msgspec.Raw, ...] = ()
    attributes: tuple[msgspec.Raw, ...] = ()
    relationships: tuple[msgspec.Raw, ...] = ()
    regions: tuple[msgspec.Raw, ...] = ()
    qas: tuple[msgspec.Raw, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Index:
    """One file: where the entry of each picture is, and the entries that are none."""

    path: Path
    entries: dict[int, msgspec.Raw] = field(default_factory=dict)
    bad: list[BadRow] = field(default_factory=list)

    def entry(self, number: int) -> Entry:
        """What the file says of a picture; nothing where it has no entry."""
        raw = self.entries.get(number)
        return Entry() if raw is None else decode_one(raw, Entry)


Files: TypeAlias = dict[str, Index]


@sources.register("visual_genome")
@dataclass(frozen=True, kw_only=True, slots=True)
class VisualGenome:
    """Photographs of Visual Genome, in the order of `objects.json`.

    Args:
        folder: the folder of the JSON files; `objects.json` is needed, the others are read where they are there.
        images: folder of the photographs, or several: `VG_100K` and `VG_100K_2`.
        split: what `AnnotatedItem.split` says; the data have no splits.
    """

    folder: str
    images: Folders
    split: str = ""

    def items(self) -> Iterator[AnnotatedItem | BadRow]:
        """One item a picture; its bad annotations come just before it.

        Raises:
            DataError: `objects.json` is missing, or a file is no array.
        """
        files = {name: _index(Path(self.folder, name), needed=name == OBJECTS) for name in FILES}
        bad = [row for index in files.values() for row in index.bad]
        words, pool = _vocabulary(files), list(islice(_questions(files), MAX_POOL))
        yield from bad
        for number in files[OBJECTS].entries:
            yield from self._rows(number, files, words=words, pool=pool)
        for name, index in files.items():
            if name != SIZES:
                for number in index.entries.keys() - files[OBJECTS].entries.keys():
                    reason = f"picture {number} is not in {OBJECTS}; give files of one version"
                    yield BadRow(place=f"{index.path}: image {number}", reason=reason)

    def _rows(
        self, number: int, files: Files, *, words: Words, pool: list[tuple[str, str]]
    ) -> Iterator[AnnotatedItem | BadRow]:
        place = f"{self.folder}: image {number}"
        said = {name: index.entry(number) for name, index in files.items()}
        try:
            media = self._probe(number, said[SIZES])
        except DataError as error:
            yield BadRow(place=place, reason=str(error))
            return
        scene = Scene(media, place)
        item = self._item(number, scene, said, words)
        yield from scene.bad
        own = [question.text for question in item.questions]
        elsewhere = draw_elsewhere(pool, name=item.id, group=item.group, own=own)
        yield msgspec.structs.replace(item, elsewhere=elsewhere)

    def _item(self, number: int, scene: Scene, said: dict[str, Entry], words: Words) -> AnnotatedItem:
        objects, attributes, relationships, regions, qas = (said[name] for name in FILES[:5])
        tagged = scene.decode(attributes.attributes, ObjectRow, what="attributes")
        scene.tags.update((row.object_id, row.tags) for _, row in tagged)
        scene.use(scene.decode(objects.objects, ObjectRow, what="object"), scene.position)
        scene.use(tagged, scene.position)
        relations = scene.use(scene.decode(relationships.relationships, RelationRow, what="relation"), scene.relation)
        phrases = scene.use(scene.decode(regions.regions, RegionRow, what="region"), scene.phrase)
        questions = scene.use(scene.decode(qas.qas, QuestionRow, what="question"), _question)
        return AnnotatedItem(
            id=f"visual_genome-{number}",
            source="visual_genome",
            split=self.split,
            group=str(number),
            license="CC-BY-4.0",
            media=(scene.media,),
            objects=tuple(scene.objects),
            relations=tuple(relations),
            phrases=tuple(phrases),
            questions=tuple(questions),
            vocabulary=words,
        )

    def _probe(self, number: int, stated: Entry) -> Media:
        media = probe_first([f"{number}.jpg"], roots=as_paths(self.images))
        return check_size(media, stated=(stated.width, stated.height))


def _question(row: QuestionRow) -> Question:
    """The answers are written as sentences; the stop at their end is none of the answer."""
    return make_question(row.question, [row.answer.strip().removesuffix(".")])


def _questions(files: Files) -> Iterator[tuple[str, str]]:
    """Pictures and what is asked of them, for others to draw from."""
    index = files[FILES[4]]
    for number in index.entries:
        for row in _good(index.entry(number).qas, QuestionRow):
            if text := " ".join(row.question.split()):
                yield str(number), text


def _vocabulary(files: Files) -> Words:
    """The most frequent names, attributes and relations; each file is read through once for it."""
    objects, attributes, relationships = (files[name] for name in FILES[:3])
    things = (row for number in objects.entries for row in _good(objects.entry(number).objects, ObjectRow))
    tagged = (row for number in attributes.entries for row in _good(attributes.entry(number).attributes, ObjectRow))
    related = (
        row for number in relationships.entries for row in _good(relationships.entry(number).relationships, RelationRow)
    )
    return {
        "label": common_words(row.label for row in things),
        "attribute": common_words(word for row in tagged for word in row.tags),
        "relation": common_words(" ".join(row.predicate.lower().split()) for row in related),
    }


def _good(raws: Iterable[msgspec.Raw], kind: type[R]) -> Iterator[R]:
    """The rows that decode; the others are told where they are used."""
    return (row for _, row in decode_each(raws, kind, place="") if not isinstance(row, BadRow))


def _index(path: Path, *, needed: bool) -> Index:
    try:
        with path.open("rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)  # the entries keep it open
        raws = msgspec.json.decode(data, type=list[msgspec.Raw])
    except FileNotFoundError as error:
        if not needed:
            return Index(path=path)
        raise DataError(f"file {path} does not exist; name the folder that holds {OBJECTS}") from error
    except (OSError, ValueError, RecursionError) as error:  # an empty file cannot be mapped; bad JSON is a ValueError
        raise DataError(
            f"{path} is not an array of Visual Genome ({error}); give the file that was published"
        ) from error
    index = Index(path=path)
    for position, raw in enumerate(raws):
        try:
            entry = decode_one(raw, Entry)
            number = entry.id if entry.image_id is None else entry.image_id
            if number is None or number in index.entries:
                raise DataError(f"its image_id is {number}, which is none or was there before")
            index.entries[number] = raw
        except (*FAILURES, DataError) as error:
            index.bad.append(BadRow(place=f"{path}: entry {position}", reason=f"{error}; correct or remove it"))
    return index
