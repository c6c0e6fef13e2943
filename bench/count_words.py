"""Count words and letters of published instructions, for the filters `meaning` and `fluency`.

    SAYSO_DATA=DIR python bench/count_words.py [--write]

`words.json`: in how many different instructions (definitions of Natural Instructions, Alpaca, Self-Instruct) each word appears, of those in
three or more. `_letters.json`: which letters follow which two in words that appear three times or more in these and other files
of the same folder, of those triples that three words have; `^` and `$` are the ends of a word. Only counts are kept, no text.
The last line of standard output is one JSON object.
"""

import argparse
import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

FILTERS = Path(__file__).parents[1] / "src/sayso/instructions/filters"
LEAST = 3
TEXTS = (
    *("natural_instructions_v*/tasks/*.json", "text_instructions/*.jsonl", "instruction_templates/*/*.json"),
    *("instruction_induction/raw/*/*.json", "vqa_rad/*.json"),
)


def instructions(folder: Path) -> Iterator[str]:
    for path in folder.glob("natural_instructions_v*/tasks/*.json"):
        found = json.loads(path.read_text("utf-8")).get("Definition") or []
        yield from found if isinstance(found, list) else [found]
    for path in folder.glob("text_instructions/*.jsonl"):
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            yield str(row.get("instruction") or row.get("prompt") or "")


def count_words(folder: Path) -> tuple[int, dict[str, int]]:
    texts = set(filter(None, instructions(folder)))
    counts = Counter(word for text in texts for word in set(re.findall(r"[a-z]+", text.lower())))
    return len(texts), {word: count for word, count in sorted(counts.items()) if count >= LEAST}


def count_letters(folder: Path) -> tuple[int, dict[str, str]]:
    paths = [path for pattern in TEXTS for path in folder.glob(pattern)]
    plain = (re.sub(r"\\[nu]", " ", path.read_text("utf-8", "replace")) for path in paths)
    counts = Counter(word for text in plain for word in re.findall(r"\b[a-z]{2,}\b", text))
    words = [f"^{word}$" for word, count in counts.items() if count >= LEAST]
    triples = Counter(triple for word in words for triple in {word[i : i + 3] for i in range(len(word) - 2)})
    found: dict[str, str] = {}
    for triple in sorted(triple for triple, count in triples.items() if count >= LEAST):
        found[triple[:2]] = found.get(triple[:2], "") + triple[2]
    return len(words), found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    folder = Path(os.environ["SAYSO_DATA"])
    words, (num_words, letters) = count_words(folder), count_letters(folder)
    made = {FILTERS / "meaning" / "words.json": words, FILTERS / "_letters.json": letters}
    same = {
        path.name: json.loads(path.read_text("utf-8")) == json.loads(json.dumps(value)) for path, value in made.items()
    }
    for path, value in made.items() if options.write else ():
        path.write_text(json.dumps(value, separators=(",", ":")) + "\n", "utf-8")
    print(
        json.dumps(
            {"instructions": words[0], "words": len(words[1]), "words_of_letters": num_words, "as_shipped": same}
        )
    )


if __name__ == "__main__":
    main()
