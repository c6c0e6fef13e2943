"""The calls of `bench/calling.py` made by another library, with that library's own Python; sayso is not imported.

    PYTHON bench/rival_calls.py distilabel --url http://127.0.0.1:PORT/v1 --requests 6400 --batch 64 --folder /tmp/there

The folder keeps its cache, so that a second run goes on. The last line is one JSON object: how many were answered.
"""

import argparse
import json
from pathlib import Path


def prompts(count: int) -> list[str]:
    return [f"Rewrite the instruction number {n}: tell what is in the region. " * 4 for n in range(count)]


def with_distilabel(options: argparse.Namespace) -> int:
    from distilabel.models import OpenAILLM
    from distilabel.pipeline import Pipeline
    from distilabel.steps import LoadDataFromDicts
    from distilabel.steps.tasks import TextGeneration

    with Pipeline(name="calls", cache_dir=options.folder) as pipeline:
        rows = [{"instruction": text} for text in prompts(options.requests)]
        load = LoadDataFromDicts(data=rows, batch_size=options.batch)
        llm = OpenAILLM(model="toy", base_url=options.url, api_key="none", generation_kwargs={"max_new_tokens": 64})
        load >> TextGeneration(llm=llm, input_batch_size=options.batch)
    found = pipeline.run(use_cache=True)
    return sum(row["generation"] is not None for row in found["default"]["train"])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("rival", choices=("distilabel",))
    parser.add_argument("--url", required=True)
    parser.add_argument("--requests", type=int, default=6400)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    answered = {"distilabel": with_distilabel}[options.rival](options)
    print(json.dumps({"answered": answered}))


if __name__ == "__main__":
    main()
