"""The exchange's streams, read by an independent client: Debian's python3-websockets.

exchange_websockets.py PITWALL: exit code 77 where the library is missing.
"""
import asyncio
import json
import subprocess
import sys
import time
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


def private(port, method, path, query=""):
    return ask(port, method, f"{path}?{query}&timestamp={int(time.time() * 1000)}".replace("?&", "?"))


async def hear(stream):
    return json.loads(await asyncio.wait_for(stream.recv(), 20))


def take(book, update):
    for side, rows in (("bids", update["b"]), ("asks", update["a"])):
        for price, quantity in rows:
            if float(quantity) == 0:
                book[side].pop(price, None)
            else:
                book[side][price] = quantity


async def keeps_a_book(port):
    async with websockets.connect(f"ws://127.0.0.1:{port}/stream?streams=btcusdt@depth@100ms") as s:
        first = (await hear(s))["data"]
        snapshot = ask(port, "GET", "/api/v3/depth?symbol=BTCUSDT&limit=5000")
        assert first["U"] <= snapshot["lastUpdateId"] + 1
        book = {side: dict(snapshot[side]) for side in ("bids", "asks")}
        last, updates = snapshot["lastUpdateId"], 0
        pending = [first]
        frozen = None
        while frozen is None or last < frozen["lastUpdateId"]:
            update = pending.pop() if pending else (await hear(s))["data"]
            if update["u"] <= last:
                continue
            assert update["U"] <= last + 1 if updates == 0 else update["U"] == last + 1, update
            take(book, update)
            last, updates = update["u"], updates + 1
            if updates == 10:
                body = urllib.request.Request(
                    f"http://127.0.0.1:{port}/sim/faults", data=b'{"stale_prices": true}', method="POST")
                urllib.request.urlopen(body, timeout=20).read()
                frozen = ask(port, "GET", "/api/v3/depth?symbol=BTCUSDT&limit=5000")
        for side in ("bids", "asks"):
            assert book[side] == dict(frozen[side]), side


async def keeps_an_account(port):
    key = ask(port, "POST", "/api/v3/userDataStream")["listenKey"]
    async with websockets.connect(f"ws://127.0.0.1:{port}/ws/{key}") as s:
        for i in range(20):
            side = "BUY" if i % 3 else "SELL"
            private(port, "POST", "/api/v3/order", f"symbol=BTCUSDT&side={side}&type=MARKET&quantity=0.5")
        account = {b["asset"]: b["free"] for b in private(port, "GET", "/api/v3/account")["balances"]}
        seen, orders = {}, set()
        while len(orders) < 20 or any(seen.get(a) != account[a] for a in ("BTC", "USDT")):
            event = await hear(s)
            if event["e"] == "executionReport" and event["X"] == "FILLED":
                orders.add(event["i"])
            for balance in event.get("B", []):
                seen[balance["a"]] = balance["f"]


async def subscribes(port):
    async with websockets.connect(f"ws://127.0.0.1:{port}/ws") as s:
        await s.send(json.dumps({"method": "SUBSCRIBE", "params": ["btcusdt@depth5@100ms"], "id": 1}))
        assert await hear(s) == {"result": None, "id": 1}
        assert len((await hear(s))["bids"]) == 5
        await asyncio.wait_for(await s.ping(), 20)


def main():
    exchange = subprocess.Popen(
        [sys.argv[1], "exchange", "--port", "0", "--no-auth", "--order-limit", "1000"],
        stdout=subprocess.PIPE, text=True)
    try:
        port = int(exchange.stdout.readline().rsplit(":", 1)[1])
        for check in (subscribes, keeps_an_account, keeps_a_book):
            asyncio.run(check(port))
            print("passed:", check.__name__)
    finally:
        exchange.terminate()
        exchange.wait(20)


main()
