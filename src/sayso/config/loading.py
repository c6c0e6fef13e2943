"""Recipes: YAML in, checked models out, and the stage graph they describe.

A recipe has one section per kind of stage (`augment:`, `build:`, `train:`, `evaluate:`, `report:`) and, where the usual line is not
enough, `stages:`, a mapping of node names to what they are:

    stages:
      scenes: {kind: build, tasks: [dense_description]}
      base:   {kind: train, from: [scenes], max_steps: 1200}
      build:  {kind: build, from: [augment]}
      ...

A node of kind `sequence` stands for several (see `sequences`). A node takes the section of its kind and overrides it. Without `stages:` the sections that are present form the line
augment -> build -> train -> evaluate -> report. Without `from:` a node reads the one written before it. Unknown keys are errors that
name the line and the nearest known key.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from sayso.config.sections import KINDS, SequenceConfig, StageConfig
from sayso.config.sequences import SEQUENCE, expand, stage_names
from sayso.errors import ConfigError, did_you_mean

__all__ = ["load_recipe", "make_recipe", "Node", "parse_value", "read_yaml", "Recipe", "variables_in"]

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_RECIPE_NAME = re.compile(r"\w[\w .-]*\Z")
_NODE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*\Z")


@dataclass(frozen=True, kw_only=True)
class Node:
    """One stage of the graph: its name, kind, checked config and the nodes it reads."""

    name: str
    kind: str
    inputs: tuple[str, ...]
    config: StageConfig


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A checked recipe; `nodes` are in an order in which each comes after what it reads."""

    name: str
    description: str
    seed: int
    nodes: tuple[Node, ...]

    def node(self, name: str) -> Node:
        """The node of that name.

        Raises:
            ConfigError: there is none.
        """
        for node in self.nodes:
            if node.name == name:
                return node
        raise ConfigError(
            f"recipe {self.name!r} has no stage {name!r}{did_you_mean(name, [n.name for n in self.nodes])}"
        )

    def of_kind(self, kind: str) -> tuple[Node, ...]:
        """All nodes of a kind, in order."""
        return tuple(node for node in self.nodes if node.kind == kind)


def load_recipe(path: Path, *, overrides: Sequence[str] = ()) -> Recipe:
    """Read a YAML recipe, apply `a.b=c` overrides and check all of it.

    Environment variables in braces with a dollar sign, such as `${SAYSO_DATA}`, are filled in from the environment.

    Raises:
        ConfigError: the file, a key, a value or an override is wrong; names file and line.
    """
    raw, lines = read_yaml(path)
    return make_recipe(raw, path=path, lines=lines, overrides=overrides)


def make_recipe(
    raw: Any, *, path: Path, lines: Mapping[tuple[str | int, ...], int], overrides: Sequence[str] = ()
) -> Recipe:
    """The same from what was read already; `raw` is changed. `path` and `lines` say where its keys stand.

    Raises:
        ConfigError: a key, a value or an override is wrong; names file and line.
    """
    if not isinstance(raw, dict):
        raise ConfigError(f"{path}: a recipe is a mapping of sections, this is {type(raw).__name__}")
    changed = {_apply(raw, override): override for override in overrides}
    return _check(_expand(raw, where=str(path)), where=_Places(path, lines, changed))


def read_yaml(path: Path, *, what: str = "recipe") -> tuple[Any, dict[tuple[str | int, ...], int]]:
    """What a YAML file holds, with numbers such as `1e-3` as people mean them, and the line of every key in it.

    Raises:
        ConfigError: it is missing, no YAML, or a key comes twice.
    """
    text, lines = _read(path, what=what)
    return _parse(text, where=str(path)), lines


def variables_in(text: str) -> set[str]:
    """Environment variables that a recipe's text asks for."""
    return set(_VARIABLE.findall(text))


@dataclass(frozen=True)
class _Places:
    """Where in the file a key stands, or which override set it; `made` are nodes by the sequence that stands for them."""

    path: Path
    lines: Mapping[tuple[str | int, ...], int]
    changed: Mapping[tuple[str | int, ...], str]
    made: dict[str, str] = field(default_factory=dict)

    def name(self, location: tuple[str | int, ...]) -> str:
        if len(location) > 1 and location[0] == "stages" and location[1] in self.made:
            location = ("stages", self.made[str(location[1])], *location[2:])
        for length in range(len(location), 0, -1):
            if location[:length] in self.changed:
                return f"--set {self.changed[location[:length]]!r}, {'.'.join(map(str, location))}"
            if location[:length] in self.lines:
                return f"{self.path}, line {self.lines[location[:length]]}, {'.'.join(map(str, location))}"
        for place, override in self.changed.items():
            if place[: len(location)] == location:
                return f"--set {override!r}, {'.'.join(map(str, location))}"
        return f"{self.path}, {'.'.join(map(str, location))}"


def _read(path: Path, *, what: str) -> tuple[str, dict[tuple[str | int, ...], int]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        lines = dict(_lines(root, ())) if root else {}
    except FileNotFoundError as error:
        raise ConfigError(f"{what} {path} does not exist; give a shipped name or the path of a YAML file") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{what} {path} cannot be read: {' '.join(str(error).split())}") from error
    except RecursionError as error:
        raise ConfigError(f"{what} {path} holds itself: an alias (*) stands inside its own anchor (&)") from error
    return text, lines


def _lines(node: yaml.Node, location: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], int]]:
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if seen.setdefault(name, line) != line:
                raise yaml.YAMLError(f"line {line}: the key {name!r} stands on line {seen[name]} already; keep one")
            yield (*location, name), line
            yield from _lines(value, (*location, name))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield (*location, index), value.start_mark.line + 1
            yield from _lines(value, (*location, index))


class _Loader(yaml.SafeLoader):
    """YAML 1.1 reads `1e-3` as text and `on` as true; people mean a number and a word."""


_FLOAT = re.compile(r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?$")
_BOOL = re.compile(r"^(?:true|false)$")
_OWN = {"tag:yaml.org,2002:float", "tag:yaml.org,2002:bool"}
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _OWN]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", _BOOL, list("tf"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+0123456789."))


def parse_value(text: str, *, where: str) -> Any:
    """A value as a recipe would have it, such as `0.1`, `true` or `[a, b]`; `where` is where it was written.

    Raises:
        ConfigError: it is no YAML.
    """
    return _parse(text, where=where)


def _parse(text: str, *, where: str) -> Any:
    try:
        return yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise ConfigError(f"{where}: {' '.join(str(error).split())}") from error


def _expand(value: Any, *, where: str) -> Any:
    """Fill `${NAME}` from the environment in every string."""
    if isinstance(value, dict):
        return {key: _expand(item, where=where) for key, item in value.items()}
    if isinstance(value, list):
        return [_expand(item, where=where) for item in value]
    return _VARIABLE.sub(lambda match: _variable(match[1], where=where), value) if isinstance(value, str) else value


def _variable(name: str, *, where: str) -> str:
    if name not in os.environ:
        raise ConfigError(f"{where} uses ${{{name}}}, which is not set; type: export {name}=FOLDER")
    return os.environ[name]


def _apply(raw: dict[str, Any], override: str) -> tuple[str | int, ...]:
    """Set one key; returns where it is."""
    path, equals, text = override.partition("=")
    keys = path.strip().split(".")
    if not equals or not all(keys):
        raise ConfigError(f"--set {override!r} is not PATH=VALUE; for example --set train.learning_rate=1e-3")
    if keys[0] == "stages" and len(keys) > 1 and not raw.get("stages"):
        raise ConfigError(
            f"--set {override!r}: the recipe has no stages:, so its sections are set: {'.'.join(keys[1:])}="
        )
    place: Any = raw
    location: tuple[str | int, ...] = ()
    for depth, key in enumerate(keys):
        if not isinstance(place, dict | list):
            raise ConfigError(f"--set {override!r}: {keys[depth - 1]!r} holds {place!r}, which has nothing inside it")
        at: Any = _index(place, key, override=override) if isinstance(place, list) else key
        location = (*location, at)
        if depth == len(keys) - 1:
            place[at] = _parse(text, where=f"--set {override!r}")
        elif isinstance(place, dict) and place.get(at) is None:
            place[at] = {}
        place = place[at]
    return location


def _index(place: list[Any], key: str, *, override: str) -> int:
    if not key.isdecimal() or int(key) >= len(place):
        raise ConfigError(f"--set {override!r}: {key!r} is not a position in a list of {len(place)}; count from 0")
    return int(key)


def _check(raw: dict[str, Any], *, where: _Places) -> Recipe:
    known = ["name", "description", "seed", "stages", *KINDS]
    for key in raw:
        if key not in known:
            raise ConfigError(f"{where.name((str(key),))}: unknown section {key!r}{did_you_mean(str(key), known)}")
    seed = raw.get("seed", 0)
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise ConfigError(f"{where.name(('seed',))}: seed is a whole number, got {seed!r}")
    name = str(raw.get("name") or where.path.stem)
    if not _RECIPE_NAME.match(name):
        raise ConfigError(f"{where.name(('name',))}: {name!r} names a folder; use letters, digits, spaces, . - and _")
    made = tuple(_nodes(raw, where))
    _refuse_same_names(made, where=where)
    nodes = _sorted(made, where=where)
    _check_unused(raw, nodes, where=where)
    return Recipe(name=name, description=str(raw.get("description", "")), seed=seed, nodes=nodes)


def _refuse_same_names(nodes: Sequence[Node], *, where: _Places) -> None:
    """Keys of a mapping differ, but the stages of two sequences may come to have one name."""
    names = [node.name for node in nodes]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ConfigError(
            f"{where.name(('stages', twice))}: two sequences both make a stage {twice!r}; rename one of them"
        )


def _check_unused(raw: dict[str, Any], nodes: tuple[Node, ...], *, where: _Places) -> None:
    """A section that no stage takes must be right too: it was written for one."""
    for kind in (KINDS.keys() & raw.keys()) - {node.kind for node in nodes}:
        _section(KINDS[kind], _mapping(raw.get(kind), (kind,), where=where), where=where, places=((kind,),))


def _mapping(value: Any, place: tuple[str | int, ...], *, where: _Places) -> dict[str, Any]:
    """A section as written; an empty one is one without keys."""
    if value is not None and not isinstance(value, dict):
        raise ConfigError(f"{where.name(place)}: {place[-1]} is a mapping of keys to values, got {value!r}")
    for key in value or ():
        if not isinstance(key, str):
            raise ConfigError(f"{where.name(place)}: unknown key {key!r} in {place[-1]}; keys are words")
    return dict(value or {})


def _nodes(raw: dict[str, Any], where: _Places) -> Iterator[Node]:
    stages = raw.get("stages")
    if stages is None:
        stages = {kind: {"kind": kind} for kind in KINDS if kind in raw}
    if not isinstance(stages, dict) or not stages:
        raise ConfigError(f"{where.path}: no stages; write at least a build: section (known: {', '.join(KINDS)})")
    before: tuple[str, ...] = ()
    for name, written in stages.items():
        if isinstance(written, dict) and written.get("kind") == SEQUENCE:
            yield from _sequence(name, written, raw=raw, where=where, before=before)
        else:
            yield _node(name, written, raw=raw, where=where, before=before)
        before = (name,)


def _node(name: Any, written: Any, *, raw: dict[str, Any], where: _Places, before: tuple[str, ...]) -> Node:
    place: tuple[str | int, ...] = ("stages", str(name))
    _check_name(name, place, where=where)
    own = _mapping(written, place, where=where)
    kind = own.pop("kind", name)
    if kind not in list(KINDS):
        raise ConfigError(f"{where.name(place)}: no stage kind {kind!r}{did_you_mean(str(kind), [*KINDS, SEQUENCE])}")
    inputs = _inputs(own.pop("from", list(before)), place, where=where)
    section = {**_mapping(raw.get(kind), (kind,), where=where), **own}
    config = _section(KINDS[kind], section, where=where, places=(place, (kind,)))
    return Node(name=name, kind=kind, inputs=inputs, config=config)


def _check_name(name: Any, place: tuple[str | int, ...], *, where: _Places) -> None:
    if not isinstance(name, str) or not _NODE_NAME.match(name):
        raise ConfigError(f"{where.name(place)}: {name!r} names a folder; use small letters, digits, - and _")


def _sequence(
    name: Any, written: dict[str, Any], *, raw: dict[str, Any], where: _Places, before: tuple[str, ...]
) -> Iterator[Node]:
    """The nodes that a sequence stands for."""
    place: tuple[str | int, ...] = ("stages", str(name))
    _check_name(name, place, where=where)
    own = {key: value for key, value in _mapping(written, place, where=where).items() if key != "kind"}
    inputs = _inputs(own.pop("from", list(before)), place, where=where)
    if "tasks" in own:
        raise ConfigError(
            f"{where.name((*place, 'tasks'))}: {own['tasks']!r}; the tasks of a sequence stand in sequence:"
        )
    test = _mapping(own.get("evaluate"), (*place, "evaluate"), where=where)
    defaults = SequenceConfig.model_fields["evaluate"].default.model_dump(mode="json", exclude_unset=True)
    own["evaluate"] = {**_mapping(raw.get("evaluate"), ("evaluate",), where=where), **defaults, **test}
    matrix = _mapping(own.get("transfer"), (*place, "transfer"), where=where)
    own["transfer"] = {**_mapping(raw.get("transfer"), ("transfer",), where=where), **matrix}
    section = {**_mapping(raw.get("train"), ("train",), where=where), **own}
    config = _section(SequenceConfig, section, where=where, places=(place, ("train",), (), place))
    assert isinstance(config, SequenceConfig)  # noqa: S101 - for the type checker
    for label in config.sequence:
        _check_name(label, (*place, "sequence", label), where=where)
    tested = config.evaluate.tasks if "tasks" in test else None
    for made in expand(name, config, inputs=inputs, kinds=_kinds(raw["stages"]), tested=tested):
        if made.name != name and made.name in raw["stages"]:
            raise ConfigError(f"{where.name(('stages', made.name))}: {made.name!r} is a stage of the sequence {name!r}")
        where.made[made.name] = name
        yield Node(name=made.name, kind=made.kind, inputs=made.inputs, config=made.config)


def _kinds(stages: Mapping[str, Any]) -> dict[str, str]:
    """The kind of every node by name, those of sequences too."""
    found: dict[str, str] = {}
    for name, written in stages.items():
        own = written if isinstance(written, dict) else {}
        found[str(name)] = str(own.get("kind", name))
        if own.get("kind") == SEQUENCE and isinstance(own.get("sequence"), dict):
            found |= dict.fromkeys(stage_names(str(name), [str(label) for label in own["sequence"]]), "train")
    return found


def _inputs(written: Any, place: tuple[str | int, ...], *, where: _Places) -> tuple[str, ...]:
    names = [written] if isinstance(written, str) else written
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ConfigError(
            f"{where.name((*place, 'from'))}: from is the name of a stage or a list of names, got {written!r}"
        )
    return tuple(dict.fromkeys(names))


def _section(
    model: type[StageConfig], values: dict[str, Any], *, where: _Places, places: Sequence[tuple[str | int, ...]]
) -> StageConfig:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise ConfigError("\n".join(_problems(error, model=model, where=where, places=places))) from error


def _problems(
    error: ValidationError, *, model: type[BaseModel], where: _Places, places: Sequence[tuple[str | int, ...]]
) -> Iterator[str]:
    for problem in error.errors():
        location = problem["loc"]
        full = next(((*p, *location) for p in places if (*p, *location) in where.lines), (*places[-1], *location))
        if problem["type"] == "extra_forbidden":
            yield f"{where.name(full)}: unknown key {location[-1]!r}{did_you_mean(str(location[-1]), _keys(model, location))}"
        else:
            yield f"{where.name(full)}: {problem['msg'].replace('valid tuple', 'list')}, got {problem['input']!r}"


def _keys(model: type[BaseModel], location: Sequence[str | int]) -> list[str]:
    """The keys that would do at the place of an unknown one."""
    for step in location[:-1]:
        field = model.model_fields.get(str(step))
        written = field.annotation if field else None
        for inner in (written, *get_args(written)):  # a section that may be left out is `Section | None`
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                model = inner
    return list(model.model_fields)


def _sorted(nodes: tuple[Node, ...], *, where: _Places) -> tuple[Node, ...]:
    """Each node after those it reads."""
    names = [node.name for node in nodes]
    for node in nodes:
        for name in node.inputs:
            if name not in names:
                raise ConfigError(f"{where.name(('stages', node.name))}: from {name!r}{did_you_mean(name, names)}")
    done: list[Node] = []
    while len(done) < len(nodes):
        ready = [n for n in nodes if n not in done and {d.name for d in done} >= set(n.inputs)]
        if not ready:
            circle = ", ".join(n.name for n in nodes if n not in done)
            raise ConfigError(f"{where.path}: the stages {circle} wait for one another; mend their from:")
        done.append(ready[0])
    return tuple(done)
