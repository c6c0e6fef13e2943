"""Tables of pictures with questions, captions or statements, under any of the usual names of columns; VQA-RAD's own file.

A column is taken for what its name says and its values bear out: pictures are files that exist, texts are texts.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from sayso.pipeline.initialising._finding import Entry, Finder, Finding, Look, finders, role_of
from sayso.pipeline.initialising._listing import IMAGE_SUFFIXES
from sayso.pipeline.initialising._peek import Peek
from sayso.sources._rows import ItemRow

__all__ = ["guess_columns", "tables"]

NAMES: Mapping[str, tuple[str, ...]] = {
    "image": ("image", "image_name", "image_path", "image_file", "img", "img_path", "img_name", "imagepath", "filename",
              "file_name", "filepath", "file", "picture", "photo", "path", "jpg"),
    "question": ("question", "query", "q", "question_text", "sentence_question"),
    "answer": ("answer", "answers", "a", "gt_answer", "answer_text", "gold", "response", "multiple_choice_answer", "direct_answers"),
    "caption": ("caption", "captions", "text", "description", "sentence", "title", "alt_text", "raw", "comment"),
    "statement": ("statement", "hypothesis", "claim"),
    "label": ("label", "truth", "gold_label", "is_true"),
    "class": ("class", "class_name", "category", "category_name", "label_name", "target"),
}  # fmt: skip
VAGUE = {"text", "title", "raw", "comment"}
"""Names of columns whose texts are captions only if they are longer than a word; else they may be what is written there."""
MAX_CLASS_CHARACTERS = 60
TRUE_OR_FALSE = {"true", "false", "0", "1"}
RAD = {"image_name", "question", "answer", "qid", "image_organ"}


@finders.register("tables")
def tables() -> Finder:
    """Tables with pictures."""
    return _Tables()


class _Tables:
    def find(self, look: Look) -> Iterator[Finding]:
        """One finding for each file of rows that name pictures."""
        for seen in look.peeks():
            if seen.rows and not seen.entries and (found := _found(look, seen)):
                yield found


def guess_columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Our names for the columns of `rows`, as far as names and values tell."""
    keys = {key.lower().strip(): key for row in rows[:1] for key in row}
    guessed = {ours: keys[theirs] for ours, names in NAMES.items() for theirs in names[::-1] if theirs in keys}
    guessed = {ours: key for ours, key in guessed.items() if _bears_out(ours, [row.get(key) for row in rows])}
    if "question" not in guessed or "answer" not in guessed:
        guessed.pop("question", None), guessed.pop("answer", None)
    if guessed.get("caption", "").lower() in VAGUE and all(
        len(_text(row, guessed["caption"]).split()) < 2 for row in rows
    ):
        del guessed["caption"]
    if (name := guessed.pop("class", None)) and not guessed.keys() & {"caption", "statement", "label"}:
        guessed["label"] = name
    guessed = _judged(guessed, rows)
    if "question" in guessed or "statement" in guessed:
        guessed.pop("caption", None)
    return guessed


def _text(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _judged(guessed: dict[str, str], rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """A text beside a label is no caption: it is a statement that is true or false, a question that is answered, or unclear."""
    label, text = guessed.get("label"), guessed.get("statement") or guessed.get("caption")
    if label is None or "question" in guessed:
        return {ours: key for ours, key in guessed.items() if ours not in ("label", "statement")}
    rest = {ours: key for ours, key in guessed.items() if ours not in ("label", "statement", "caption")}
    values = {str(row.get(label)).strip().lower() for row in rows}
    if text is None:  # what the picture shows
        return rest | ({"label": label} if all(len(value) <= MAX_CLASS_CHARACTERS for value in values) else {})
    if values <= TRUE_OR_FALSE:
        return rest | {"statement": text, "label": label}
    if values <= {"yes", "no"} and all(str(row.get(text)).rstrip().endswith("?") for row in rows):
        return rest | {"question": text, "answer": label}
    return rest


def _bears_out(ours: str, values: Sequence[Any]) -> bool:
    there = [value for value in values if value not in (None, "")]
    if ours == "image":
        return bool(there) and all(_is_picture(value) for value in there)
    if ours in ("label", "class"):
        return bool(there)
    kinds = (str, list, int, float) if ours == "answer" else (str, list)
    return bool(there) and all(isinstance(value, kinds) and not isinstance(value, bool) for value in there)


def _is_picture(value: Any) -> bool:
    if isinstance(value, dict):
        return bool(value.get("bytes") or value.get("path"))
    return isinstance(value, bytes) or (
        isinstance(value, str) and any(value.lower().endswith(end) for end in IMAGE_SUFFIXES)
    )


def _found(look: Look, seen: Peek) -> Finding | None:
    if own := _our_rows(look, seen):
        return own
    columns = guess_columns(seen.rows)
    if "image" not in columns:
        return None
    if len(columns) < 2:
        others = ", ".join(key for key in seen.rows[0] if key != columns["image"]) or "none"
        reason = f"of its other columns ({others}) none is a caption, a class, or a question with answers"
        told = f"{seen.path} is a table with pictures: {columns['image']!r} as image"
        return Finding(told=told, takes=frozenset({seen.path}), not_carried={str(seen.path): reason})
    names = [row[columns["image"]] for row in seen.rows if isinstance(row.get(columns["image"]), str)]
    is_rad = seen.rows[0].keys() >= RAD
    listed = ", ".join(f"{theirs!r} as {ours}" for ours, theirs in columns.items())
    told = f"{seen.path} is " + ("a file of VQA-RAD" if is_rad else f"a table with pictures: {listed}")
    takes, role = frozenset({seen.path}), role_of(seen.path.parent.name, seen.path.stem)
    if not names:  # embedded in Parquet
        options = {"path": str(seen.path), "columns": columns}
        return Finding(told=told, entries=(Entry(name="hf", options=options, role=role),), takes=takes)
    root = look.listing.root_of(names[:20], near=seen.path)
    if root is None:
        reason = f"its picture {names[0]!r} is nowhere in {look.listing.root}"
        return Finding(told=told, takes=takes, not_carried={str(seen.path): reason})
    options = {"path": str(seen.path), "images": str(root)} | ({} if is_rad else {"columns": columns})
    left = [key for key in seen.rows[0] if key not in columns.values()]
    rest = {f"{seen.path.name}: {key}": "no column of ours" for key in left} if not is_rad else {}
    entry = Entry(name="vqa_rad" if is_rad else "table", options=options, role=role)
    return Finding(told=told, entries=(entry,), takes=takes, not_carried=rest)


def _our_rows(look: Look, seen: Peek) -> Finding | None:
    """Rows of our own format, docs/formats.md."""
    try:
        rows = [msgspec.convert(row, ItemRow) for row in seen.rows]
    except msgspec.ValidationError:
        return None
    images = [image for row in rows for image in ([row.images] if isinstance(row.images, str) else row.images)]
    if not images and not any(row.questions or row.statements or row.captions for row in rows):
        return None
    if seen.path.suffix == ".json" or (seen.rows and "images" not in seen.rows[0] and "questions" not in seen.rows[0]):
        return None
    root = look.listing.root_of(images[:20], near=seen.path) or seen.path.parent
    options = {"path": str(seen.path), "root": str(root)}
    told = f"{seen.path} holds rows of sayso's own format"
    entry = Entry(name="jsonl", options=options, role=role_of(seen.path.parent.name, seen.path.stem))
    return Finding(told=told, entries=(entry,), takes=frozenset({seen.path}))
