#!/usr/bin/env python3
"""Tables fit the terminal that they are printed on, and are whole in a pipe."""
import fcntl, json, os, pty, struct, subprocess, sys, tempfile, termios

from support.checks import WIDELINE, check, verdict



def on_terminal(columns, *arguments):
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen([WIDELINE, *arguments], stdout=slave, stderr=slave, stdin=subprocess.DEVNULL)
    os.close(slave)
    text = b""
    while True:
        try:
            more = os.read(master, 65536)
        except OSError:  # The other end is closed.
            break
        if not more:
            break
        text += more
    os.close(master)
    process.wait()
    return text.decode().replace("\r\n", "\n")


def in_pipe(*arguments):
    return subprocess.run([WIDELINE, *arguments], capture_output=True, text=True, check=True).stdout


def main(dir):
    path = os.path.join(dir, "events.jsonl")
    name = "GET /ein/sehr/langer/weg/für/{jeden}/der/hier/vorbeikommt"
    with open(path, "w") as file:
        for i in range(400):
            event = {"timestamp": "2026-11-23T22:00:00.000000Z", "name": name, "duration_ms": i + 0.5,
                     "outcome": "error" if i % 2 else "success", "a.field.of.a.remarkably.long.name.to.be.shown": i % 2 == 1}
            if not i % 2:
                event.update({"only.one": 1, "only.two": 2})
            file.write(json.dumps(event) + "\n")

    for verb in ("stats", "cost", "schema", "diff"):
        whole = in_pipe(verb, path)
        check("nothing is cut in a pipe", verb == "stats" and name in whole or verb != "stats" and "remarkably.long.name.to.be.shown" in whole, verb, whole)
        for columns in (80, 120):
            table = on_terminal(columns, verb, path).split("\n\n")[1 if verb == "diff" else 0]
            widest = max(map(len, table.split("\n")))
            check("a table fits", widest <= columns, verb, columns, widest, table)
        check("what is cut is marked", "…" in on_terminal(80, verb, path), verb)
    for columns, longest in ((200, 24), (60, 0)):
        bars = on_terminal(columns, "stats", "--over", "1m", path)
        check("bars show requests over time where there is room", bars.count("█") == longest, columns, bars)
    check("a column that says nothing is left out", "95 %" not in in_pipe("stats", path))
    check("fields that the same events lack are one row", "only.one, only.two" in in_pipe("diff", path), in_pipe("diff", path))
    return verdict("tables fit")


with tempfile.TemporaryDirectory() as directory:
    sys.exit(main(directory))
