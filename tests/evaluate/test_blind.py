from sayso.config import PromptConfig
from sayso.evaluate.blind import learn_blind
from sayso.records import Example, Region, Regions, Sample

PROMPT = PromptConfig()


def example(number, *references):
    return Example(id=str(number), task="t", source="toy", split="train", references=references)


def question(*options):
    return Sample(id="s", example="e", task="t", template="w", messages=(), options=options, references=())


def box(x1):
    return Region(x1=x1, y1=0.2, x2=0.9, y2=0.8)


def test_the_commonest_reference_wins_and_repeats_within_an_example_do_not_count():
    rows = [example(0, "two", "two"), example(1, "one"), example(2, "one", "1")]
    assert learn_blind(rows, prompt=PROMPT).answer(question(), prompt=PROMPT) == "one"


def test_a_tie_goes_to_the_text_that_sorts_first():
    rows = [example(0, "b"), example(1, "a")]
    assert learn_blind(rows, prompt=PROMPT).answer(question(), prompt=PROMPT) == "a"


def test_among_options_only_what_is_offered_can_be_answered():
    blind = learn_blind([example(0, "red"), example(1, "red"), example(2, "blue")], prompt=PROMPT)
    assert blind.answer(question("blue", "red"), prompt=PROMPT) == "red"
    assert blind.answer(question("green", "blue"), prompt=PROMPT) == "blue"
    assert blind.answer(question("white", "green"), prompt=PROMPT) == "white"


def test_boxes_are_answered_with_the_median_box():
    blind = learn_blind([example(n, box(x)) for n, x in enumerate((0.1, 0.2, 0.7))], prompt=PROMPT)
    assert blind.answer(question(), prompt=PROMPT) == "[0.200, 0.200, 0.900, 0.800]"


def test_several_boxes_are_counted_as_text():
    pair = Regions(items=(box(0.1), box(0.5)))
    blind = learn_blind([example(0, pair), example(1, pair), example(2, box(0.3))], prompt=PROMPT)
    assert blind.answer(question(), prompt=PROMPT).count("[") == 2


def test_without_training_examples_there_is_no_baseline():
    assert learn_blind([], prompt=PROMPT) is None
