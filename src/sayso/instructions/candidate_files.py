"""Where plain files go that are made with verdicts: what is kept, every candidate beside it, and the replies of language models."""

from dataclasses import dataclass
from pathlib import Path

from sayso.artifacts import refuse_overwriting
from sayso.errors import ConfigError

__all__ = ["CandidateFiles"]


@dataclass(frozen=True, kw_only=True)
class CandidateFiles:
    """`out` has what is kept; `candidates` lies beside it where left out."""

    out: Path
    candidates: Path | None = None

    @property
    def verdicts(self) -> Path:
        """Where every candidate goes."""
        return self.candidates or self.out.with_name(f"{self.out.stem}.candidates.jsonl")

    @property
    def store(self) -> Path:
        """Where the replies of language models are kept."""
        return self.out.with_name(f"{self.out.stem}.calls.sqlite")

    def check_against(self, given: Path) -> None:
        """No file is written over another, or over the one that is `given`; an earlier result of the same command is, which has its verdicts beside it.

        Raises:
            ConfigError: one would be.
        """
        refuse_overwriting(self.out, option="--out", given=[given])
        refuse_overwriting(self.verdicts, option="--candidates", given=[given, self.out])
        if self.out.exists() and not self.verdicts.exists():
            raise ConfigError(
                f"--out {self.out} exists, and no {self.verdicts.name} that would show it to be an earlier result; choose another name"
            )
