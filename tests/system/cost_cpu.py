#!/usr/bin/env python3
"""`wideline cost --cpu`: what is told of CPU, disk and price is what these events add up to."""
import json, os, subprocess, tempfile

WIDELINE = os.environ["WIDELINE_BIN"]


def run(*arguments, status=0):
    done = subprocess.run([WIDELINE, "cost", *arguments], capture_output=True, text=True)
    assert done.returncode == status, (arguments, done)
    return done


with tempfile.TemporaryDirectory() as directory:
    path = os.path.join(directory, "events.jsonl")
    with open(path, "w") as file:
        for second in range(3600 + 1):  # an hour, from the first event to the last
            hit = second % 4 != 0
            event = {"timestamp": f"2026-11-23T{22 + second // 3600}:{second // 60 % 60:02d}:{second % 60:02d}Z", "name": "GET /cart",
                     "sample_weight": 10.0, "cache.hit": hit, "cpu.time_ms": 1.0 if hit else 9.0}
            file.write(json.dumps(event) + "\n")
    size = os.path.getsize(path)

    told = json.loads(run("--cpu", "--by", "cache.hit", "--price", "cpu=0.5,disk=2", "--json", path).stdout)
    misses, hits = told["groups"]
    assert (misses["key"], hits["key"]) == (False, True), told
    assert (misses["kept"], hits["kept"]) == (901, 2700), told
    assert (misses["requests"], misses["cpu_ms"], misses["cpu_ms_per_request"]) == (9010, 81090, 9), told
    assert (hits["requests"], hits["cpu_ms"], hits["cpu_ms_per_request"]) == (27000, 27000, 1), told
    assert hits["cpu_ms_low"] < 27000 < hits["cpu_ms_high"], told
    total = told["total"]
    assert total["file_bytes"] == size == misses["file_bytes"] + hits["file_bytes"], told
    month = 30 * 24  # hours
    hours = 108_090 / 3_600_000 * month
    assert abs(total["month"]["cpu_hours"] - hours) < 1e-6, told
    price = 0.5 * hours + 2 * size * month / 1e9
    assert abs(total["month"]["price"] - price) < 1e-6, told
    assert abs(misses["month"]["price"] + hits["month"]["price"] - price) < 1e-6, told

    table = run("--cpu", "--price", "cpu=0.5,disk=2", path).stdout
    assert "GET /cart" in table and "36,010" in table and "108,090" in table and f"{price:.2f}" in table, table

    # Without --cpu its options are refused, and so is a price that is none.
    run("--by", "name", path, status=2)
    for price in ("cpu", "cpu=x", "gpu=1", "cpu=-1", "="):
        assert "--price takes" in run("--cpu", "--price", price, path, status=2).stderr

    # Events of a service that does not time its requests are said, and so is that there are none of others.
    with open(path, "a") as file:
        file.write('{"name":"GET /old","sample_weight":5}\n')
    assert "5 of the 36,015 requests do not say what they cost" in run("--cpu", path).stdout
    other = os.path.join(directory, "other.jsonl")
    with open(other, "w") as file:
        file.write('{"name":"GET /old","sample_weight":5}\n')
    assert "Options::cpu_time" in run("--cpu", other, status=1).stderr
