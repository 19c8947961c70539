#!/usr/bin/env python3
"""Verbs that read a journal while a service writes it, rotates, merges small frames and deletes old segments: no damage is
said that is none, no event comes twice, and none is missing."""
import fcntl, json, os, signal, subprocess, sys, tempfile, threading, time

from support.checks import WIDELINE, check, verdict

PROGRAMS = os.environ["PROGRAMS_DIR"]
EVENTS = 3500


def run(*arguments):
    return subprocess.run([WIDELINE, *arguments], capture_output=True, timeout=60)


def numbers(lines):
    return [json.loads(line)["number"] for line in lines.splitlines()]


def write_journal(path, events, a_frame, *killed):
    subprocess.run([PROGRAMS + "/write_journal", path, str(events), str(a_frame), *killed], check=True)
    return path + "/" + [name for name in os.listdir(path) if name.endswith(".zst")][0]


# --- what a writer has not finished


def unfinished_frame(dir):
    logs = dir + "/unfinished"
    segment = write_journal(logs, 1000, 100, "killed")
    whole = run("cat", logs).stdout
    with open(segment, "r+b") as file:
        file.truncate(os.path.getsize(segment) - 100)
        verbs = [["verify"], ["cat"], ["stats"], ["cost"], ["schema"], ["diff"], ["grep", "name"], ["grep", "number=3"],
                 ["grep", "--context", "trace", "number=3"]]
        if run("query", "select 1", logs).returncode == 0:
            verbs.append(["query", "select count(*) from events"])
        fcntl.flock(file, fcntl.LOCK_EX)
        for verb in verbs:
            done = run(*verb, logs)
            check("what is being written is no damage", done.returncode == 0 and done.stderr == b"", verb, done.stderr)
        lines = run("cat", logs).stdout
        check("all whole frames come", whole.startswith(lines) and lines.count(b"\n") == 900)
        fcntl.flock(file, fcntl.LOCK_UN)
        for verb in verbs:
            done = run(*verb, logs)
            check("what nobody writes any more is damage", done.returncode == 1 and done.stderr != b"", verb, done.stderr)


# --- beside a service that writes


class Service:
    def __init__(self, scenario, directory):
        os.mkdir(directory)
        self.directory = directory
        self.tail = subprocess.Popen([WIDELINE, "tail", "-n", str(EVENTS), "-f", directory], stdout=subprocess.PIPE,
                                     stderr=subprocess.PIPE)
        self.reader = threading.Thread(target=self.read_tail)
        self.reader.start()
        self.process = subprocess.Popen([PROGRAMS + "/journal_life", scenario, directory, str(EVENTS)],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def read_tail(self):
        self.followed = []
        for line in self.tail.stdout:
            self.followed.append(json.loads(line)["number"])

    def runs(self):
        return self.process.poll() is None

    def end(self):
        check("the service writes all", self.process.wait() == 0, self.process.stderr.read())
        end = time.monotonic() + 20
        while len(self.followed) < EVENTS and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(0.3)  # For what would come twice.
        self.tail.send_signal(signal.SIGINT)
        check("Ctrl-C ends tail quietly", self.tail.wait() == -signal.SIGINT and self.tail.stderr.read() == b"")
        self.reader.join()
        check("tail -f gives each event once, in order", self.followed == list(range(EVENTS)), self.directory,
              len(self.followed), [(a, b) for a, b in zip(self.followed, self.followed[1:]) if b != a + 1][:10])


def all_there(found, least):
    """Each number once and in order, and from `least` on none is left out."""
    later = [number for number in found if number >= least]
    return found == sorted(set(found)) and later == list(range(least, least + len(later)))


def read_beside(service):
    while not numbers(run("cat", service.directory).stdout):
        time.sleep(0.05)
    before = []
    rounds = 0
    while service.runs():
        rounds += 1
        done = {verb[0]: run(*verb, service.directory) for verb in (
            ["cat"], ["grep", "number"], ["verify"], ["stats", "--json"], ["schema", "--json"], ["tail", "-n", "5"])}
        for verb, one in done.items():
            check("no damage is said", one.returncode == 0 and one.stderr == b"", service.directory, verb, one.stderr)
        for verb in ("cat", "grep"):
            found = numbers(done[verb].stdout)
            # What there is still, there was all the time.
            least = numbers(run("cat", service.directory).stdout)[0]
            check("each event comes once", all_there(found, least) and found[-1] >= (before or [0])[-1], verb, least,
                  [(a, b) for a, b in zip(found, found[1:]) if b != a + 1][:10])
            before = found
        kept = json.loads(done["stats"].stdout)["total"]["kept"]
        check("stats counts each event once", kept <= EVENTS)
        tail = numbers(done["tail"].stdout)
        check("tail gives the newest", len(tail) == 5 and all_there(tail, tail[0]) and tail[-1] >= before[-1], tail)
    check("there was time to read beside", rounds > 0, rounds)


# --- who reads the head of what tail follows


def closed_pipe(dir):
    logs = dir + "/head"
    write_journal(logs, 100, 10)
    tail = subprocess.Popen([WIDELINE, "tail", "-n", "3", "-f", logs], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    first = tail.stdout.readline()
    tail.stdout.close()
    write_journal(logs, 10, 10)
    check("tail -f | head -1 ends quietly", tail.wait(timeout=20) == 0 and tail.stderr.read() == b"")
    newest = [event["number"] for event in sorted(map(json.loads, run("cat", logs).stdout.splitlines()),
                                                  key=lambda event: event["timestamp"])][-3:]
    check("tail -n gives the newest, the oldest of them first", json.loads(first)["number"] == 97, first)
    check("tail -n is of all segments", numbers(run("tail", "-n", "3", logs).stdout) == newest, newest)


def main(dir):
    services = [Service(scenario, f"{dir}/{scenario}") for scenario in ("log_evenly", "retain")]
    threads = [threading.Thread(target=read_beside, args=(service,)) for service in services]
    for thread in threads:
        thread.start()
    unfinished_frame(dir)
    closed_pipe(dir)
    for thread in threads:
        thread.join()
    for service in services:
        service.end()
    least = numbers(run("cat", services[1].directory).stdout)[0]
    check("retention has deleted segments", least > 0, least)


with tempfile.TemporaryDirectory() as directory:
    main(directory)
sys.exit(verdict("reading beside writers loses nothing"))
