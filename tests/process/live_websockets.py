"""/ws of a host, read by an independent client: Debian's python3-websockets.

live_websockets.py PITWALL WORKFLOW: exit code 77 where the library is missing.
"""
import asyncio
import json
import random
import subprocess
import sys
import tempfile
import urllib.request

try:
    import websockets
except ImportError:
    print("skipped: python3-websockets is not installed")
    sys.exit(77)


def ask(port, method, path):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method=method)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def journal(port):
    out, after = [], 0
    while True:
        page = ask(port, "GET", f"/api/v1/events?after={after}&limit=1000")
        out += page["events"]
        after = page["next_after"]
        if page["at_end"]:
            return out


async def hear(stream):
    return json.loads(await asyncio.wait_for(stream.recv(), 20))


def refused_with(refused):
    """The status of a refused handshake: InvalidStatusCode's own until websockets 14, since then
    InvalidStatus has the answer."""
    answer = getattr(refused, "response", None)
    return answer.status_code if answer is not None else getattr(refused, "status_code", None)


async def greets(port, _workflow):
    async with websockets.connect(f"ws://127.0.0.1:{port}/ws") as s:
        hello = await hear(s)
        assert hello["op"] == "connected" and hello["auth_required"] is False, hello
        await s.send(json.dumps({"op": "ping", "id": 1}))
        assert (await hear(s))["op"] == "pong"
        await asyncio.wait_for(await s.ping(), 20)
        await s.send("{")
        assert (await hear(s))["code"] == "bad_json"
    try:
        async with websockets.connect(f"ws://127.0.0.1:{port}/ws", origin="https://site.example"):
            raise AssertionError("a strange origin was let in")
    except websockets.exceptions.InvalidHandshake as refused:
        assert refused_with(refused) == 403, refused


async def too_big(port, _workflow):
    async with websockets.connect(f"ws://127.0.0.1:{port}/ws") as s:
        await hear(s)
        try:
            await s.send(" " * 1_000_000)
            while True:
                await hear(s)
        except websockets.exceptions.ConnectionClosed:
            assert s.close_code == 1009, s.close_code


async def breaks_off(port, workflow):
    """Breaks off again and again while executions run, and misses nothing."""
    rng, seed = random.Random(), random.randrange(2**32)
    rng.seed(seed)
    print("seed", seed)
    loop = asyncio.get_running_loop()
    running = True

    def drive():
        for _ in range(150):
            ask(port, "POST", f"/api/v1/workflows/{workflow}/executions?wait=20")

    async def driver():
        nonlocal running
        await loop.run_in_executor(None, drive)
        running = False

    task = asyncio.create_task(driver())
    seen, connections, head = [], 0, None
    while head is None or (seen[-1]["seq"] if seen else 0) < head:
        # A library that has a full queue does not hear the answer to its own close.
        async with websockets.connect(f"ws://127.0.0.1:{port}/ws", max_queue=None) as s:
            connections += 1
            hello = await hear(s)
            await s.send(json.dumps({"op": "subscribe", "all": True, "epoch": hello["epoch"],
                                     "after": seen[-1]["seq"] if seen else 0}))
            for _ in range(rng.randrange(60)):
                frame = await hear(s)
                assert frame["op"] != "error", frame
                if frame["op"] == "event":
                    seen.append(frame["event"])
                # Where that came too early, nothing else may follow.
                if frame["op"] in ("caught_up", "heartbeat") and not running:
                    break
            if rng.randrange(2):
                s.transport.abort()
        if not running and head is None:
            head = ask(port, "GET", "/status")["published_seq"]
    await task
    kept = journal(port)
    assert seen == kept[: len(seen)] and len(seen) >= head, (len(seen), head)
    assert connections > 40, connections
    print(len(seen), "events over", connections, "connections")


async def goes(host, port):
    async with websockets.connect(f"ws://127.0.0.1:{port}/ws") as s:
        await hear(s)
        host.terminate()
        try:
            while True:
                await hear(s)
        except websockets.exceptions.ConnectionClosed:
            assert s.close_code == 1001, s.close_code


def main():
    with tempfile.TemporaryDirectory() as directory:
        host = subprocess.Popen(
            [sys.argv[1], "serve", sys.argv[2], "--data-dir", directory + "/data", "--port", "0",
             "--limit", "daily_loss_limit=none"],
            stdout=subprocess.PIPE, text=True)
        try:
            port = workflow = None
            for line in host.stdout:
                if line.startswith("deployed "):
                    workflow = line.split()[1].rstrip(":")
                if line.startswith("listening "):
                    port = int(line.rsplit(":", 1)[1])
                if line.startswith("ready:"):
                    break
            for check in (greets, too_big, breaks_off):
                asyncio.run(check(port, workflow))
                print("passed:", check.__name__)
            asyncio.run(goes(host, port))
            print("passed: goes")
        finally:
            host.terminate()
            host.wait(60)


main()
