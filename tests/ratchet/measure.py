"""The shape of the source tree in numbers, for the budgets; run it for lines of code by folder."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "sayso"
TESTS = Path(__file__).parents[1]


@dataclass(frozen=True)
class Function:
    place: str
    node: ast.FunctionDef | ast.AsyncFunctionDef

    @property
    def span(self) -> int:
        return (self.node.end_lineno or 0) - self.node.lineno + 1

    @property
    def body(self) -> int:
        first = self.node.body[0]
        has_doc = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
        return self.span - ((first.end_lineno or 0) - first.lineno + 1 if has_doc else 0)

    @property
    def parameters(self) -> list[str]:
        found = [*self.node.args.posonlyargs, *self.node.args.args, *self.node.args.kwonlyargs]
        return [argument.arg for argument in found if argument.arg not in {"self", "cls"}]


def files(root: Path = SOURCE) -> list[Path]:
    return sorted(path for path in root.rglob("*.py") if "__pycache__" not in path.parts)


def lines(path: Path) -> int:
    return path.read_text(encoding="utf-8").count("\n")


def functions(root: Path = SOURCE) -> Iterator[Function]:
    for path in files(root):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield Function(f"{path.relative_to(root)}:{node.name}", node)


def raises(root: Path = SOURCE) -> Iterator[tuple[str, ast.Call]]:
    """Every `raise Kind(...)` with a message."""
    for path in files(root):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                yield f"{path.relative_to(root)}:{node.lineno}", node.exc


def names_a_value(call: ast.Call) -> bool:
    """Whether a message has a value in it: an f-string with a hole, or a text made elsewhere."""
    holes = any(isinstance(node, ast.FormattedValue) for node in ast.walk(call))
    return holes or any(not isinstance(argument, ast.Constant) for argument in call.args)


def mock_uses(root: Path = TESTS) -> int:
    pattern = re.compile(r"\bmock\.|MagicMock|monkeypatch\.setattr|mocker\b")
    return sum(len(pattern.findall(p.read_text(encoding="utf-8"))) for p in files(root) if p != Path(__file__))


def main() -> None:
    folders: dict[str, int] = {}
    for path in files():
        first = path.relative_to(SOURCE).parts[0]
        folders[first] = folders.get(first, 0) + lines(path)
    for name, total in sorted(folders.items(), key=lambda item: -item[1]):
        print(f"{total:6} {name}")
    print(f"{sum(folders.values()):6} src, {sum(map(lines, files(TESTS)))} tests")


if __name__ == "__main__":
    main()
