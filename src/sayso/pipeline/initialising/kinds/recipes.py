"""Recipes of LLaMA-Factory and ms-swift: their data are read where they lie, and every key is mapped or told why not.

The recipe written by `sayso init` runs a tiny model in minutes; what the other recipe says of training goes in as comments, to be
uncommented with the real model.
"""

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from sayso.pipeline.initialising._finding import Entry, Finder, Finding, Look, Role, finders
from sayso.pipeline.initialising.kinds.conversations import found_conversations
from sayso.sources.conversations import match_rows
from sayso.sources.conversations.llama_factory import entry_problem

__all__ = ["recipes"]

MODEL = ("model_name_or_path", "model", "model_id_or_path")
SAME: Mapping[str, str] = {
    **{key: key for key in (
        "learning_rate", "num_train_epochs", "per_device_train_batch_size", "gradient_accumulation_steps", "lr_scheduler_type",
        "warmup_steps", "weight_decay", "max_grad_norm", "bf16", "gradient_checkpointing", "save_steps", "logging_steps", "max_steps",
        "adam_beta2",
    )},
    "cutoff_len": "max_tokens",
    "max_length": "max_tokens",
}  # fmt: skip
"""Their training keys and ours."""
WHOLE = {"num_train_epochs", "warmup_steps", "save_steps", "max_steps", "seed", "max_examples_per_task"}
DATA = ("dataset", "dataset_dir", "eval_dataset", "val_dataset", "media_dir")
PLACED: Mapping[str, tuple[str, str]] = {
    "seed": ("seed", "at the top"),
    "max_samples": ("max_examples_per_task", "under build"),
    "val_size": ("test_fraction", "of each source with use: split"),
    "split_dataset_ratio": ("test_fraction", "of each source with use: split"),
}
REASONS: Mapping[str, str] = {
    "template": "chat templates come with the model",
    "model_type": "the kind of model is told by its files",
    "finetuning_type": "how parts are tuned is said of the model, not of the data",
    "train_type": "how parts are tuned is said of the model, not of the data",
    "tuner_type": "how parts are tuned is said of the model, not of the data",
    "stage": "stages are sections of a recipe here",
    "do_train": "stages are sections of a recipe here",
    "output_dir": "the run folder is given by --out",
    "overwrite_output_dir": "a finished stage is never overwritten",
    "overwrite_cache": "there is no cache",
    "report_to": "logs are written for TensorBoard",
    "deepspeed": "one process trains",
    "fp16": "only bf16 is offered",
    "freeze_vit": "which parts are tuned is said of the model",
    "trust_remote_code": "code of strangers is never run",
    "warmup_ratio": "say warmup_steps, which is this share of max_steps",
    "torch_dtype": "say bf16: true for half precision",
    "system": "no text is added to a row; write it into the rows",
    "image_max_pixels": "the model's own processor sizes the pictures",
    "video_max_pixels": "videos are not read",
    "preprocessing_num_workers": "samples are made while training, by one process",
    "dataloader_num_workers": "samples are made while training, by one process",
    "save_only_model": "checkpoints hold all that is needed to go on",
    "resume_from_checkpoint": "the same command goes on where it was",
    "plot_loss": "the report and TensorBoard show the loss",
    "ddp_timeout": "one process trains",
}
NONE = "nothing here answers to it"


@finders.register("recipes")
def recipes() -> Finder:
    """Recipes of other tools."""
    return _Recipes()


class _Recipes:
    def find(self, look: Look) -> Iterator[Finding]:
        """One finding for each recipe."""
        for seen in look.peeks():
            keys = _read(seen.path, seen.text) if seen.text else {}
            if "dataset" in keys and ("finetuning_type" in keys or "dataset_dir" in keys or "stage" in keys):
                yield _factory(look, seen.path, keys)
            elif "dataset" in keys and any(key in keys for key in MODEL):
                yield _swift(look, seen.path, keys)


def _read(path: Path, text: str) -> dict[str, Any]:
    """The keys of a YAML recipe, or the options of the command in a shell script."""
    if path.suffix.lower() == ".sh":
        return _options(text)
    try:
        found = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError):
        return {}
    return {str(key): value for key, value in found.items()} if isinstance(found, dict) else {}


def _options(text: str) -> dict[str, Any]:
    """`--key value ...` of a `swift sft` command over several lines."""
    joined = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#")).replace("\\\n", " ")
    line = next((line for line in joined.splitlines() if re.search(r"\bswift\b.*\b(sft|pt|rlhf)\b", line)), "")
    try:
        words = shlex.split(line)
    except ValueError:
        return {}
    options: dict[str, Any] = {}
    last = ""
    for word in words:
        if word.startswith("--"):
            key, mark, value = word[2:].partition("=")
            last = key
            options[key] = [value] if mark else []
        elif options:
            options[last].append(word)
    return {key: values[0] if len(values) == 1 else values for key, values in options.items()}


def _factory(look: Look, path: Path, keys: Mapping[str, Any]) -> Finding:
    told = f"{path} is a recipe of LLaMA-Factory"
    named = [name for name in re.split(r"[,\s]+", str(keys["dataset"])) if name]
    folders = [
        path.parent / str(keys.get("dataset_dir") or "data"),
        look.listing.root / str(keys.get("dataset_dir") or "data"),
    ]
    folders += [path.parent, look.listing.root]
    register = next(
        (folder / "dataset_info.json" for folder in folders if (folder / "dataset_info.json").is_file()), None
    )
    lost: dict[str, str] = {}
    entries: list[Entry] = []
    takes = {path}
    if register is None:
        lost["dataset"] = f"no dataset_info.json in {folders[0]}"
    else:
        rows = look.peek(register).rows
        known = rows[0] if rows else {}
        takes |= {register} | {
            register.parent / str(entry.get("file_name")) for entry in known.values() if isinstance(entry, dict)
        }
        media = next(
            (place / str(keys["media_dir"]) for place in (path.parent, look.listing.root) if keys.get("media_dir")),
            None,
        )
        entries, more = _sets(look, register, known, named, role="")
        tests, rest = _sets(
            look, register, known, re.findall(r"[\w.-]+", str(keys.get("eval_dataset") or "")), role="test"
        )
        entries, lost = entries + tests, {**more, **rest}
        if media is not None and media.is_dir():
            entries = [
                Entry(name=one.name, options={**one.options, "images": str(media)}, role=one.role) for one in entries
            ]
    return _finding(told, keys, entries=entries, takes=frozenset(takes), lost=lost)


def _sets(
    look: Look, register: Path, known: Mapping[str, Any], names: list[str], *, role: Role
) -> tuple[list[Entry], dict[str, str]]:

    entries: list[Entry] = []
    lost: dict[str, str] = {}
    for name in names:
        entry = known.get(name)
        problem = (
            entry_problem(entry, folder=register.parent) if isinstance(entry, dict) else f"{register} has no such entry"
        )
        if problem:
            lost[f"dataset {name}"] = problem
        else:
            options = {"path": str(register), "format": "llama_factory", "dataset": name}
            entries.append(Entry(name="conversations", options=options, role=role))
    return entries, lost


def _swift(look: Look, path: Path, keys: Mapping[str, Any]) -> Finding:
    told = f"{path} is a recipe of ms-swift"
    entries: list[Entry] = []
    lost: dict[str, str] = {}
    takes = {path}
    pairs: list[tuple[str, Role]] = [("dataset", ""), ("val_dataset", "test")]
    for key, role in pairs:
        value = keys.get(key) or []
        for name in value if isinstance(value, list) else str(value).split():
            file = _data_file(look, path, str(name))
            seen = look.peek(file) if file else None
            matches = match_rows(seen.rows) if seen else []
            if seen is None or len(matches) != 1:
                lost[f"{key} {name}"] = (
                    "it is no file here" if seen is None else "its rows are in no format that is known"
                )
                continue
            found = found_conversations(look, seen, *matches[0])
            limit = _limit(str(name))
            entries += [Entry(name=one.name, options={**one.options, **limit}, role=role) for one in found.entries]
            lost |= dict(found.not_carried)
            takes |= found.takes
    return _finding(told, keys, entries=entries, takes=frozenset(takes), lost=lost)


def _limit(name: str) -> dict[str, Any]:
    """`rows.jsonl#500` reads 500 rows; ours are the first ones."""
    count = name.partition("#")[2]
    return {"max_items": int(count)} if count.isdecimal() and int(count) else {}


def _data_file(look: Look, recipe: Path, name: str) -> Path | None:
    """The file of `name`, which may end in `#` and a number of rows, beside the recipe or below the folder."""
    plain = name.partition("#")[0]
    return next((place / plain for place in (recipe.parent, look.listing.root) if (place / plain).is_file()), None)


def _finding(
    told: str, keys: Mapping[str, Any], *, entries: list[Entry], takes: frozenset[Path], lost: dict[str, str]
) -> Finding:
    mapped: dict[str, str] = {}
    settings: list[str] = []
    for key, value in keys.items():
        if key in MODEL:
            mapped[key] = f"train.model {{name: auto, path: {value}}}"
            settings.insert(0, f"model: {{name: auto, path: {_one_line(value)}}}")
        elif key in SAME and value not in (None, "", []):
            mapped[key] = f"train.{SAME[key]}"
            settings.append(f"{SAME[key]}: {_one_line(_number(SAME[key], value))}")
        elif key in PLACED:
            ours, where = PLACED[key]
            mapped[key] = f"{ours} ({where})"
            settings.append(f"{ours}: {_one_line(_number(ours, value))} # {where}")
        elif key in DATA:
            if entries:
                mapped[key] = "build.sources"
            elif key not in lost:
                lost[key] = "none of its data can be read"
        else:
            lost[key] = REASONS.get(key, _lora(key))
    return Finding(
        told=told, entries=tuple(entries), takes=takes, not_carried=lost, mapped=mapped, settings=tuple(settings)
    )


def _lora(key: str) -> str:
    return (
        "how parts are tuned is said of the model, not of the data"
        if key.startswith(("lora", "target_modules"))
        else NONE
    )


def _number(key: str, value: Any) -> Any:
    if isinstance(value, bool) or str(value).lower() in ("true", "false"):
        return str(value).lower() == "true"
    try:
        number = float(value)
    except (TypeError, ValueError):
        return value
    return round(number) if key in WHOLE or number.is_integer() else number


def _one_line(value: Any) -> str:
    return yaml.safe_dump(value, default_flow_style=True, width=10_000).partition("\n")[0]
