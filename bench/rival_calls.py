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


def with_data_designer(options: argparse.Namespace) -> int:
    import data_designer.config as dd
    import pandas
    from data_designer.interface import DataDesigner

    sampling = dd.ChatCompletionInferenceParams(max_tokens=64, max_parallel_requests=64)
    model = dd.ModelConfig(alias="toy", model="toy", provider="here", inference_parameters=sampling)
    builder = dd.DataDesignerConfigBuilder(model_configs=[model])
    builder.with_seed_dataset(dd.DataFrameSeedSource(df=pandas.DataFrame({"instruction": prompts(options.requests)})))
    builder.add_column(dd.LLMTextColumnConfig(name="generation", model_alias="toy", prompt="{{ instruction }}"))
    provider = dd.ModelProvider(name="here", endpoint=options.url, provider_type="openai", api_key="none")
    designer = DataDesigner(artifact_path=options.folder, model_providers=[provider])
    designer.set_run_config(dd.RunConfig(buffer_size=options.batch))
    options.folder.mkdir(exist_ok=True)
    found = designer.create(builder, num_records=options.requests, resume=dd.ResumeMode.IF_POSSIBLE)
    return int(found.load_dataset()["generation"].notna().sum())


RIVALS = {"distilabel": with_distilabel, "data_designer": with_data_designer}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("rival", choices=tuple(RIVALS))
    parser.add_argument("--url", required=True)
    parser.add_argument("--requests", type=int, default=6400)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    answered = RIVALS[options.rival](options)
    print(json.dumps({"answered": answered}))


if __name__ == "__main__":
    main()
