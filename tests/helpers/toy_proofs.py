"""A toy source and toy tasks: what a check says of rows that a test wrote itself."""

from collections.abc import Iterable, Iterator, Sequence

from sayso.records import AnnotatedItem, Media, Options, Question, TaskCard, Template
from sayso.sources import BadRow
from sayso.tasks import Draft, Task

WORDS = (
    "apple",
    "brick",
    "cloud",
    "dune",
    "ember",
    "fjord",
    "grape",
    "heron",
    "inlet",
    "jewel",
    "kayak",
    "lemur",
    "mango",
)
"""Words of the toy rows, all alike to a probe."""

Row = AnnotatedItem | BadRow


def ask(item: AnnotatedItem, stream: object) -> Iterator[Draft]:
    """Every question of the item, with its options or boxes if it has some, and its captions as what is to be read."""
    del stream
    for question in item.questions:
        fields: dict[str, object] = {"question": question.text}
        if item.captions:
            fields["passage"] = item.captions[0]
        choices = question.options or question.boxes
        answers: Sequence[object] = (question.answer_box,) if question.answer_box else question.answers
        yield Draft(fields=fields | ({"options": Options(items=choices)} if choices else {}), references=tuple(answers))


def toy_task(name: str = "toy", output: str = "text", **more: object) -> Task:
    slots = {"question": "text"} | ({"options": "options"} if "option" in output else {})
    metrics = {"text": ("exact_match",), "region": ("iou",)}.get(output, ("accuracy",))
    card = {"name": name, "category": "toys", "summary": "Toy", "needs": frozenset({"questions"}), "slots": slots}
    return Task(**card | {"output": output, "metrics": metrics, "function": ask} | more)


def toy_item(
    number: int, *questions: Question, split: str = "train", picture: str | None = "", **more: object
) -> AnnotatedItem:
    media = () if picture is None else (Media(path=picture or f"toy:{number}", width=40, height=40),)
    return AnnotatedItem(id=f"i{number}", source="toy", split=split, media=media, questions=questions, **more)


class ToySource:
    """The rows of one split."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows = list(rows)

    def items(self) -> Iterator[Row]:
        return iter(self.rows)


class LeakySource(ToySource):
    """Brings a task along, `toy.leaky`, each of whose five questions holds its answer of three words."""

    def __init__(self) -> None:
        told = (
            Question(text=f"is it a large red cube {n}?", answers=("a large red",), kind="toy.leaky") for n in range(5)
        )
        super().__init__(toy_item(n, question) for n, question in enumerate(told))

    def tasks(self) -> Iterator[TaskCard]:
        wording = Template(id="toy.leaky/0", task="toy.leaky", text="{input}")
        yield TaskCard(name="toy.leaky", category="toys", summary="Leaky", templates=(wording,))


TEXTS = ("Say: {question}", "{question} Answer.", "Look. {question}", "Tell me: {question}", "Now {question}")


def wordings(task: Task, texts: Sequence[str] = TEXTS) -> list[Template]:
    held_out = ("Please: {question}", "{question} Be brief.", "Question: {question}")
    given = [(text, False) for text in texts] + [(text, True) for text in held_out if texts is TEXTS]
    return [
        Template(id=f"{task.name}/{number}", task=task.name, text=text, held_out=out)
        for number, (text, out) in enumerate(given)
    ]
