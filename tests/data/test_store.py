import pickle
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from sayso.data.store import ROWS_PER_GROUP, ROWS_PER_SHARD, ExampleStore
from sayso.data.writer import ExampleWriter
from sayso.errors import BackendError, DataError
from sayso.records import Example, Media, Options, Region


def example(number: int, task: str = "counting") -> Example:
    return Example(
        id=f"{task}/{number}",
        task=task,
        source="toy",
        split="train",
        fields={
            "question": f"How many? {number}\u2028\n",
            "options": Options(items=("1", Region(x1=0, y1=0, x2=1, y2=1))),
        },
        media=(Media(data=b"\x00\xff", width=1, height=1),),
        references=("1",),
    )


def write(folder, count: int, tasks=("counting",)) -> None:
    with ExampleWriter(folder, split="train") as writer:
        for number in range(count):
            for task in tasks:
                writer.add(example(number, task))


def files(folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "examples" / "train").iterdir()}


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    folder = tmp_path_factory.mktemp("large")
    write(folder, ROWS_PER_SHARD + 700, tasks=("counting",))
    return folder


def test_what_is_written_is_read_back_in_order(large):
    store = ExampleStore(large, split="train")
    assert len(store) == ROWS_PER_SHARD + 700
    assert store.task_sizes == {"counting": ROWS_PER_SHARD + 700}
    for number, found in enumerate(store.iter("counting")):
        assert found.id == f"counting/{number}"
    assert found == example(ROWS_PER_SHARD + 699)


@pytest.mark.parametrize("index", [0, 511, 512, ROWS_PER_SHARD - 1, ROWS_PER_SHARD, ROWS_PER_SHARD + 699])
def test_any_example_is_found_by_its_number(large, index):
    assert ExampleStore(large, split="train").get("counting", index) == example(index)


def test_a_cache_of_one_group_still_finds_everything(large):
    store = ExampleStore(large, split="train", cache_bytes=1)
    assert [store.get("counting", i).id for i in (0, 9000, 1, 17000)] == [f"counting/{i}" for i in (0, 9000, 1, 17000)]


def test_shards_hold_groups_of_the_agreed_size(large):
    shards = sorted((large / "examples" / "train").glob("*.parquet"))
    assert [path.name for path in shards] == ["counting-00000.parquet", "counting-00001.parquet"]
    for shard in shards:
        metadata = pq.ParquetFile(shard).metadata
        assert metadata.num_rows <= ROWS_PER_SHARD
        assert all(metadata.row_group(i).num_rows <= ROWS_PER_GROUP for i in range(metadata.num_row_groups))
        assert metadata.row_group(0).column(2).compression == "ZSTD"
        assert pq.ParquetFile(shard).schema_arrow.names == ["id", "task", "record"]


def test_a_store_travels_to_another_process(large):
    store = pickle.loads(pickle.dumps(ExampleStore(large, split="train")))
    assert store.get("counting", 600) == example(600)


def test_tasks_are_apart_and_a_missing_split_is_empty(tmp_path):
    write(tmp_path, 3, tasks=("b", "a-x"))
    store = ExampleStore(tmp_path, split="train")
    assert store.task_sizes == {"a-x": 3, "b": 3}
    assert [found.task for found in store.iter()] == ["a-x"] * 3 + ["b"] * 3
    assert len(ExampleStore(tmp_path, split="test")) == 0


def test_unknown_tasks_and_positions_are_refused(tmp_path):
    write(tmp_path, 3)
    store = ExampleStore(tmp_path, split="train")
    with pytest.raises(DataError, match="did you mean 'counting'"):
        store.get("countin", 0)
    with pytest.raises(IndexError, match="has 3"):
        store.get("counting", 3)


def test_a_damaged_shard_is_named(tmp_path):
    write(tmp_path, 3)
    path = tmp_path / "examples" / "train" / "counting-00000.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match=r"counting-00000\.parquet cannot be read"):
        ExampleStore(tmp_path, split="train")


@pytest.mark.parametrize(
    "stops", [(100, 300), (ROWS_PER_SHARD - 1, ROWS_PER_SHARD + 1), (ROWS_PER_SHARD, ROWS_PER_SHARD + 650)]
)
def test_a_writer_that_goes_on_from_a_checkpoint_ends_in_the_same_bytes(large, tmp_path, stops):
    """Rows and shards written after the checkpoint, by a process that then died, leave no trace."""
    checkpoint_at, died_at = stops
    first = ExampleWriter(tmp_path, split="train")
    for number in range(checkpoint_at):
        first.add(example(number))
    state = first.checkpoint()
    for number in range(checkpoint_at, died_at):
        first.add(example(number + 5))
    first.release()
    with ExampleWriter(tmp_path, split="train", state=state) as second:
        for number in range(checkpoint_at, ROWS_PER_SHARD + 700):
            second.add(example(number))
    assert files(tmp_path) == files(large)


def test_two_checkpoints_after_a_shard_the_first_still_goes_on(large, tmp_path):
    """The state is saved after the spools: a kill in between finds the state before, and its spool must still be there."""
    first = ExampleWriter(tmp_path, split="train")
    for number in range(ROWS_PER_SHARD):
        first.add(example(number))
    state = first.checkpoint()
    for number in range(ROWS_PER_SHARD, ROWS_PER_SHARD + 10):
        first.add(example(number))
    first.checkpoint()
    first.release()
    with ExampleWriter(tmp_path, split="train", state=state) as second:
        for number in range(ROWS_PER_SHARD, ROWS_PER_SHARD + 700):
            second.add(example(number))
    assert files(tmp_path) == files(large)


@pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="this system has no /dev/full, the device that is always full"
)
def test_a_full_disk_is_a_backend_error(tmp_path):
    writer = ExampleWriter(tmp_path, split="train")
    (tmp_path / "examples" / "train" / "counting-00000.tmp").symlink_to("/dev/full")
    writer.add(example(0))
    with pytest.raises(BackendError, match=r"counting-00000\.parquet.*free some space"):
        writer.close()
    assert not (tmp_path / "examples" / "train" / "counting-00000.parquet").exists()
