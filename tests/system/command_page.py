#!/usr/bin/env python3
"""docs/command.md shows what the command prints: each of its samples is run here and compared. `--write` puts what is
printed into the page."""
import json, os, re, subprocess, sys, tempfile

PAGE = os.path.join(os.environ["SOURCE_DIR"], "docs", "command.md")


def shop(path):
    """An hour of a shop, the same each time: card payments in one region fail, and slowly."""
    state = 1
    with open(path, "w") as file:
        for number in range(4000):
            def roll(sides):
                nonlocal state
                state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
                return (state >> 33) % sides
            region = ["eu-west", "us-east", "us-west", "ap-south"][roll(4)]
            method = ["card", "card", "invoice", "wallet"][roll(4)]
            failed = roll(100) < (40 if region == "ap-south" and method == "card" else 2)
            event = {
                "timestamp": f"2026-11-23T22:{number // 67:02d}:{number % 60:02d}.{roll(1000000):06d}Z",
                "name": "POST /checkout",
                "duration_ms": (2000 + roll(3000) if failed and region == "ap-south" else 20 + roll(400)) + 0.5,
                "outcome": "error" if failed else "success",
                "trace_id": f"{roll(2**31):016x}{roll(2**31):016x}",
                "sample_weight": 1.0 if failed else 20.0,
                "sample_rule": "error" if failed else "otherwise",
                "region": region,
                "payment.method": method,
                "cart.items": 1 + roll(6),
            }
            if roll(10) == 0:
                event["coupon"] = ["WELCOME10", "SPRING"][roll(2)]
            if failed:
                event["error.type"] = "timeout" if region == "ap-south" else "declined"
            file.write(json.dumps(event, separators=(",", ":")) + "\n")


def comparable(text):
    """Compressed sizes are another zstd's."""
    if "of the files" not in text:
        return text
    rows = []
    for line in text.splitlines():
        columns = re.split(r"  +", line.strip())
        rows.append(columns[:2] if len(columns) > 4 else columns[:1])
    return sorted(" ".join(row) for row in rows[: next(i for i, row in enumerate(rows) if not row[0])])


def main(dir):
    shop(os.path.join(dir, "shop.jsonl"))
    subprocess.run([os.environ["PROGRAMS_DIR"] + "/write_journal", os.path.join(dir, "logs"), "5000", "400"], check=True)
    tools = os.path.join(dir, "bin")
    os.mkdir(tools)
    os.symlink(os.path.abspath(os.environ["WIDELINE_BIN"]), os.path.join(tools, "wideline"))
    environment = dict(os.environ, PATH=tools + ":" + os.environ["PATH"])
    with open(PAGE) as file:
        page = file.read()
    failures, samples = 0, 0

    def replay(match):
        nonlocal failures, samples
        samples += 1
        done = subprocess.run(["bash", "-c", match[1]], cwd=dir, env=environment, capture_output=True, text=True)
        printed = done.stdout + done.stderr
        if "--write" not in sys.argv and comparable(printed) != comparable(match[2]):
            failures += 1
            print(f"FAILED: $ {match[1]}\nthe page shows\n{match[2]}\nbut it prints\n{printed}")
        return f"```console\n$ {match[1]}\n{printed}```"

    written = re.sub(r"```console\n\$ ([^\n]*)\n(.*?)```", replay, page, flags=re.S)
    if "--write" in sys.argv:
        with open(PAGE, "w") as file:
            file.write(written)
        return 0
    if samples < 5:
        print(f"FAILED: only {samples} samples were found")
    return failures != 0 or samples < 5


with tempfile.TemporaryDirectory() as directory:
    sys.exit(main(directory))
