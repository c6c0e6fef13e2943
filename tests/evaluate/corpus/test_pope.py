"""POPE by hand, and on its published files with answers whose figures are known."""

import json

import pytest
from yes_no_answers import BOOTSTRAP, answer, figures, tally

from sayso.errors import DataError
from sayso.evaluate.corpus import Answer
from sayso.evaluate.corpus.measuring import corpus_metric, measure
from sayso.evaluate.metrics import Context
from sayso.evaluate.parsers import parsers

#             tp tp tp fn  tn tn fp unread(yes) unread(no)
SAID = ["yes", "yes", "yes", "no", "no", "no", "yes", None, None]
TRUE = ["yes", "yes", "yes", "yes", "no", "no", "no", "yes", "no"]
TABLE = [answer(n, said, true) for n, (said, true) in enumerate(zip(SAID, TRUE, strict=True))]


def test_the_figures_of_nine_answers():
    assert figures("pope", TABLE) == pytest.approx(
        {
            "pope_accuracy": 5 / 9,  # an unread answer is wrong
            "pope_precision": 3 / 4,
            "pope_recall": 3 / 4,  # and in no cell of precision or recall
            "pope_f1": 3 / 4,
            "pope_yes_ratio": 4 / 9,  # of predictions: five of the nine gold answers are yes
            "pope_unparsed": 2 / 9,
        }
    )


def test_figures_come_with_intervals_around_them():
    found = measure(
        corpus_metric("pope"),
        [answer(n, "yes", "yes" if n % 3 else "no") for n in range(90)],
        bootstrap=BOOTSTRAP,
        name="t",
    )
    one = found.figures["pope_precision"]
    assert one.mean == pytest.approx(2 / 3)
    assert 0.5 < one.low < one.mean < one.high < 0.8
    assert one.n == 90


def test_what_was_not_read_is_counted_with_its_reason():
    assert tally("pope", TABLE).reasons == {"neither yes nor no": 2}
    assert tally("pope", [answer(0, "a dog", "yes")]).reasons == {"neither yes nor no": 1}


def test_a_ratio_without_anything_to_divide_by_has_no_value():
    found = figures("pope", [answer(0, "no", "no"), answer(1, "no", "no")])
    assert found == {"pope_accuracy": 1, "pope_yes_ratio": 0, "pope_unparsed": 0}


@pytest.mark.parametrize("metric", ["pope", "mme", "hallusion_bench", "amber"])
def test_without_a_reference_nothing_is_scored_and_it_is_counted(metric):
    keys = ("subcategory", "set_id", "question_id", "figure_id", "visual_input")
    about = dict.fromkeys(keys, "1") | {"category": "count" if metric == "mme" else "VD", "dimension": "relation"}
    one, other = answer(0, "yes", image="a", **about), answer(1, "yes", "yes", image="b", **about)
    assert figures(metric, [one, other, other]) == figures(metric, [other, other])
    assert figures(metric, [one]) == {}
    assert tally(metric, [one]).reasons["no reference"] == 1


def test_questions_about_one_picture_are_one_unit():
    answers = [answer(n, "yes", "yes", image=f"{n % 2}.jpg") for n in range(6)]
    assert tally("pope", answers).units == ("0.jpg", "1.jpg")
    assert tally("pope", TABLE).units == tuple("012345678")


@pytest.mark.parametrize("references", [("maybe",), ("yes", "no")])
def test_a_gold_answer_that_is_neither_is_an_error(references):
    with pytest.raises(DataError, match="must be one of yes and no"):
        figures("pope", [answer("q7", "yes", *references)])


def published(folder, name):
    lines = (folder / "benchmark_annotations/pope/coco" / name).read_text().splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("name", ["coco_pope_random.json", "coco_pope_popular.json"])
def test_the_published_questions_under_answers_with_known_figures(sayso_data, name):
    """A yes-man is right half of the time, recalls all, and has the F1 of two thirds that the paper gives for it."""
    rows = published(sayso_data, name)
    always = [answer(row["question_id"], "yes", row["label"], image=row["image"]) for row in rows]
    found = measure(corpus_metric("pope"), always, bootstrap=BOOTSTRAP, name=name)
    assert len(found.tally.units) == 500
    assert found.figures["pope_f1"].mean == pytest.approx(2 / 3)
    assert found.figures["pope_f1"].low == pytest.approx(
        2 / 3
    )  # three yes and three no a picture: drawing pictures moves nothing
    assert {one: found.figures[f"pope_{one}"].mean for one in ("accuracy", "recall", "yes_ratio")} == {
        "accuracy": 0.5,
        "recall": 1.0,
        "yes_ratio": 1.0,
    }


def test_the_parser_moves_the_figures_of_one_and_the_same_outputs(sayso_data):
    """Verbose answers of our own to the published questions: right ones with "no" in the middle, evasive ones, and silence."""
    forms = {
        "yes": ["Yes.", "There is one, yes.", "I see it"],
        "no": ["No.", "There is no such thing.", "I cannot see any"],
    }
    rows = published(sayso_data, "coco_pope_random.json")

    def read(name):
        parser = parsers.build(name, {})
        for number, row in enumerate(rows):
            output = forms[row["label"]][number % 3]
            found = parser.read(output, context=Context())
            yield Answer(
                example=str(number), text=found.text, references=(row["label"],), reason=found.reason, output=output
            )

    strict, official, lmms = (figures("pope", list(read(n))) for n in ("yes_no", "pope_official", "yes_no_lmms"))
    assert strict["pope_unparsed"] == pytest.approx(2 / 3, abs=0.01)
    assert strict["pope_precision"] == strict["pope_recall"] == 1  # of what was read
    assert strict["pope_accuracy"] == pytest.approx(1 / 3, abs=0.01)
    assert official["pope_unparsed"] == 0
    assert official["pope_recall"] == 1  # whatever is no "no" is a yes
    assert official["pope_accuracy"] == pytest.approx(5 / 6, abs=0.01)  # "I cannot see any" is a yes
    assert lmms["pope_unparsed"] == 1  # a full stop is enough
