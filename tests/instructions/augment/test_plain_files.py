"""Files of templates without a recipe: any slots, every wording with its parent's text, bad lines told."""

import json
import os
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayso.artifacts import Progress, read_jsonl
from sayso.config import AugmentConfig, PluginConfig
from sayso.errors import DataError
from sayso.instructions.augment.plain_files import CandidateRow, Files, PoolRow, augment_file

SLOT = re.compile(r"\{[^{}]*\}")
RAW = [
    "What color is the {region[0]} in the image? {split_token.join(options)}",
    "{} What is shown in the picture?",
    "Look at {{ photo }} and say how {meta_data['relation']} relates to {{ photo }}.",
    "Is there a {thing} beside a {thing}? Answer yes or no.",
    "Describe {dial_history[-1]} in the image.",
    "Count the people in the picture.",
]
DATA = os.environ.get("SAYSO_DATA")


def written(folder, rows):
    path = folder / "in.jsonl"
    path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows))
    return path


def augment(folder, rows, *, max_bad_rows=0, seed=1, **config):
    files = Files(templates=written(folder, rows), out=folder / "pool.jsonl", max_bad_rows=max_bad_rows)
    config = AugmentConfig(**{"max_wordings": 8, **config})
    counts = augment_file(files, config=config, seed=seed, progress=Progress())
    return counts, list(read_jsonl(files.out, PoolRow)), list(read_jsonl(files.verdicts, CandidateRow))


def lines(*texts, task="t"):
    return [{"task": task, "template": text} for text in texts]


def test_every_new_wording_has_its_parents_text_and_its_raw_slots(tmp_path):
    counts, pool, _ = augment(tmp_path, lines(*RAW))
    assert counts["num_given"] == len(RAW)
    assert counts["num_wordings"] == len(pool) >= 6 * len(RAW)
    for row in pool:
        assert row.parent in RAW
        assert row.template != row.parent
        assert Counter(SLOT.findall(row.template)) == Counter(SLOT.findall(row.parent))
        assert row.lineage.operation


def test_no_two_wordings_of_a_task_are_equal_and_the_given_ones_are_not_repeated(tmp_path):
    _, pool, _ = augment(tmp_path, lines(*RAW, RAW[0]))
    texts = [row.template for row in pool]
    assert len(texts) == len(set(texts))
    assert not {*texts} & {*RAW}


def test_every_candidate_is_written_with_its_verdict(tmp_path):
    counts, pool, candidates = augment(tmp_path, lines(*RAW))
    assert counts["candidates"] == len(candidates)
    assert [row.template for row in candidates if row.verdict.keep] == [row.template for row in pool]
    assert sum(counts["refused"].values()) == sum(not row.verdict.keep for row in candidates)


def test_iterative_wordings_name_the_wording_they_were_made_from(tmp_path):
    _, pool, _ = augment(tmp_path, lines(RAW[0]), strategy=PluginConfig(name="iterative"))
    by_text = {row.template for row in pool}
    later = [row for row in pool if row.lineage.parent.count("~")]
    assert later
    assert all(row.parent in by_text for row in later)
    assert all(Counter(SLOT.findall(row.template)) == Counter(SLOT.findall(RAW[0])) for row in pool)


def test_a_language_model_is_asked_and_its_replies_are_kept_beside_the_output(tmp_path):
    model = {"name": "model", "model": {"name": "rule_model:rules"}, "operations": ["synonyms", "question_form"]}
    counts, pool, _ = augment(tmp_path, lines(*RAW), paraphraser=PluginConfig(**model))
    assert counts["calls"] == 2 * len(RAW)
    assert pool
    assert {row.lineage.paraphraser for row in pool} == {"model"}
    assert (tmp_path / "pool.calls.sqlite").exists()
    again, same, _ = augment(tmp_path, lines(*RAW), paraphraser=PluginConfig(**model))
    assert (again, same) == (counts, pool)


def test_held_out_lines_are_left_alone_and_keep_candidates_away(tmp_path):
    rows = [*lines(RAW[5]), {"task": "t", "template": "Tell me how many people are in the picture.", "held_out": True}]
    counts, pool, candidates = augment(tmp_path, rows, max_wordings=60)
    assert {row.parent for row in pool} == {RAW[5]}
    assert counts["held_out"] == 1
    assert any("held-out" in row.verdict.reason for row in candidates)


def test_the_seed_decides_and_tasks_do_not_disturb_one_another(tmp_path):
    _, one, _ = augment(tmp_path, lines(*RAW), seed=1)
    _, both, _ = augment(tmp_path, [*lines(*RAW), *lines(*RAW, task="other")], seed=1)
    _, two, _ = augment(tmp_path, lines(*RAW), seed=2)
    assert [row for row in both if row.task == "t"] == one != two


BAD = [
    ("{not json", "line 2: .*a line is"),
    ({"task": "t"}, "line 2: .*missing required field `template`"),
    ({"task": "t", "template": "Count {x"}, "line 2: .*has no partner"),
    ({"task": "t", "template": "Count x}"}, "line 2: .*has no partner"),
    ({"task": "t", "template": "{% if x %}Count it{% endif %}"}, "line 2: .*is logic"),
    ({"task": "t", "template": "  "}, "line 2: .*has no words"),
    ({"task": "t", "template": "x", "tmplate": "y"}, "line 2: .*tmplate"),
]


@pytest.mark.parametrize(("row", "told"), BAD)
def test_a_bad_line_is_told_with_its_place_and_nothing_is_written(tmp_path, row, told):
    with pytest.raises(DataError, match=f"(?s)in.jsonl, {told}.*--max-bad-rows 1"):
        augment(tmp_path, [*lines(RAW[0]), row])
    assert not (tmp_path / "pool.jsonl").exists()


def test_bad_lines_can_be_set_aside_and_are_told(tmp_path):
    counts, pool, _ = augment(tmp_path, [*lines(RAW[0]), *(row for row, _ in BAD)], max_bad_rows=7)
    assert len(counts["bad_lines"]) == 7
    assert all(re.match(rf".*in\.jsonl, line {n}: ", one) for n, one in enumerate(counts["bad_lines"], 2))
    assert pool


def test_a_file_of_another_kind_is_told_once_and_not_line_by_line(tmp_path):
    with pytest.raises(
        DataError, match=r"(?s)in.jsonl has no template; give JSON lines, each \{\"task\".*line 5: .*\.\.\."
    ) as error:
        augment(tmp_path, ["task,template", *["vqa,Describe the image."] * 9])
    assert str(error.value).count(", line ") == 5
    assert "max-bad-rows" not in str(error.value)


def test_a_line_in_another_language_gets_no_english_around_it(tmp_path):
    _, pool, candidates = augment(tmp_path, lines("Wie viele {dinge} sind auf dem Bild zu sehen?"))
    assert pool == candidates == []


def test_a_file_without_a_template_or_without_being_there_is_told(tmp_path):
    with pytest.raises(DataError, match="has no template"):
        augment(tmp_path, [""])
    with pytest.raises(DataError, match=r"--templates: .*none\.jsonl does not exist"):
        augment_file(
            Files(templates=tmp_path / "none.jsonl", out=tmp_path / "o"),
            config=AugmentConfig(),
            seed=1,
            progress=Progress(),
        )


PIECES = [
    "Describe",
    "the",
    "image",
    "{a}",
    "{a}",
    "{}",
    "{x[0]}",
    "{{ y }}",
    "{d['k']}",
    "count",
    "which",
    "?",
    "\n",
    '"',
]


@settings(max_examples=60, deadline=None)
@given(chunks=st.lists(st.sampled_from(PIECES), min_size=1, max_size=10))
def test_raw_slots_of_any_template_come_back_each_as_often(tmp_path_factory, chunks):
    text = " ".join(chunks)
    _, pool, _ = augment(tmp_path_factory.mktemp("x"), lines(text if text.strip() else "a"))
    for row in pool:
        assert Counter(SLOT.findall(row.template)) == Counter(SLOT.findall(text))
        assert row.template.count("{") == text.count("{")


@pytest.mark.skipif(not DATA, reason="SAYSO_DATA is not set to a folder with instruction_templates/")
def test_published_templates_with_code_in_their_slots_are_augmented(tmp_path):
    entries = json.loads(Path(DATA, "instruction_templates", "multiinstruct", "templates.json").read_text())
    rows = [{"task": entry["task"], "template": text} for entry in entries[:12] for text in entry["templates_source"]]
    rows = [row for row in rows if row["template"].strip()]
    counts, pool, _ = augment(tmp_path, rows, max_wordings=10)
    assert counts["bad_lines"] == []
    assert len(pool) >= 3 * len(rows)
    assert all(Counter(SLOT.findall(row.template)) == Counter(SLOT.findall(row.parent)) for row in pool)
