import pytest
from yes_no_answers import answer, figures, tally

from sayso.errors import DataError

KEYS = ("category", "subcategory", "set_id", "question_id", "figure_id", "visual_input")
ROWS = [
    # about                                   said   gold
    (("VD", "illusion", "0", "0", "0", "1"), "yes", "yes"),
    (("VD", "illusion", "0", "0", "1", "2"), "no", "no"),  # question 0: right on both figures
    (("VD", "illusion", "0", "1", "0", "1"), "yes", "yes"),
    (("VD", "illusion", "0", "1", "1", "2"), "yes", "no"),  # question 1: wrong on the edited one
    (("VS", "chart", "0", "0", "0", "0"), "yes", "no"),  # no figure to see
    (("VS", "chart", "0", "0", "1", "1"), "yes", "yes"),
    (("VS", "chart", "0", "0", "2", "2"), "no", "no"),
    (("VS", "chart", "1", "0", "1", "1"), None, "yes"),  # another set; unread
]
EIGHT = [answer(n, said, gold, **dict(zip(KEYS, about, strict=True))) for n, (about, said, gold) in enumerate(ROWS)]


def test_the_accuracies_of_eight_answers():
    assert figures("hallusion_bench", EIGHT) == pytest.approx(
        {
            "hallusion_a_acc": 5 / 8,
            "hallusion_q_acc": 1 / 4,  # of VD 0/0, VD 0/1, VS 0/0, VS 1/0 the first
            "hallusion_f_acc": 3
            / 5,  # VD 0/0 right, VD 0/1 wrong, VS 0/1 and 0/2 right, VS 1/1 wrong; VS figure 0 is none
            "hallusion_q_acc_easy": 2 / 4,  # without the edited figures: VD 0/0, VD 0/1
            "hallusion_q_acc_hard": 2 / 3,  # on them alone: VD 0/0, VS 0/0
            "hallusion_inconsistent": 2 / 4,  # VD 0/1 and VS 0/0
            "hallusion_all_wrong": 1 / 4,  # VS 1/0
            "hallusion_yes_difference": (5 - 3) / 7,  # of the seven that were read
            "hallusion_yes_among_wrong": 2 / 2,
            "hallusion_unparsed": 1 / 8,
        }
    )
    assert tally("hallusion_bench", EIGHT).reasons == {"neither yes nor no": 1}


def test_a_set_is_a_unit_so_that_no_group_is_torn_apart():
    assert tally("hallusion_bench", EIGHT).units == ("VD/illusion/0", "VS/chart/0", "VS/chart/1")


def test_unclear_is_right_only_where_there_was_no_figure_to_see():
    judged = [answer(one.example, "unclear", **one.about) for one in EIGHT]
    found = figures("hallusion_bench", judged, judge="j")
    assert found["hallusion_a_acc"] == 1 / 8
    assert found["hallusion_f_acc"] == 0
    assert found["hallusion_unparsed"] == 0  # a judge said so; nothing is unread
    right = [answer(one.example, "correct", *one.references, **one.about) for one in EIGHT]
    found = figures("hallusion_bench", right)
    assert {found[f"hallusion_{name}"] for name in ("a_acc", "q_acc", "f_acc", "q_acc_easy", "q_acc_hard")} == {1.0}
    wrong = [answer(one.example, "incorrect", *one.references, **one.about) for one in EIGHT]
    found = figures("hallusion_bench", wrong)
    assert found["hallusion_all_wrong"] == 1
    assert found["hallusion_yes_difference"] == (4 - 4) / 8  # a wrong answer says the opposite of the gold one
    assert found["hallusion_yes_among_wrong"] == 0.5


def test_what_an_example_lacks_is_an_error():
    with pytest.raises(DataError, match="needs set_id, question_id, figure_id, visual_input"):
        figures("hallusion_bench", [answer(0, "yes", "yes", category="VD", subcategory="map")])
    about = dict(zip(KEYS, ROWS[0][0], strict=True)) | {"category": "XX"}
    with pytest.raises(DataError, match="category is 'XX'"):
        figures("hallusion_bench", [answer(0, "yes", "yes", **about)])
