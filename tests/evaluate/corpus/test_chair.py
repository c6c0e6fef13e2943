"""CHAIR by hand, the list of words of our own, and published captions of two models on COCO."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yes_no_answers import answer, figures, tally

from sayso.errors import ConfigError, DataError
from sayso.evaluate.corpus._objects import OWN_LIST, read_things
from sayso.evaluate.corpus._singular import singular
from sayso.evaluate.corpus.measuring import corpus_metric

THINGS = read_things(OWN_LIST)


def test_the_figures_of_three_captions():
    answers = [
        # person, dog, frisbee named; the frisbee is nowhere: 1 of 3 mentions
        answer(0, "A man and his dog with a frisbee.", "A man walks a dog.", objects="person,car"),
        # cat, cat, couch: all there (the couch by a reference); 0 of 3 mentions
        answer(1, "Two cats, one cat on the sofa", "A cat on a couch", objects="cat"),
        # nothing named: no mention, and no caption that invents
        answer(2, "A fine day", objects="kite"),
    ]
    assert figures("chair", answers) == pytest.approx(
        {
            "chair_i": 1 / 6,
            "chair_s": 1 / 3,
            "chair_recall": (2 + 2 + 0) / (3 + 2 + 1),  # {person, dog} of {person, car, dog}; both; none of {kite}
            "chair_length": (8 + 7 + 3) / 3,
        }
    )


def test_one_source_of_truth_alone_makes_a_caption_look_worse():
    caption = "A woman and a dog"
    both = answer(0, caption, "a woman outside", objects="dog")
    only_objects, only_references = answer(0, caption, objects="dog"), answer(0, caption, "a woman outside", objects="")
    assert [figures("chair", [one])["chair_i"] for one in (both, only_objects, only_references)] == [0, 0.5, 0.5]


def test_an_answer_that_was_not_read_has_no_caption_and_recalls_nothing():
    answers = [answer(0, None, objects="dog"), answer(1, "a dog", objects="dog")]
    assert figures("chair", answers) == {"chair_i": 0, "chair_s": 0, "chair_recall": 0.5, "chair_length": 2}
    assert sum(tally("chair", answers).reasons.values()) == 1


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Two hot dogs and a dog", ["hot dog", "dog"]),
        ("a hot-dog", ["hot dog"]),
        ("a teddy bear beside a polar bear", ["teddy bear", "bear"]),
        ("A baby elephant and an adult giraffe", ["elephant", "giraffe"]),
        ("a baby in a crib", ["person", "bed"]),
        ("a passenger jet, a passenger train, a passenger", ["airplane", "train", "person"]),
        ("a man's bow tie", ["person", "tie"]),
        ("the toilet seat is a white seat", ["toilet"]),
        ("a seat by the window", ["chair"]),
        ("wine glasses, knives, scissors, skis", ["wine glass", "knife", "scissors", "skis"]),
        ("Policemen, children and people", ["person", "person", "person"]),
        ("geese on a fire hydrant at a stop sign", ["bird", "fire hydrant", "stop sign"]),
        ("The cattle catalogue", ["cow"]),
        ("", []),
    ],
)
def test_what_a_text_names(text, named):
    assert THINGS.mentions(text) == named


def test_every_category_and_every_word_of_the_list_is_read_as_its_own():
    assert len(THINGS.categories) == 80
    seen = {}
    for line in OWN_LIST.read_text().splitlines():
        category, *others = (name.strip() for name in line.split(","))
        assert THINGS.mentions(category) == [category]
        for name in others:
            assert seen.setdefault(name, category) == category, f"{name} stands twice"
            assert THINGS.mentions(f"There is a {name} here.") == [category], name


@given(st.text())
def test_any_text_names_categories_alone(text):
    assert set(THINGS.mentions(text)) <= THINGS.categories


@pytest.mark.parametrize(
    ("word", "one"),
    [
        ("dogs", "dog"),
        ("benches", "bench"),
        ("buses", "bus"),
        ("bus", "bus"),
        ("puppies", "puppy"),
        ("ties", "tie"),
        ("women", "woman"),
        ("firemen", "fireman"),
        ("glasses", "glass"),
        ("glass", "glass"),
        ("horses", "horse"),
        ("tomatoes", "tomato"),
        ("shoes", "shoe"),
        ("calves", "calf"),
        ("gloves", "glove"),
        ("sheep", "sheep"),
    ],
)
def test_plurals_are_undone(word, one):
    assert singular(word) == one


def test_a_list_of_ones_own_counts_and_its_hash_is_on_the_card(tmp_path):
    own = tmp_path / "words.txt"
    own.write_text("fruit, apple, pear\nvegetable, leek\n")
    answers = [answer(0, "apples and leeks", objects="fruit")]
    assert figures("chair", answers, words=str(own))["chair_i"] == 0.5
    cards = corpus_metric("chair", {"words": str(own)}).cards, corpus_metric("chair").cards
    assert "words.txt, SHA-256 " in cards[0][0].source
    assert cards[0][0].source != cards[1][0].source
    with pytest.raises(ConfigError, match="cannot read the list of words"):
        corpus_metric("chair", {"words": str(tmp_path / "none.txt")})
    own.write_text("\n")
    with pytest.raises(ConfigError, match="is empty"):
        corpus_metric("chair", {"words": str(own)})


def test_instances_of_an_unknown_category_are_an_error():
    with pytest.raises(DataError, match=r"'puppy' is no category of coco_words\.txt; did you mean 'dog'"):
        figures("chair", [answer(0, "a dog", objects="person, puppy")])
    with pytest.raises(DataError, match="give `objects`"):
        figures("chair", [answer("e9", "a dog")])


def concatenated(text):
    decoder, place = json.JSONDecoder(), 0
    while place < len(text):
        found, place = decoder.raw_decode(text, place)
        yield found
        place += len(text[place:]) - len(text[place:].lstrip())


def test_published_captions_of_two_models_are_read_whole(sayso_data):
    """Their pictures' annotations are not at hand: what is looked at is how much each names."""
    named = {}
    for model in ("instructblip", "llava"):
        file = sayso_data / f"benchmark_annotations/pope/caption_data/Instruction1_{model}.json"
        rows = list(concatenated(file.read_text().strip()))
        assert len(rows) == 300
        named[model] = [len(set(THINGS.mentions(row["text"]))) for row in rows]
    assert sum(map(bool, named["instructblip"])) > 260  # one short sentence, and nearly always an object
    assert sum(map(bool, named["llava"])) > 290
    assert 1 < sum(named["instructblip"]) / 300 < 2 < sum(named["llava"]) / 300 < 5


def test_annotated_pictures_with_captions_of_people_of_a_language_model_and_of_other_pictures(sayso_data):
    """80 val2014 pictures with instances and five captions; GPT-4 described 30 of them from exactly these, so it invents little."""
    folder = sayso_data / "benchmark_annotations/llava_bench_coco"

    def read(name):
        return [json.loads(line) for line in (folder / name).read_text().splitlines()]

    pictures = {row["image"]: row for row in read("caps_boxes_coco2014_val_80.jsonl")}
    objects = {name: ",".join(sorted({one["category"] for one in row["instances"]})) for name, row in pictures.items()}
    shifted = dict(zip(pictures, [*list(pictures)[1:], next(iter(pictures))], strict=True))

    def people(other):
        for name, row in pictures.items():
            texts = pictures[other[name]]["captions"]
            for place, text in enumerate(texts):
                rest = row["captions"] if other[name] != name else texts[:place] + texts[place + 1 :]
                yield answer(f"{name}{place}", text, *rest, objects=objects[name], image=name)

    said = {row["question_id"]: row["text"] for row in read("qa90_gpt4_answer.jsonl")}
    asked = [row for row in read("qa90_questions.jsonl") if row["category"] == "detail" and row["image"] in pictures]
    described = [
        answer(
            row["question_id"],
            said[row["question_id"]],
            *pictures[row["image"]]["captions"],
            objects=objects[row["image"]],
        )
        for row in asked
    ]
    own, others = list(people({name: name for name in pictures})), list(people(shifted))
    assert (len(pictures), len(own), len(described)) == (80, 401, 30)
    true, false, long = (figures("chair", some) for some in (own, others, described))
    assert true["chair_i"] < 0.03
    assert false["chair_i"] > 0.5
    assert long["chair_i"] < 0.1
    assert long["chair_recall"] > true["chair_recall"] > false["chair_recall"]


def test_every_person_who_described_a_picture_names_what_is_there(sayso_data):
    """COCO's own captions, each against the instances and the other captions of its picture: people invent little."""
    folder = sayso_data / "coco_photos/annotations"
    captions, instances = {}, {}
    for file in sorted(folder.glob("*.json")):
        found = json.loads(file.read_text())
        names = {one["id"]: one["name"] for one in found.get("categories", [])}
        for one in found["annotations"]:
            if "caption" in one:
                captions.setdefault(one["image_id"], []).append(one["caption"])
            elif "category_id" in one:
                instances.setdefault(one["image_id"], set()).add(names[one["category_id"]])
    answers = [
        answer(f"{image}/{n}", text, *texts[:n], *texts[n + 1 :], objects=",".join(sorted(instances.get(image, ()))))
        for image, texts in captions.items()
        for n, text in enumerate(texts)
    ]
    assert len(answers) == 320
    found = figures("chair", answers)
    assert found["chair_i"] < 0.1
    assert found["chair_s"] < 0.15
