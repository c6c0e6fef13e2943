"""One set of pictures under 10 and 50 wordings: the local backend, transformers' `generate` batched over all prompts, and lmms-eval.

    python bench/evaluate_wordings.py
    python bench/evaluate_wordings.py --lmms-python /tmp/lmms/bin/python

geometry   LLaVA-1.5's: 336 pixels in patches of 14, 576 tokens a picture; random weights, small width
tiny       the size of the package's own model: 48 pixels, 9 tokens a picture

`generate` gets the same prompts in batches of as many rows, sorted by length, padded on the left, pixels for every row; both sides begin with encoded prompts. On a CPU
it is faster in small batches, so its time in batches of 16 is reported too. lmms-eval
and the backend it is compared with begin with pictures on disk; its `llava_hf` takes one row at a time. In every round all sides run one after the other, a
ratio is the median over rounds. All write at most 8 tokens in float32; where answers differ, the gap between the two likeliest tokens there is reported, and in
float64 they may not differ. The last line is one JSON object.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__)
NEW, SMALL, MODELS = 8, 16, {"geometry": (336, 14), "tiny": (48, 16)}
OPTIONS = ("yes", "no", "left of it", "right of it")
WORDS = """what which color object picture image is are there the a in on left right of please answer with one word tell me describe
short how many do you see look at and then say only"""
CHAT = (  # the model's own prompt, of the text that lmms-eval makes of a question and its picture
    "{{ bos_token }}<|user|>{{ messages[0]['content'].replace('<image>\\n', '<image> ') }}{{ eos_token }}<|assistant|>"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lmms-python", help="the Python of an environment with lmms-eval, torch and transformers")
    parser.add_argument("--wordings", type=int, nargs="+", default=[10, 50])
    parser.add_argument("--images", type=int, default=4)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--lmms-side", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.lmms_side:
        lmms_side(options)
    else:
        compare(options)


# ---- all sides, in rounds ------------------------------------------------------------------------------------------------------------


def compare(options: argparse.Namespace) -> None:
    import torch

    torch.set_num_threads(options.threads)
    report: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in MODELS:
            place = Path(folder) / name
            prepare(name, folder=place, images=options.images)
            report[name] = measured(place, options=options)
        report["geometry"]["lmms_eval"] = against_lmms(Path(folder) / "geometry", options=options)
    sizes = {f"speed_at_{count}": report["geometry"]["by_wordings"][count]["speed"] for count in options.wordings}
    small = {
        f"speed_at_{count}_over_small_batches": report["geometry"]["by_wordings"][count]["speed_over_small_batches"]
        for count in options.wordings
    }
    tiny = {f"tiny_speed_at_{count}": report["tiny"]["by_wordings"][count]["speed"] for count in options.wordings}
    lmms = {f"lmms_{key}": value for key, value in report["geometry"]["lmms_eval"].items() if key.startswith("speed")}
    identical = all(one["identical"] for one in report.values())
    about = {key: getattr(options, key) for key in ("images", "batch_size", "rounds", "threads")}
    print(json.dumps({**sizes, "identical": identical, **small, **tiny, **lmms, **about, "models": report}))


def measured(folder: Path, *, options: argparse.Namespace) -> dict[str, Any]:
    from sayso.models.auto import load_model
    from sayso.models.generate import generate

    bundle = load_model(folder, device="cpu")
    found: dict[int, dict[str, Any]] = {}
    for count in options.wordings:
        samples, prompts = asked(bundle, folder=folder, count=count)
        sides: dict[str, Callable[[], list[str]]] = {
            "sayso": lambda p=prompts: generate(bundle, prompts=p, max_new_tokens=NEW, batch_size=options.batch_size),
            "generate": lambda p=prompts: plainly(bundle, p, batch_size=options.batch_size),
            "generate_in_small_batches": lambda p=prompts: plainly(bundle, p, batch_size=SMALL),
        }
        found[count] = in_rounds(sides, rounds=options.rounds) | ranked(bundle, prompts, options=options)
        found[count] |= compared(bundle, prompts, found[count].pop("answers")) | {"rows": len(samples)}
        print(f"{folder.name}, {count} wordings: {told(found[count])}", file=sys.stderr)
    exact = same_in_float64(bundle, prompts[: 2 * options.wordings[-1] : 5])
    identical = exact and all(one["flip_gap"] is None or one["flip_gap"] < 1e-4 for one in found.values())
    lengths = sorted(map(len, prompts))
    about = {"parameters": bundle.num_parameters, "prompt_tokens": [lengths[0], lengths[-1]]}
    return {"identical": identical, "exact_in_float64": exact, "by_wordings": found, "about": about}


def in_rounds(sides: dict[str, Callable[[], list[str]]], *, rounds: int) -> dict[str, Any]:
    next(iter(sides.values()))()  # what is done once: the model is tried out
    times: dict[str, list[float]] = {side: [] for side in sides}
    answers: dict[str, list[str]] = {}
    for _ in range(rounds):
        for side, run in sides.items():
            start = time.perf_counter()
            answers[side] = run()
            times[side].append(time.perf_counter() - start)
    ratios = {
        side: statistics.median(b / a for a, b in zip(times["sayso"], times[side], strict=True)) for side in times
    }
    seconds = {side: round(statistics.median(some), 3) for side, some in times.items()}
    small = round(ratios["generate_in_small_batches"], 2)
    return {
        "speed": round(ratios["generate"], 2),
        "speed_over_small_batches": small,
        "seconds": seconds,
        "answers": answers,
    }


def ranked(bundle: Any, prompts: Sequence[Any], *, options: argparse.Namespace) -> dict[str, Any]:
    """Four options compared by likelihood behind each prompt, with prefixes shared and with each prompt read by itself; one round on few prompts."""
    from sayso.models.likelihood import score_options

    some = prompts[: max(options.wordings)]
    times, sums = [], []
    for share in (True, False):
        start = time.perf_counter()
        scores = score_options(
            bundle, prompts=some, options=[OPTIONS] * len(some), batch_size=options.batch_size, share=share
        )
        times.append(time.perf_counter() - start)
        sums.append([value for row in scores for value in row.sums()])
    off = max(abs(a - b) for a, b in zip(*sums, strict=True))
    return {"ranking_speed": round(times[1] / times[0], 2), "ranking_off": off}


def told(found: dict[str, Any]) -> str:
    seconds = ", ".join(f"{side} {value} s" for side, value in found["seconds"].items())
    return f"{found['speed']} times as fast ({seconds}), {found['flips']} of {found['rows']} answers differ"


# ---- the same answers ----------------------------------------------------------------------------------------------------------------


def compared(bundle: Any, prompts: Sequence[Any], answers: dict[str, list[str]]) -> dict[str, Any]:
    ours, theirs = answers["sayso"], answers["generate"]
    differ = [place for place, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a != b]
    gaps = [gap(bundle, prompts[place], ours[place], theirs[place]) for place in differ]
    return {"flips": len(differ), "flip_gap": max(gaps, default=None), "distinct_answers": len(set(theirs))}


def gap(bundle: Any, prompt: Any, ours: str, theirs: str) -> float:
    """Between the two likeliest tokens where two answers part, each token computed from the whole text before it."""
    import torch

    from sayso.models.collate import collate

    batch = collate([prompt], pad_token_id=0)
    written: list[int] = []
    for _ in range(NEW):
        with torch.inference_mode():
            best = bundle.model(**batch, logits_to_keep=1).logits[0, -1].topk(2)
        written.append(int(best.indices[0]))
        text = bundle.tokenizer.decode(written, skip_special_tokens=True).strip()
        if not (ours.startswith(text) and theirs.startswith(text)):
            return float(best.values[0] - best.values[1])
        batch["input_ids"] = torch.cat([batch["input_ids"], best.indices[:1][None]], dim=1)
        batch["attention_mask"] = torch.ones_like(batch["input_ids"])
    return float("nan")


def same_in_float64(bundle: Any, prompts: Sequence[Any]) -> bool:
    from sayso.models.generate import generate

    bundle.model.double()
    ours = generate(bundle, prompts=prompts, max_new_tokens=NEW, batch_size=16)
    theirs = plainly(bundle, prompts, batch_size=16)
    bundle.model.float()
    return ours == theirs


# ---- transformers' generate ----------------------------------------------------------------------------------------------------------


def plainly(bundle: Any, prompts: Sequence[Any], *, batch_size: int) -> list[str]:
    """What people write: sorted by length, padded on the left, the pixels of every row."""
    import torch

    order = sorted(range(len(prompts)), key=lambda place: -len(prompts[place]))
    answers = [""] * len(prompts)
    for start in range(0, len(order), batch_size):
        places = order[start : start + batch_size]
        rows = [prompts[place] for place in places]
        width = max(map(len, rows))
        ids = torch.zeros(len(rows), width, dtype=torch.long)
        mask = torch.zeros_like(ids)
        for number, row in enumerate(rows):
            ids[number, width - len(row) :] = torch.tensor(row.input_ids)
            mask[number, width - len(row) :] = 1
        pixels = torch.cat([torch.from_numpy(row.arrays["pixel_values"]) for row in rows]).to(bundle.model.dtype)
        with torch.inference_mode():
            out = bundle.model.generate(
                input_ids=ids, attention_mask=mask, pixel_values=pixels, max_new_tokens=NEW, do_sample=False
            )
        for place, text in zip(
            places, bundle.tokenizer.batch_decode(out[:, width:], skip_special_tokens=True), strict=True
        ):
            answers[place] = text.strip()
    return answers


# ---- models, pictures and wordings ---------------------------------------------------------------------------------------------------


def prepare(name: str, *, folder: Path, images: int) -> None:
    """Random weights that answer in many ways, and pictures."""
    import numpy as np
    import torch
    from PIL import Image

    from sayso.models._protocol import models

    side, patch = MODELS[name]
    sizes = {"image_size": side, "patch_size": patch, "num_layers": (2, 4), "hidden_size": 128}
    bundle = models.build("tiny", sizes).make(texts=[wording(n) for n in range(200)], seed=1)
    torch.manual_seed(1)
    for tensor in bundle.model.parameters():
        if tensor.ndim > 1:
            torch.nn.init.normal_(tensor, std=tensor[0].numel() ** -0.5)
    for name, tensor in bundle.model.named_parameters():
        if "q_proj" in name or "k_proj" in name:
            tensor.data.mul_(2.5)  # attention that picks places, so that answers depend on pictures and words
    bundle.save(folder)
    chance = np.random.default_rng(1)
    for number in range(images):
        blocks = chance.integers(0, 256, (6, 6, 3), dtype=np.uint8)
        Image.fromarray(blocks).resize((side, side), Image.Resampling.NEAREST).save(folder / f"{number}.png")


def wording(number: int) -> str:
    from sayso.seeds import Stream

    draw = Stream(1, "wording", number)
    return " ".join(draw.choice(WORDS.split()) for _ in range(6 + draw.below(30)))


def asked(bundle: Any, *, folder: Path, count: int) -> tuple[list[Any], list[Any]]:
    """A sample and its encoded prompt for each picture and wording."""
    from sayso.models.encode import Encoder
    from sayso.sources import load_image

    pictures = sorted(folder.glob("*.png"))
    samples = [sample_of(picture, number) for picture in pictures for number in range(count)]
    return samples, Encoder(bundle.processor, max_tokens=4096, load=load_image).encode_batch(samples, response=False)


def sample_of(picture: Path, number: int) -> Any:
    from sayso.records import Media, MediaPart, Message, Sample, Span, TextPart

    text = wording(number)
    asked = TextPart(text=text, spans=(Span(start=0, end=len(text), role="instr"),))
    side = MODELS[picture.parent.name][0]
    return Sample(
        id=f"{picture.stem}@{number}",
        example=picture.stem,
        task="look",
        template=f"look/{number}",
        messages=(Message(role="user", parts=(MediaPart(index=0), asked)),),
        media=(Media(path=str(picture), width=side, height=side),),
    )


# ---- lmms-eval -----------------------------------------------------------------------------------------------------------------------


def against_lmms(folder: Path, *, options: argparse.Namespace) -> dict[str, Any]:
    """Both from pictures on disk to texts; the other side is a process of its own that is asked round by round."""
    if not options.lmms_python:
        return {"not_run": "no --lmms-python"}

    from sayso.evaluate.backends import Decoding
    from sayso.evaluate.backends.local import Local
    from sayso.models.auto import load_model

    backend = Local(load_model(folder, device="cpu"), batch_size=options.batch_size)
    backend.answer(
        asked(backend._bundle, folder=folder, count=2)[0], decoding=Decoding(max_new_tokens=NEW)
    )  # what is done once
    with tempfile.TemporaryFile("w+") as log, start_lmms(folder, options=options, log=log) as process:
        return rounds_with_lmms(process, backend, folder=folder, options=options, log=log)


def rounds_with_lmms(
    process: Any, backend: Any, *, folder: Path, options: argparse.Namespace, log: Any
) -> dict[str, Any]:
    from sayso.evaluate.backends import Decoding

    if (first := process.stdout.readline()) == "":
        log.seek(0)
        return {"not_run": log.read()[-1500:]}
    found: dict[str, Any] = {"versions": json.loads(first)}
    for count in options.wordings:
        samples, _ = asked(backend._bundle, folder=folder, count=count)
        ratios, same = [], 0
        for _ in range(max(1, options.rounds - 1)):
            start = time.perf_counter()
            ours = [reply.output for reply in backend.answer(samples, decoding=Decoding(max_new_tokens=NEW))]
            spent = time.perf_counter() - start
            theirs = ask_lmms(process, samples, log=log)
            if "not_run" in theirs:
                return found | theirs
            ratios.append(theirs["seconds"] / spent)
            same = sum(a == b.strip() for a, b in zip(ours, theirs["answers"], strict=True))
        found |= {
            f"speed_at_{count}": round(statistics.median(ratios), 2),
            f"same_at_{count}": f"{same}/{len(samples)}",
        }
        print(f"lmms-eval, {count} wordings: {found[f'speed_at_{count}']} times as fast", file=sys.stderr)
    return found


def start_lmms(folder: Path, *, options: argparse.Namespace, log: Any) -> Any:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"OMP_NUM_THREADS": str(options.threads), "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    call = [options.lmms_python, str(HERE), "--lmms-side", str(folder), "--threads", str(options.threads)]
    return subprocess.Popen(call, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)


def ask_lmms(process: Any, samples: Sequence[Any], *, log: Any) -> dict[str, Any]:
    rows = [(sample.messages[0].parts[1].text, sample.media[0].path) for sample in samples]
    process.stdin.write(json.dumps(rows) + "\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if line == "":
        log.seek(0)
        return {"not_run": log.read()[-1500:]}
    told: dict[str, Any] = json.loads(line)
    return told


def lmms_side(options: argparse.Namespace) -> None:
    """Reads prompts from standard input, a round a line; needs nothing of this package."""
    answers, sys.stdout = sys.stdout, sys.stderr
    from importlib.metadata import version

    import torch
    import transformers
    from lmms_eval.api.instance import Instance
    from lmms_eval.models.simple.llava_hf import LlavaHf
    from PIL import Image

    torch.set_num_threads(options.threads)
    folder = str(options.lmms_side)
    model = LlavaHf(
        pretrained=folder, device="cpu", dtype="float32", device_map="cpu", batch_size=1, chat_template=CHAT
    )
    about = {
        "lmms_eval": version("lmms_eval"),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }
    print(json.dumps(about), file=answers, flush=True)
    for line in sys.stdin:
        rows = json.loads(line)
        model.task_dict = {"look": {"test": [path for _, path in rows]}}
        requests = [
            Instance(
                request_type="generate_until",
                arguments=(text, {"max_new_tokens": NEW}, lambda path: [Image.open(path).convert("RGB")], number, "look", "test"),
                idx=0,
                metadata={"task": "look", "doc_id": number, "repeats": 1},
            )
            for number, (text, _) in enumerate(rows)
        ]  # fmt: skip
        start = time.perf_counter()
        texts = model.generate_until(requests)
        print(json.dumps({"seconds": time.perf_counter() - start, "answers": texts}), file=answers, flush=True)


if __name__ == "__main__":
    main()
