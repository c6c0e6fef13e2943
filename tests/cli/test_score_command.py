"""`sayso score`: answers in a file, by any metric."""

import json

import pytest

from sayso.cli.main import main

HORSE = {
    "id": 0,
    "output": "A man is riding a horse on the beach.",
    "references": [
        "A man riding a horse on the beach.",
        "A person rides a brown horse along the shore.",
        "Man on horseback at the seaside.",
    ],
}
DOGS = {
    "id": 1,
    "output": "Two dogs playing with a ball.",
    "references": [
        "Two dogs play with a red ball in the park.",
        "A pair of dogs chasing a ball on grass.",
        "Dogs playing outside with a ball.",
    ],
}
PLATE = {
    "id": 2,
    "output": "A white plate topped with rice and chicken.",
    "references": [
        "A plate of food with rice, beans and chicken.",
        "Chicken and rice on a white plate.",
        "A dinner plate with meat, rice and beans.",
    ],
}


@pytest.fixture
def score(tmp_path, capsys):
    def call(rows, *arguments):
        path = tmp_path / "answers.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        with pytest.raises(SystemExit) as ended:
            main(["score", str(path), *map(str, arguments), "--resamples", "20"])
        return ended.value.code, *capsys.readouterr()

    return call


def figures(out):
    found = json.loads(out.splitlines()[-1])
    return found, {name: value and value["mean"] for one in found["metrics"] for name, value in one["figures"].items()}


def test_captions_get_the_figures_of_the_official_programs(score):
    code, out, _ = score([HORSE, DOGS, PLATE], "--metric", "bleu", "cider_d", "rouge_l_coco", "--json")
    found, values = figures(out)
    golden = {"bleu_1": 0.9130434782, "bleu_4": 0.4770479869, "cider_d": 2.5059813557, "rouge_l_coco": 0.8276912241}
    assert (code, found["num_answers"], found["unparsed"]) == (0, 3, {})
    assert {name: values[name] for name in golden} == pytest.approx(golden, abs=1e-9)
    assert found["metrics"][1]["cards"][0]["high"] == 10


def test_options_of_a_metric_and_a_parser_that_finds_nothing(score):
    annotators = ["U.S."] * 3 + ["France"] * 7
    _, out, _ = score([{"prediction": "us", "references": annotators}], "--metric", "vqa_accuracy", "--json")
    assert figures(out)[1] == {"vqa_accuracy": pytest.approx(0.9)}
    shown = {"references": "a cat", "options": ["a dog", "a cat"], "labels": ["A", "B"]}
    rows = [{"output": "B", **shown}, {"output": "Perhaps both", **shown}]
    _, out, _ = score(rows, "--metric", "accuracy", "--parser", "letter", "--json")
    found, values = figures(out)
    assert (values["accuracy"], sum(found["unparsed"].values())) == (0.5, 1)
    assert "not parsed: 1 of 2" in out
    _, out, _ = score([{"output": "ab", "references": "ax"}], "--metric", "anls", "--set", "boundary=strict", "--json")
    assert figures(out)[1] == {"anls": 0}


@pytest.mark.parametrize(
    ("rows", "arguments", "code", "told"),
    [
        ([HORSE], ("--metric", "cidre"), 2, "no metric named 'cidre'; did you mean 'cider'"),
        ([HORSE], ("--metric", "cider_d", "--parser", "nobody"), 2, "no parser named 'nobody'"),
        ([HORSE], ("--metric", "meteor"), 2, "meteor needs Java"),
        ([], ("--metric", "cider_d"), 3, "answers.jsonl"),
        ([HORSE, HORSE], ("--metric", "cider_d"), 3, "id '0' came before"),
        ([{"references": ["a"]}], ("--metric", "rouge_l"), 3, "give what the model wrote"),
        ([{"output": "a", "references": []}], ("--metric", "rouge_l"), 3, "1 x no reference"),
        ([{"output": 3, "references": ["3"]}], ("--metric", "rouge_l"), 3, "answers.jsonl:1"),
    ],
)
def test_what_cannot_be_scored_says_why(score, rows, arguments, code, told):
    found, _, said = score(rows, *arguments)
    assert (found, told in said) == (code, True), said
