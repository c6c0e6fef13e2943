"""`sayso probe`: one instruction reworded, every wording asked, the answers side by side. No recipe and no gold answer is needed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sayso.artifacts import Progress
from sayso.config import AugmentConfig, PluginConfig
from sayso.errors import ConfigError, DataError
from sayso.evaluate.backends import Decoding
from sayso.evaluate.opening import open_backend
from sayso.evaluate.probing import Asked, Probe, ask
from sayso.instructions.augment.plain_files import CandidateRow, reword
from sayso.records import Media
from sayso.sources import probe_image

__all__ = ["probe_model", "Probed", "ProbeOptions"]

NUM_WORDINGS = 20
NO_PICTURE = {"none", "-"}
ENDPOINT = re.compile(r"(?P<name>.+)@(?P<url>https?://.+)")


@dataclass(frozen=True, kw_only=True)
class ProbeOptions:
    """How many rewordings, who makes them, and how answers come about.

    `paraphraser` is `grammar`, or a language model by `NAME@URL` or folder; `wordings` is a file of wordings, one a line, in place of it.
    Where `num_wordings` is None, a file is asked whole, and a paraphraser is asked for NUM_WORDINGS. `choices` are ranked where the model can rank.
    """

    num_wordings: int | None = None
    seed: int = 1
    paraphraser: str = "grammar"
    wordings: Path | None = None
    choices: tuple[str, ...] = ()
    max_new_tokens: int = 48
    store: Path = Path("runs/probe/replies.sqlite")


@dataclass(frozen=True, kw_only=True)
class Probed:
    """The answers, and how many candidates were refused on the way to the wordings, by reason."""

    model: str
    image: str | None
    instruction: str
    probe: Probe
    refused: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        """As `--json` ends."""
        return {
            "model": self.model,
            "image": self.image,
            "instruction": self.instruction,
            "num_wordings": len(self.probe.answers),
            "num_blank": self.probe.num_blank,
            "agreement": self.probe.agreement,
            "similarity": self.probe.similarity,
            "groups": [{"answer": answer, "count": count} for answer, count in self.probe.groups],
            "answers": [
                {
                    "wording": a.wording,
                    "output": a.output,
                    "answer": a.answer,
                    "prompt": a.prompt,
                    "extraction": a.extraction,
                }
                for a in self.probe.answers
            ],
            "refused": self.refused,
        }


def probe_model(model: str, image: str, instruction: str, *, options: ProbeOptions, progress: Progress) -> Probed:
    """Ask `model` about `image` (a file, or `none`) in the given wording and in others that every filter kept.

    Raises:
        ConfigError: no such model or paraphraser, or a number is out of range.
        DataError: the picture or the file of wordings cannot be used, or the instruction is blank.
        BackendError: a model gave up; the same command goes on.
    """
    if not instruction.strip():
        raise DataError(f"the instruction {instruction!r} is blank; type what to ask in quotes")
    _check(options)
    asked = Asked(media=_picture(image), options=options.choices)
    lines = _lines(options.wordings) if options.wordings else []
    backend = open_backend(model, store=options.store, progress=progress)
    candidates = [] if options.wordings else _candidates(instruction, options=options, progress=progress)
    kept = lines or [row.template for row in candidates if row.verdict.keep]
    texts = list(dict.fromkeys([instruction, *kept[: options.num_wordings]]))
    method = "likelihood" if options.choices else "generated"
    decoding = Decoding(method=method, max_new_tokens=options.max_new_tokens)  # type: ignore[arg-type]
    probe = ask(asked, texts, backend=backend, decoding=decoding, progress=progress)
    shown = None if image in NO_PICTURE else image
    return Probed(model=model, image=shown, instruction=instruction, probe=probe, refused=_reasons(candidates))


def _check(options: ProbeOptions) -> None:
    for name, value in (("-n", options.num_wordings), ("--max-new-tokens", options.max_new_tokens)):
        if value is not None and value < 1:
            raise ConfigError(f"{name} {value}: give 1 or more")
    given = " ".join(map(repr, options.choices))
    if len(options.choices) == 1:
        raise ConfigError(f"--choices {options.choices[0]} is one choice; give two or more")
    if len({choice.strip() for choice in options.choices} - {""}) < len(options.choices):
        raise ConfigError(f"--choices {given}: one is blank or comes twice; give different ones")


def _picture(image: str) -> tuple[Media, ...]:
    return () if image in NO_PICTURE else (probe_image(Path(image).absolute(), root=Path("/")),)


def _candidates(instruction: str, *, options: ProbeOptions, progress: Progress) -> Sequence[CandidateRow]:
    wanted = options.num_wordings or NUM_WORDINGS
    config = AugmentConfig(max_wordings=wanted, paraphraser=_paraphraser(options.paraphraser))
    progress.start("reword")
    store = options.store.with_name(f"{options.store.stem}.wordings.sqlite")
    try:
        return reword(instruction, config=config, seed=options.seed, store=store, progress=progress)
    except DataError as error:
        raise DataError(f"the instruction cannot be reworded: {error}; give rewordings with --wordings FILE") from error


def _paraphraser(said: str) -> PluginConfig:
    if endpoint := ENDPOINT.fullmatch(said):
        named = {"name": "chat", "model": endpoint["name"], "base_url": endpoint["url"]}
    elif Path(said).is_dir():
        named = {"name": "local", "path": said}
    else:
        named = {"name": said}
    return PluginConfig.model_validate(named)


def _lines(path: Path) -> list[str]:
    try:
        found = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"--wordings {path} cannot be read ({error}); give a text file with a wording a line"
        ) from error
    if not found:
        raise DataError(f"--wordings {path} has no wording; give one a line")
    return found


def _reasons(candidates: Sequence[CandidateRow]) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in candidates:
        if not row.verdict.keep:
            found[row.verdict.reason] = found.get(row.verdict.reason, 0) + 1
    return found
