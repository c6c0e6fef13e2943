"""A server to start and end: answers `/health` and one chat completion, and has a child of its own as large servers do.

python small_server.py PORT CHECKPOINT PIDS [dies|waits]

It writes its process id and its child's to the file PIDS. `dies` ends at once with a message, `waits` never answers.
"""

import json
import os
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.say({"data": [{"id": "small"}]})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        said = {"message": {"content": f"{body['model']} of {Path(sys.argv[2]).name}"}, "finish_reason": "stop"}
        self.say({"choices": [said]})

    def say(self, value):
        raw = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)


class Server(ThreadingHTTPServer):
    request_queue_size = 128


def main():
    port, _, pids, *how = sys.argv[1:]
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    partial = Path(pids + ".partial")
    partial.write_text(f"{os.getpid()} {child.pid}")
    partial.rename(pids)
    if how == ["dies"]:
        sys.exit("no memory for the model")
    if how == ["waits"]:
        time.sleep(300)
    Server(("127.0.0.1", int(port)), Handler).serve_forever()


if __name__ == "__main__":
    main()
