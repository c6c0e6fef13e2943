"""A real HTTP server with a real model that tells the log-probability of the text it is sent, in vLLM's words, as far as it is let.

    with TellingServer(folder, knows={"prompt_logprobs", "add_generation_prompt"}) as server: ... server.base_url

`knows` are the fields that it heeds: `prompt_logprobs`, `add_generation_prompt`, `structured_outputs`, `guided_choice`; others are ignored, as
many servers do. `alternatives` is how many likely tokens it adds at each place. It is no vLLM: the form of its replies is what is like one.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

ALL = frozenset({"prompt_logprobs", "add_generation_prompt", "structured_outputs", "guided_choice"})


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


class TellingServer:
    def __init__(self, folder, *, knows=ALL, alternatives=0):
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModelForCausalLM.from_pretrained(folder).eval()
        self.knows, self.alternatives, self.bodies = knows, alternatives, []
        self.lock = threading.Lock()

    def __enter__(self):
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                with outer.lock:
                    outer.bodies.append(body)
                    said = json.dumps(outer.answer(body)).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    @property
    def base_url(self):
        return f"http://127.0.0.1:{self.server.server_port}/v1"

    def ids(self, messages, *, ready):
        text = self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=ready)
        return self.tokenizer(text, add_special_tokens=False)["input_ids"]

    def answer(self, body):
        heeded = {name: value for name, value in body.items() if name not in ALL or name in self.knows}
        ids = self.ids(body["messages"], ready=heeded.get("add_generation_prompt", True))
        choices = heeded.get("guided_choice") or heeded.get("structured_outputs", {}).get("choice")
        said = self.likeliest(body["messages"], choices) if choices else "so it is"
        usage = {"prompt_tokens": len(ids), "completion_tokens": 1}
        reply = {
            "choices": [{"message": {"content": said}, "finish_reason": "stop"}],
            "usage": usage,
            "model": "telling",
        }
        if "prompt_logprobs" in heeded:
            reply["prompt_logprobs"] = self.told(ids)
        return reply

    @torch.inference_mode()
    def told(self, ids):
        table = self.model(torch.tensor([ids])).logits[0].float().log_softmax(-1)
        places = [None]
        for place, token in enumerate(ids[1:]):
            others = table[place].topk(self.alternatives).indices.tolist() if self.alternatives else []
            kept = dict.fromkeys([token, *others])
            places.append(
                {
                    str(one): {
                        "logprob": float(table[place, one]),
                        "rank": 1,
                        "decoded_token": self.tokenizer.decode([one]),
                    }
                    for one in kept
                }
            )
        return places

    def likeliest(self, messages, choices):
        prompt = len(self.ids(messages, ready=True))

        def score(choice):
            ids = self.ids([*messages, {"role": "assistant", "content": choice}], ready=False)
            return sum(next(iter(one.values()))["logprob"] for one in self.told(ids)[prompt:])

        return max(choices, key=score)
