#!/usr/bin/env python3
"""Progress: one line on the terminal while a verb reads for long, and nothing of it afterwards, in a pipe, or in a file."""
import fcntl, os, pty, re, struct, subprocess, sys, tempfile, termios, threading, time

from support.checks import WIDELINE, check, verdict

COLUMNS = 60
LONG = 1.6  # Seconds: longer than what counts as quick.


class Terminal:
    """Remembers what was written to it."""

    def __init__(self):
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
        self.bytes = b""
        self.thread = threading.Thread(target=self.remember)
        self.thread.start()

    def remember(self):
        while True:
            try:
                more = os.read(self.master, 65536)
            except OSError:  # All who had it have gone.
                return
            if not more:
                return
            self.bytes += more

    def end(self):
        os.close(self.slave)
        self.thread.join()
        os.close(self.master)
        return self.bytes.decode()


def screen(text):
    """The lines that are to be seen at the end."""
    lines = []
    for row in text.split("\n"):
        cells = []
        for part in row.split("\r"):
            cells[:len(part)] = part
        lines.append("".join(cells).rstrip())
    return [line for line in lines if line]


def widest(text):
    return max(len(part) for part in re.split(r"[\r\n]", text))


def sleep_until(holds, most):
    end = time.monotonic() + most
    while not holds() and time.monotonic() < end:
        time.sleep(0.05)


def feed(pipe, pieces, pause=lambda: time.sleep(LONG)):
    for i, piece in enumerate(pieces):
        if i != 0:
            pause()
        pipe.write(piece)
        pipe.flush()
    pipe.close()


def run_in_terminal(*arguments, pieces=(b"",), output_too=False, until_shown=False):
    """What comes on the terminal, on standard output, and the status. `pieces` come slowly on standard input."""
    terminal = Terminal()
    done = subprocess.Popen([WIDELINE, *arguments], stdin=subprocess.PIPE, stderr=terminal.slave,
                            stdout=terminal.slave if output_too else subprocess.PIPE)
    pause = lambda: sleep_until(lambda: until_shown and b"/s" in terminal.bytes, 20 if until_shown else LONG)
    feeder = threading.Thread(target=feed, args=(done.stdin, pieces, pause))
    feeder.start()
    output = b"" if output_too else done.stdout.read()
    status = done.wait()
    feeder.join()
    return terminal.end(), output, status


def long_work(halves):
    """Every verb that reads standard input."""
    questions = {"cat": ["cat"], "cat --pretty": ["cat", "--pretty"], "grep": ["grep", "name=search"],
                 "grep --count": ["grep", "--count", "name=search"], "stats": ["stats"], "cost": ["cost"],
                 "schema": ["schema"], "diff": ["diff"], "verify": ["verify"]}
    if subprocess.run([WIDELINE, "query", "select 1", "-"], input=halves[0], capture_output=True).returncode == 0:
        questions["query"] = ["query", "select count(*) from events"]

    def ask(name, arguments):
        plain = subprocess.run([WIDELINE, *arguments, "-"], input=b"".join(halves), capture_output=True)
        shown, output, status = run_in_terminal(*arguments, "-", pieces=halves, until_shown=True)
        check(f"{name}: progress appears", re.search(r"\d+(\.\d)? k?B?(bytes)?   ", shown) and "/s" in shown, repr(shown))
        check(f"{name}: of standard input nobody knows the whole", "%" not in shown and "left" not in shown, repr(shown))
        check(f"{name}: nothing is left of it", screen(shown) == [], screen(shown))
        check(f"{name}: it fits the terminal", widest(shown) < COLUMNS, widest(shown))
        check(f"{name}: the answer is the same", output == plain.stdout and status == plain.returncode == 0, status)

    def ask_without_terminal(name, arguments):
        slow = subprocess.Popen([WIDELINE, *arguments, "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE)
        feed(slow.stdin, halves)
        check(f"{name}: there is none in a pipe", slow.stderr.read() == b"" and slow.wait() == 0)

    return [(one, *question) for question in questions.items() for one in (ask, ask_without_terminal)]


def read_slowly(pipe, terminal):
    """Takes its time, until there is progress to be seen."""
    pieces = []
    while piece := os.read(pipe, 1 << 16):
        pieces.append(piece)
        time.sleep(0 if b"left" in terminal.bytes else 0.01)
    return b"".join(pieces)


def of_file(path, status, sentences):
    """With the files' sizes there is a share; and a sentence comes between two lines of progress, not into one."""
    terminal = Terminal()
    done = subprocess.Popen([WIDELINE, "cat", path], stdout=subprocess.PIPE, stderr=terminal.slave)
    output = read_slowly(done.stdout.fileno(), terminal)
    check("cat ends as it should", done.wait() == status, done.returncode)
    shown = terminal.end()
    check("there is a share, and the time that is left",
          re.search(r"\d kB / \d+ kB   \d+ %   [\d.]+ kB/s   0:0\d left", shown), repr(shown[-500:]))
    check("sentences are whole, and progress is gone", [
        line.startswith("wideline: ") and line.endswith(" left out)") for line in screen(shown)] == [True] * sentences,
        screen(shown))
    plain = subprocess.run([WIDELINE, "cat", path], capture_output=True)
    check("all comes through", output == plain.stdout)


def before_a_pager(path):
    """What takes the first page and waits has the terminal for itself."""
    terminal = Terminal()
    done = subprocess.Popen([WIDELINE, "cat", path], stdout=subprocess.PIPE, stderr=terminal.slave)
    first = os.read(done.stdout.fileno(), 4096)
    time.sleep(LONG)
    check("progress does not write over a pager", len(first) != 0 and terminal.bytes == b"", terminal.bytes)
    done.stdout.close()
    check("a pager that is left ends cat", done.wait() == 0 and screen(terminal.end()) == [])


def on_one_terminal(segment, events):
    """Output on the same terminal says enough, however slowly it comes."""
    for arguments in (["cat", "-"], ["cat", "--pretty", "--fields", "number", "-"]):
        shown, _, status = run_in_terminal(*arguments, pieces=(segment, b""), output_too=True)
        check("events alone are on the terminal", shown.count("\n") >= len(events) and "/s" not in shown and status == 0,
              arguments, shown[-300:])


def before_output(segment, events):
    pieces = (segment[:9], segment[9:])
    shown, _, status = run_in_terminal("grep", "name", "-", pieces=pieces, output_too=True, until_shown=True)
    check("progress makes way for the first event", "/s" in shown and screen(shown) == events, shown[-300:])
    shown, _, status = run_in_terminal("grep", "--count", "name=search", "-", pieces=pieces, output_too=True,
                                       until_shown=True)
    check("an answer comes into a clean line",
          "/s" in shown and screen(shown) == [str(sum('"search"' in event for event in events))], repr(shown))


def main(dir):
    logs = dir + "/logs"
    subprocess.run([os.environ["PROGRAMS_DIR"] + "/write_journal", logs, "40000", "1000"], check=True)
    whole = open(logs + "/" + os.listdir(logs)[0], "rb").read()
    small = dir + "/small"
    subprocess.run([os.environ["PROGRAMS_DIR"] + "/write_journal", small, "2000", "1000"], check=True)
    segment = open(small + "/" + os.listdir(small)[0], "rb").read()
    damaged = dir + "/damaged.jsonl.zst"
    with open(damaged, "wb") as file:
        file.write(whole[:len(whole) // 2] + b"XXXX" + whole[len(whole) // 2 + 4:])

    events = subprocess.run([WIDELINE, "cat", small], capture_output=True, check=True).stdout.decode().splitlines()
    for verb in ("stats", "cat", "verify"):
        shown, _, status = run_in_terminal(verb, small)
        check("there is none of quick work", shown == "" and status == 0, verb, repr(shown))

    # They wait most of the time, so they wait together.
    halves = (segment[:len(segment) // 2], segment[len(segment) // 2:])
    work = [*long_work(halves), (of_file, logs, 0, 0), (of_file, damaged, 1, 1), (before_a_pager, logs),
            (on_one_terminal, segment, events), (before_output, segment, events)]
    threads = [threading.Thread(target=one, args=arguments) for one, *arguments in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


with tempfile.TemporaryDirectory() as directory:
    main(directory)
sys.exit(verdict("progress comes and goes"))
