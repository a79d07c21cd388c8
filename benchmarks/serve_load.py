"""Clients of a service, as light as they can be: each sends its next request when it has the answer to its last.

    python benchmarks/serve_load.py PORT TEXTS.txt --clients 64 --each 16 --seconds 60

Prints a JSON line: how many were answered, with which status, how many were cut off, and how long they took.
"""

import argparse
import asyncio
import json
import time
from collections import Counter
from itertools import count
from pathlib import Path

HEAD = "POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"


def request(body):
    """Return the bytes of a request."""
    return HEAD.format(len(body)).encode() + body


async def answer(reader):
    """Return the status, the body, and whether the connection stays open."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
    return int(head.split(" ", 2)[1]), await reader.readexactly(length), "connection: close" not in head


async def load(port, texts, clients, each, seconds):
    """Let clients ask until the time is over, or the service is gone; return what came of it."""
    statuses, took, lost, numbers = Counter(), [], [], count()
    end = time.perf_counter() + seconds

    async def client():
        reader = writer = None
        while time.perf_counter() < end:
            if writer is None:
                try:
                    reader, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    return  # nothing was taken
            at = next(numbers) * each
            own = [texts[(at + i) % len(texts)] for i in range(each)]
            start = time.perf_counter()
            try:
                writer.write(request(json.dumps({"texts": own, "top": 3}).encode()))
                status, body, stays = await answer(reader)
            except (OSError, asyncio.IncompleteReadError) as error:
                lost.append(repr(error))
                return
            took.append(time.perf_counter() - start)
            right = status != 200 or [one["text"] for one in json.loads(body)["answers"]] == own
            statuses[status if right else "another's answers"] += 1
            if not stays:
                writer.close()
                writer = None

    start = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    ranked, seconds = sorted(took) or [0.0], time.perf_counter() - start
    return {
        "requests": len(took), "statuses": dict(statuses), "lost": lost, "seconds": round(seconds, 2),
        "texts_per_second": round(len(took) * each / seconds, 1),
        "p50_ms": round(1e3 * ranked[len(ranked) // 2], 2), "p99_ms": round(1e3 * ranked[int(0.99 * len(ranked))], 2),
    }  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("port", type=int)
    parser.add_argument("texts", type=Path)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--each", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=60)
    asked = parser.parse_args()
    lines = asked.texts.read_text(encoding="utf-8").splitlines()
    print(json.dumps(asyncio.run(load(asked.port, lines, asked.clients, asked.each, asked.seconds))))
