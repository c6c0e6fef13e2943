"""AMBER by hand, and on its published annotations."""

import json

import pytest
from yes_no_answers import answer, figures, tally

from sayso.errors import ConfigError, DataError

PICTURE = {"dimension": "generative", "truth": "sky,man|person,tree", "hallu": "cloud,dog|puppy", "image": "1.jpg"}
SAID = ["no", "no", "yes", "yes", None]
TRUE = ["no", "yes", "yes", "no", "no"]


def asked(dimension, said=SAID, true=TRUE):
    rows = zip(said, true, strict=True)
    return [
        answer(f"{dimension}{n}", one, gold, dimension=dimension, image=f"{n}.jpg")
        for n, (one, gold) in enumerate(rows)
    ]


def described(text, **about):
    return answer(text, text, **(PICTURE | about))


DESCRIPTIONS = [
    described(
        "A person under a sky with clouds, and a puppy"
    ),  # 4 mentions, 2 not there; 2 of 3 things; both temptations
    described("Two trees by a lake", image="2.jpg"),  # 1 mention: nothing speaks of lakes here; 1 of 3 things
    described("A lake", truth="lake,orange", hallu="boat", safe="dog", image="3.jpg"),  # now it does
]


def test_the_figures_of_descriptions():
    found = figures("amber", DESCRIPTIONS)
    # known names: sky man person tree cloud dog puppy lake orange boat; "lake" is invented in picture 2
    assert found == pytest.approx(
        {
            "amber_chair": (2 + 1 + 0) / (4 + 2 + 1),
            "amber_cover": (2 + 1 + 1) / (3 + 3 + 2),
            "amber_hal": 2 / 3,
            "amber_cog": (2 + 0 + 0) / (2 + 2 + 1),
        }
    )


def test_the_figures_of_questions_have_no_as_their_positive_class():
    found = figures("amber", [*asked("discriminative-hallucination"), *asked("relation", ["no"] * 5)])
    assert found["amber_accuracy"] == pytest.approx((2 + 3) / 10)
    assert found["amber_precision"] == pytest.approx((1 + 3) / (2 + 5))
    assert found["amber_recall"] == pytest.approx((1 + 3) / (2 + 3))  # the unread one is in no cell
    assert found["amber_f1"] == pytest.approx(2 * 4 / (2 * 4 + 3 + 1))
    assert found["amber_existence_accuracy"] == pytest.approx(2 / 5)
    assert found["amber_relation_accuracy"] == pytest.approx(3 / 5)
    assert "amber_mean_accuracy" not in found  # attributes were not asked about
    assert "amber_score" not in found


def test_the_score_joins_both_and_the_mean_is_over_dimensions():
    every = [
        one
        for name in ("existence", "discriminative-attribute-state", "discriminative-relation")
        for one in asked(name)
    ]
    found = figures("amber", [*DESCRIPTIONS, *every])
    assert found["amber_score"] == pytest.approx((1 - found["amber_chair"] + found["amber_f1"]) / 2)
    assert found["amber_mean_accuracy"] == pytest.approx(2 / 5)
    reasons = tally("amber", [described(None), *every]).reasons
    assert reasons == {"neither yes nor no": 4}
    assert tally("amber", [*DESCRIPTIONS, *every]).units == ("1.jpg", "2.jpg", "3.jpg", "0.jpg", "4.jpg")


def test_a_safe_word_is_no_evidence_and_a_description_that_was_not_read_covers_nothing():
    assert figures("amber", [described("a dog")])["amber_chair"] == 1
    assert figures("amber", [described("a dog", safe="dog")])["amber_chair"] == 0
    assert figures("amber", [described(None), described("sky")])["amber_cover"] == pytest.approx(1 / 6)


def test_relation_json_makes_more_words_mentions(tmp_path):
    file = tmp_path / "relation.json"
    file.write_text(json.dumps({"lake": ["pond", "water"]}))
    one = [described("A tree at a pond")]
    assert figures("amber", one)["amber_chair"] == 0
    assert figures("amber", one, relation=str(file))["amber_chair"] == 0.5
    with pytest.raises(ConfigError, match=r"give AMBER's relation\.json"):
        figures("amber", one, relation=str(tmp_path / "none.json"))


def test_what_an_example_lacks_is_an_error():
    with pytest.raises(DataError, match="dimension 'colour' is none of generative, existence"):
        figures("amber", asked("colour"))
    with pytest.raises(DataError, match="needs 'truth'"):
        figures("amber", [answer("g1", "a dog", dimension="generative")])


def test_the_published_annotations_under_answers_with_known_figures(sayso_data):
    """Every description names exactly what is there, or exactly what tempts; every question is answered right, or with no."""
    folder = sayso_data / "benchmark_annotations/amber"
    related = json.loads((folder / "relation.json").read_text())
    rows = json.loads((folder / "annotations.json").read_text())
    options = {"relation": str(folder / "relation.json")}

    def made(name, said):
        for row in rows:
            if row["type"] == "generative":
                groups = {
                    key: ",".join("|".join([w, *related.get(w, [])]) for w in row[key]) for key in ("truth", "hallu")
                }
                yield answer(row["id"], ". ".join(row[name]) or "nothing", dimension="generative", **groups)
            else:
                yield answer(row["id"], said or row["truth"], row["truth"], dimension=row["type"])

    right = figures("amber", list(made("truth", None)), **options)
    wrong = figures("amber", list(made("hallu", "no")), **options)
    assert len(rows) == 3025
    assert right["amber_chair"] == 0
    assert right["amber_cover"] == 1
    assert right["amber_cog"] == 0
    assert {right[f"amber_{one}"] for one in ("score", "accuracy", "f1", "mean_accuracy")} == {1.0}
    assert wrong["amber_chair"] > 0.95
    assert 0.95 < wrong["amber_cog"] < 1  # a few words are listed as there and as tempting
    assert wrong["amber_recall"] == 1
    truths = [row["truth"] == "no" for row in rows if row["type"] != "generative"]
    assert wrong["amber_precision"] == wrong["amber_accuracy"] == pytest.approx(sum(truths) / len(truths))
