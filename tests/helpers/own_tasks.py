"""A synthesizer that makes a task of its own: every caption is read backwards."""

from sayso.instructions.synthesize import Made
from sayso.records import AnnotatedItem, Filled, TaskCard, Template, Verdict

CARD = TaskCard(
    name="backwards",
    category="made",
    summary="Read a text backwards",
    templates=(
        Template(id="backwards/0", task="backwards", text="Read this backwards: {text}"),
        Template(id="backwards/1", task="backwards", text="{text} - from the end, please."),
    ),
    slots={"text": "text"},
)


class Backwards:
    """One row a caption."""

    def synthesize(self, items, *, synthesis):
        for number, item in enumerate(items):
            text = item.captions[0] if item.captions else item.conversation[-1].text
            rows = (Filled(task=CARD.name, fields={"text": text}, references=(text[::-1],)),)
            made = AnnotatedItem(id=f"b-{number}", source="backwards", license=item.license, filled=rows)
            verdict = Verdict(keep=True, reason="accepted")
            yield Made(id=made.id, operation="turn", verdict=verdict, item=made, card=CARD, parents=(item.id,))


class Broken:
    """Does not get far."""

    def synthesize(self, items, *, synthesis):
        yield len(items) / 0
