"""Other words for yes and no: drawn per sample, only where the options show them, and only in training."""

from collections import Counter

import pytest

from sayso.config import PromptConfig
from sayso.data import Card, Sampler
from sayso.instructions.verbalisers import LABELS, label_sets, with_labels
from sayso.records import Example, Options, Template, TextPart

CARD = Card(
    name="t", category="c", output="option", metrics=("accuracy",), slots={"text": "text", "options": "options"}
)
TEMPLATE = Template(id="t/0", task="t", text="Is it so that {text}? {options}")


def example(
    *options: str, number: int = 0, reference: str = "", text: str = "yes means yes and no means no"
) -> Example:
    return Example(
        id=f"t/{number}",
        task="t",
        source="s",
        split="train",
        fields={"text": text, "options": Options(items=options)},
        references=(reference or options[0],),
    )


def sampler(verbalisers: str) -> Sampler:
    prompt = PromptConfig.model_validate({"verbalisers": verbalisers})
    return Sampler(cards=[CARD], templates=[TEMPLATE], prompt=prompt, seed=1)


def test_labels_are_drawn_for_every_sample_and_not_once_for_a_run() -> None:
    """Defect 35 of MultiInstruct's release: `text_legibility` draws its label words once per run."""
    made = sampler("varied")
    pairs = Counter(made.train_sample(example("yes", "no", number=number), epoch=0).references for number in range(300))
    assert set(pairs) == {(labels[0],) for labels in LABELS}
    assert max(pairs.values()) < 3 * min(pairs.values())
    again = [made.train_sample(example("yes", "no"), epoch=epoch).references for epoch in range(20)]
    assert again == [
        sampler("varied").train_sample(example("yes", "no"), epoch=epoch).references for epoch in range(20)
    ]
    assert len(set(again)) > 1


@pytest.mark.parametrize("options", [("yes", "no"), ("no", "yes", "not sure"), ("Yes", "No")])
def test_options_references_and_answer_say_the_same_words(options: tuple[str, ...]) -> None:
    for number in range(30):
        given = example(*options, number=number, reference=options[number % len(options)])
        sample = sampler("varied").train_sample(given, epoch=0)
        part = sample.messages[-1].parts[-1]
        assert isinstance(part, TextPart)
        assert part.text == sample.references[0]
        assert sample.references[0] in sample.options
        assert len(set(sample.options)) == len(options)


def test_a_field_that_mentions_yes_or_no_is_untouched() -> None:
    for number in range(20):
        changed = with_labels(example("yes", "no", number=number), labels=LABELS[1])
        assert changed.fields["text"] == "yes means yes and no means no"
        assert changed.fields["options"] == Options(items=("true", "false"))
        assert changed.references == ("true",)


@pytest.mark.parametrize("options", [("yes", "no", "maybe"), ("red", "blue"), ("no", "not sure"), ("yes", "Yes")])
def test_other_options_stay_as_they_are(options: tuple[str, ...]) -> None:
    assert label_sets(example(*options), template=TEMPLATE) == (LABELS[0],)


def test_without_options_on_show_an_answer_stays_plain() -> None:
    bare = Example(id="t/1", task="t", source="s", split="train", fields={"text": "it rains"}, references=("yes",))
    assert label_sets(bare, template=TEMPLATE) == (LABELS[0],)


def test_a_wording_that_asks_for_yes_or_no_gets_yes_or_no() -> None:
    asking = Template(id="t/1", task="t", text="{text}? Answer Yes or No. {options}")
    assert label_sets(example("yes", "no"), template=asking) == (LABELS[0],)


def test_evaluation_and_a_plain_prompt_use_the_plain_pair() -> None:
    for number in range(20):
        given = example("yes", "no", number=number)
        assert sampler("varied").test_sample(given, template=TEMPLATE).references == ("yes",)
        assert sampler("plain").train_sample(given, epoch=0).references == ("yes",)


def test_varied_labels_leave_every_other_draw_alone() -> None:
    for number in range(20):
        given = example("yes", "no", number=number)
        plain, varied = (sampler(kind).train_sample(given, epoch=0) for kind in ("plain", "varied"))
        assert plain.template == varied.template
        assert plain.options.index("yes") == varied.options.index(varied.references[0])


def test_all_labels_differ() -> None:
    words = [word.casefold() for labels in LABELS for word in labels]
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("text", ["Is it red? Answer yes or no.", "Yes/No: is it red?", "say yes, no"])
def test_a_question_that_asks_for_yes_or_no_itself_is_answered_so(text: str) -> None:
    assert len(label_sets(example("yes", "no", text=text), template=TEMPLATE)) == 1
    assert label_sets(example("yes", "no", text="A: is it red? B: yes. A: no doubt?"), template=TEMPLATE) == LABELS
