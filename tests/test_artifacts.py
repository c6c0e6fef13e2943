"""Stage folders are whole or not there."""

import errno
import math
import os

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.artifacts import (
    Manifest,
    StageContext,
    changed_keys,
    close_stage,
    digest,
    open_stage,
    read_jsonl,
    read_manifest,
    write_json,
    write_jsonl,
    write_text,
)
from sayso.errors import BackendError, ConfigError, DataError
from sayso.records import Verdict


def manifest(node="build", *, kind="build", parents=None, **config):
    parents = parents or {}
    return Manifest(
        node=node, kind=kind, digest=digest([kind, config, parents]), config=config, seed=0, parents=parents
    )


def finish(folder, wanted):
    return close_stage(open_stage(folder / wanted.node, wanted), wanted)


def test_a_finished_stage_is_skipped(tmp_path):
    finish(tmp_path, manifest(rows=1))
    assert open_stage(tmp_path / "build", manifest(rows=1)) is None
    assert read_manifest(tmp_path / "build").config == {"rows": 1}


def test_another_config_is_refused_and_names_the_changed_keys(tmp_path):
    finish(tmp_path, manifest(rows=1, prompt={"regions": "unit"}))
    with pytest.raises(ConfigError, match=r"prompt\.regions: 'unit' -> 'pixels'.*--out"):
        open_stage(tmp_path / "build", manifest(rows=1, prompt={"regions": "pixels"}))


def test_a_killed_stage_keeps_its_pieces_and_goes_on(tmp_path):
    partial = open_stage(tmp_path / "build", manifest(rows=1))
    (partial / "piece").write_text("done")
    assert (open_stage(tmp_path / "build", manifest(rows=1)) / "piece").read_text() == "done"
    assert not (tmp_path / "build").exists()


def test_pieces_of_another_config_are_thrown_away(tmp_path):
    partial = open_stage(tmp_path / "build", manifest(rows=1))
    (partial / "piece").write_text("done")
    assert not (open_stage(tmp_path / "build", manifest(rows=2)) / "piece").exists()


def test_an_unfinished_folder_is_not_an_input(tmp_path):
    (tmp_path / "build").mkdir()
    with pytest.raises(DataError, match="not a finished stage"):
        read_manifest(tmp_path / "build")


def test_ancestors_come_nearest_first_and_once(tmp_path):
    finish(tmp_path, manifest("scenes"))
    finish(tmp_path, manifest("base", kind="train", parents={"scenes": "x"}))
    finish(tmp_path, manifest("build"))
    final = finish(tmp_path, manifest("train", kind="train", parents={"build": "x", "base": "y"}))
    context = StageContext(node="evaluate", config=None, seed=0, inputs=(final,), folder=tmp_path / "e")
    assert [path.name for path in context.ancestors()] == ["train", "build", "base", "scenes"]
    assert context.nearest("build").name == "build"
    assert context.inputs_of("train") == [final]
    with pytest.raises(ConfigError, match="needs a 'augment' stage before it, but reads train"):
        context.nearest("augment")


def test_jsonl_round_trip_and_the_line_that_is_wrong(tmp_path):
    path = tmp_path / "verdicts.jsonl"
    verdicts = [Verdict(keep=True, reason="fine"), Verdict(keep=False, reason="short", score=0.5)]
    assert write_jsonl(path, verdicts) == 2
    assert list(read_jsonl(path, Verdict)) == verdicts
    path.write_text('{"keep":true,"reason":"fine"}\n{"keep":true}\n')
    with pytest.raises(DataError, match=r"verdicts\.jsonl, line 2: .*reason"):
        list(read_jsonl(path, Verdict))


def test_a_file_that_fails_half_way_is_not_there(tmp_path):
    def rows():
        yield Verdict(keep=True, reason="fine")
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        write_jsonl(tmp_path / "verdicts.jsonl", rows())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_a_resumable_failure(tmp_path):
    def rows():
        yield Verdict(keep=True, reason="fine")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(BackendError, match="No space left"):
        write_jsonl(tmp_path / "verdicts.jsonl", rows())
    assert list(tmp_path.iterdir()) == []


def test_written_text_replaces_the_old_whole(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "old and long")
    write_text(path, "new")
    assert path.read_text() == "new"


@pytest.mark.parametrize("lost", ["folder", "text"])
def test_a_file_that_cannot_be_read_is_named(tmp_path, lost):
    path = tmp_path / "rows.jsonl"
    path.mkdir() if lost == "folder" else path.write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match=r"rows\.jsonl"):
        list(read_jsonl(path, Verdict))
    with pytest.raises(DataError, match=r"none\.jsonl does not exist"):
        list(read_jsonl(tmp_path / "none.jsonl", Verdict))


def test_blank_lines_are_no_rows(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('\n{"keep":true,"reason":"fine"}\n  \n')
    assert len(list(read_jsonl(path, Verdict))) == 1


def test_a_place_that_cannot_be_written_is_explained(tmp_path):
    (tmp_path / "a").write_text("a file")
    with pytest.raises(BackendError, match=r"cannot write .*a/b\.txt: "):
        write_text(tmp_path / "a" / "b.txt", "x")
    (tmp_path / "c").mkdir()
    with pytest.raises(BackendError, match=r"cannot write .*/c:"):
        write_text(tmp_path / "c", "x")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "c"]


def test_a_finished_folder_holds_no_mark_of_the_partial_one(tmp_path):
    final = finish(tmp_path, manifest(rows=1))
    assert [path.name for path in final.iterdir()] == ["manifest.json"]
    assert [path.name for path in tmp_path.iterdir()] == ["build"]


def test_another_kind_seed_or_order_of_inputs_is_told(tmp_path):
    finish(tmp_path, manifest(parents={"a": "1", "b": "2"}))
    other = Manifest(
        node="build", kind="train", digest="other", config={}, seed=4, parents={"b": "2", "a": "1"}, files={"x": "y"}
    )
    with pytest.raises(ConfigError) as refused:
        open_stage(tmp_path / "build", other)
    for part in ("kind: build -> train", "seed: 0 -> 4", "order of the inputs: a, b -> b, a", "the file x changed"):
        assert part in str(refused.value)


def test_another_version_with_the_same_config_is_refused_and_said(tmp_path):
    finish(tmp_path, manifest(rows=1))
    newer = Manifest(node="build", kind="build", digest="newer", config={"rows": 1}, seed=0)
    with pytest.raises(ConfigError, match="another version of sayso"):
        open_stage(tmp_path / "build", newer)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ({"a": 1}, {"a": 2}, ["a: 1 -> 2"]),
        ({"a": {"b": 1}}, {"a": {"b": 1, "c": None}}, ["a.c: not set -> None"]),
        ({"a": [1, 2]}, {"a": [1, 3]}, ["a.1: 2 -> 3"]),
        ({"a": [1]}, {"a": [1, 3]}, ["a: [1] -> [1, 3]"]),
        ({"a": [{"b": 1, "c": 2}]}, {"a": [{"b": 5, "c": 2}]}, ["a.0.b: 1 -> 5"]),
        ({"a": [1]}, {"a": {"0": 1}}, ["a: [1] -> {'0': 1}"]),
        ({"a": 1, "z": {"y": 1}}, {"a": "1"}, ["a: 1 -> '1'", "z: {'y': 1} -> not set"]),
        ({}, {}, []),
    ],
)
def test_changed_keys_are_named_as_deep_as_they_are(old, new, told):
    assert list(changed_keys(old, new)) == told


json_values = st.recursive(st.integers() | st.text(), lambda inner: st.dictionaries(st.text(), inner), max_leaves=8)


@given(st.dictionaries(st.text(), json_values))
def test_equal_configs_have_equal_digests_whatever_their_order(config):
    assert digest(config) == digest(dict(reversed(config.items())))
    assert list(changed_keys(config, config)) == []


@given(st.dictionaries(st.text(), json_values), st.dictionaries(st.text(), json_values))
def test_whatever_differs_is_named_and_gives_another_digest(old, new):
    assert bool(list(changed_keys(old, new))) == (old != new)
    assert (digest(old) == digest(new)) == (old == new)


def test_json_is_strict_whatever_the_numbers(tmp_path):
    write_json(tmp_path / "a.json", {"low": 0.5, "high": math.inf, "all": [math.nan, (1, -math.inf)], "name": "inf"})
    read = msgspec.json.decode((tmp_path / "a.json").read_bytes())
    assert read == {"low": 0.5, "high": None, "all": [None, [1, None]], "name": "inf"}
