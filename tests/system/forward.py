#!/usr/bin/env python3
# `wideline forward`, `replay` and `dead` against an HTTP server that does what is asked of it.
import http.server, json, os, shutil, subprocess, sys, tempfile, threading, urllib.request

from support.checks import SKIPPED, WIDELINE, check, verdict

if "http" not in subprocess.run([WIDELINE, "--version"], capture_output=True, text=True).stdout:
    sys.exit(SKIPPED)
segment_of_lines = os.path.join(os.environ["PROGRAMS_DIR"], "segment_of_lines")
folder = tempfile.mkdtemp(prefix="wideline-forward-")


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.events, self.tokens, self.authorization, self.bad, self.status = [], [], None, set(), None
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/in"

    def numbers(self):
        return [e["number"] for e in self.events]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, text=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self):
        self.answer(self.server.status or 405)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.lock:
            self.server.authorization = self.headers["Authorization"]
            events = [json.loads(line) for line in body.splitlines()]
            if self.server.status:
                return self.answer(self.server.status, b"go away, Bearer t0ken")
            if any(e["number"] in self.server.bad for e in events):
                return self.answer(400, b"bad number, t0ken")
            self.server.events += events
            self.server.tokens.append(self.headers["Idempotency-Key"])
            self.answer(200)


def run(*arguments):
    return subprocess.run([WIDELINE, *arguments], capture_output=True, text=True, timeout=60, env={**os.environ, "TOKEN": "t0ken"})


def line(number):
    return json.dumps({"timestamp": "2026-11-23T22:%02d:%02d.000000Z" % (number // 60 % 60, number % 60),
                       "event_id": "01a20adc-0000-7000-8000-%012d" % number, "name": "pay", "outcome": "success",
                       "plan": "enterprise" if number % 5 == 0 else "free", "number": number, "sample_weight": 1}, separators=(",", ":"))


def segment(name, run_number, numbers):
    subprocess.run([segment_of_lines, os.path.join(journal, f"shop-20261123T2200{name}Z-1-0.jsonl.zst"), "50", str(run_number)],
                   input="\n".join(line(n) for n in numbers).encode() + b"\n", check=True)


def status(route="all/http"):
    done = run("forward", "--status", "--json", "--config", config, journal)
    return next(json.loads(l) for l in done.stdout.splitlines() if json.loads(l)["route"] == route)


try:
    server = Server()
    journal = os.path.join(folder, "a journal é")
    os.mkdir(journal)
    config = os.path.join(folder, "wideline.json")
    with open(config, "w") as f:
        json.dump({"service": {"name": "shop"}, "forward": [{"name": "all", "to": {"http": {"url": server.url(), "token": {"env": "TOKEN"}}},
                   "retry": {"initial_interval": "20ms", "maximum_interval": "100ms"},
                   "pack": {"bytes": 4096, "linger": "50ms"}, "dead_letters": {"in_a_row": 10}}]}, f)
    segment("00", 11, range(0, 300))

    check("check knows the section", "; 1 forwards" in run("check", config).stdout, run("check", config))
    check("--check asks the target", run("forward", "--check", "--config", config).returncode == 0)
    check("--check sends nothing", server.events == [])

    # Two bad events among three hundred.
    server.bad = {77, 130}
    done = run("forward", "--once", "--config", config, journal)
    check("--once tells of the dead", done.returncode == 1 and "2 dead" in done.stderr, done)
    check("all others arrive, in order", server.numbers() == [n for n in range(300) if n not in server.bad], len(server.events))
    check("with their token", server.authorization == "Bearer t0ken" and len(set(server.tokens)) == len(server.tokens))
    check("again there is nothing to do", run("forward", "--once", "--config", config, journal).returncode == 0)
    check("and nothing is repeated", len(server.events) == 298)
    check("status counts them", (status()["delivered"], status()["dead"], status()["waiting"]) == (298, 2, 0), status())
    table = run("forward", "--status", "--config", config, journal).stdout
    check("status is a table for people", "all/http" in table and "298" in table, table)

    # Dead letters.
    listed = run("dead", "list", journal).stdout
    check("dead list counts by reason", "data" in listed and "all/http" in listed, listed)
    shown = run("dead", "show", "all/http", "number=130", journal).stdout
    check("dead show prints what is asked for", shown.startswith(line(130)[:-1] + ',"wideline.dead.forward":"all"') and shown.count("\n") == 1, shown)
    check("no secret is in a letter", "t0ken" not in run("dead", "show", journal).stdout + listed)
    server.bad = {77}
    done = run("dead", "retry", "--config", config, "all/http", journal)
    check("retry sends what is taken now", server.numbers()[298:] == [130] and server.events[-1] == json.loads(line(130)), done, server.numbers()[298:])
    check("what is refused again is a letter again", run("dead", "show", journal).stdout.startswith(line(77)[:-1]), run("dead", "show", journal))
    server.bad = set()
    check("drop wants --yes", run("dead", "drop", journal).returncode == 2)
    check("drop of another event deletes none", run("dead", "drop", "--yes", "number=1", journal).returncode == 1)
    check("and leaves the letter", run("dead", "show", journal).stdout.count("\n") == 1)
    check("retry of all is done", run("dead", "retry", "--config", config, journal).returncode == 0)
    check("the last one arrives", server.numbers()[299:] == [77])
    check("no letter is left", run("dead", "list", journal).returncode == 1)

    # Replay.
    server.events, server.tokens, first_tokens = [], [], set(server.tokens)
    check("a replay can be counted", run("replay", "--config", config, "--forward", "all", "--target", "http", "--dry-run", "plan=enterprise",
                                         journal).stdout == "60 events\n")
    done = run("replay", "--config", config, "--forward", "all", "--target", "http", "--since", "2026-11-23T22:01:00Z",
               "--until", "2026-11-23T22:03:00Z", journal)
    check("a replay sends its span again", done.returncode == 0 and server.numbers() == list(range(60, 180)), done, server.numbers())
    check("with other tokens", not first_tokens & set(server.tokens))
    check("and the route does not move", status()["delivered"] == 298)

    # A server that refuses everything, and a person who accepts that.
    segment("01", 12, range(300, 340))
    server.bad, server.events = set(range(300, 340)), []
    done = run("forward", "--once", "--config", config, journal)
    check("ten are dead, then it is held", status()["dead"] == 12 and status()["waiting"] == 30 and status()["state"] == "held", status(), done)
    check("a second run is as careful", run("forward", "--once", "--config", config, journal).returncode == 1 and status()["dead"] == 12)
    check("--accept-dead is taken", run("forward", "--accept-dead", "all/http", journal).returncode == 0)
    run("forward", "--once", "--config", config, journal)
    check("then all are dead", status()["dead"] == 42 and status()["waiting"] == 0, status())

    # Held by the server, skipped and forgotten by a person.
    server.bad, server.status = set(), 403
    segment("02", 13, range(340, 360))
    done = run("forward", "--once", "--config", config, journal)
    check("403 holds the route", done.returncode == 1 and status()["state"] == "held" and status()["dead"] == 42, status())
    check("no secret is said", "t0ken" not in json.dumps(status()) + done.stderr, done.stderr)
    check("--check says so", run("forward", "--check", "--config", config).returncode == 1)
    done = run("forward", "--forget", "all/http", "--skip-to-end", journal)
    check("--skip-to-end says how many", done.stdout == "all/http: 20 events are skipped\n", done)
    server.status = None
    check("and they are not sent", run("forward", "--once", "--config", config, journal).returncode == 0 and server.events == [])
    check("--forget begins again", run("forward", "--forget", "all/http", journal).returncode == 0)
    run("forward", "--once", "--config", config, journal)
    check("with the oldest", sorted(server.numbers()) == list(range(360)), len(server.events))
    check("dead letters survive it", run("dead", "show", journal).stdout.count("\n") == 40)

    # Metrics, while it runs.
    child = subprocess.Popen([WIDELINE, "forward", "--config", config, "--metrics", "127.0.0.1:0", journal], stdout=subprocess.PIPE, text=True,
                             env={**os.environ, "TOKEN": "t0ken"})
    address = child.stdout.readline().strip()
    if address:  # It was built with a server.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        text = opener.open(address, timeout=10).read().decode()
        check("metrics count what was delivered", 'wideline_forward_events_delivered_total{forward="all",target="http"} 360' in text, text[:2000])
        check("each family has its type", all(f"# TYPE {l.split('{')[0].split(' ')[0]} " in text or "request_seconds" in l
                                              for l in text.splitlines() if not l.startswith("#")))
        check("it is ready", opener.open(address.replace("/metrics", "/ready"), timeout=10).status == 200)
        child.terminate()
        check("SIGTERM ends it well", child.wait(10) == 0)
    child.wait(10)

    # Wrong usage.
    for arguments in (["forward", journal], ["forward", "--config", config, folder + "/none"], ["forward", "--config", config, "--forward", "x", journal],
                      ["forward", "--forget", "../x", journal], ["forward", "--once", "--status", "--config", config, journal],
                      ["replay", "--config", config, journal], ["dead", "dance", journal], ["dead"]):
        done = run(*arguments)
        check("wrong usage has status 2 and one sentence", done.returncode == 2 and done.stderr.startswith("wideline: ") and done.stderr.count("\n") == 1,
              arguments, done)
finally:
    shutil.rmtree(folder, ignore_errors=True)
sys.exit(verdict("every event arrived, or is told of"))
