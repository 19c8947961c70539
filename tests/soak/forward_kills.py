#!/usr/bin/env python3
"""forward_kills.py SECONDS: kills forwarders at random moments, two on one journal, while the server they send to is in every
mood. Every event must arrive, as it is in the journal, and the counts must add up."""
import http.server, json, os, random, shutil, socket, subprocess, sys, tempfile, threading, time

wideline, segment_of_lines = os.environ["WIDELINE_BIN"], os.path.join(os.environ["PROGRAMS_DIR"], "segment_of_lines")
if "http" not in subprocess.run([wideline, "--version"], capture_output=True, text=True).stdout:
    sys.exit(77)
seed = int(os.environ.get("SEED", time.time()))
random.seed(seed)
seconds = float(sys.argv[1])
arrived, tokens, moods, lock = {}, {}, random.Random(seed), threading.Lock()
calm, repeats, mixed_tokens = False, 0, 0


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        global repeats, mixed_tokens
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with lock:
            mood = "well" if calm else moods.choice(["well"] * 6 + ["busy", "broken", "cut", "cut after", "slow"])
        if mood == "slow":
            time.sleep(0.05)
        if mood in ("well", "slow", "cut after"):
            with lock:
                if tokens.setdefault(self.headers["Idempotency-Key"], body) != body:
                    mixed_tokens += 1
                for line in body.splitlines():
                    repeats += line in arrived
                    arrived[line] = True
        if mood.startswith("cut"):
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        self.send_response({"busy": 429, "broken": 503}.get(mood, 200))
        self.send_header("Content-Length", "0")
        self.end_headers()


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        pass  # A forwarder was killed in the middle of its request.


server = Server(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
folder = tempfile.mkdtemp(prefix="wideline-kills-")
journal, config = os.path.join(folder, "logs"), os.path.join(folder, "c.json")
os.mkdir(journal)
with open(config, "w") as f:
    json.dump({"forward": [{"name": "all", "to": {"http": {"url": f"http://127.0.0.1:{server.server_address[1]}"}},
                            "retry": {"initial_interval": "10ms", "maximum_interval": "50ms"},
                            "pack": {"bytes": 20000, "linger": "10ms"}}]}, f)
written = []


def segment():
    lines = [json.dumps({"timestamp": "2026-11-23T22:00:00.000000Z", "event_id": "01a20adc-0000-7000-8000-%012d" % (len(written) + i),
                         "name": "pay", "number": len(written) + i}, separators=(",", ":")) for i in range(random.randrange(1, 1500))]
    path = os.path.join(journal, f"shop-20261123T220000Z-1-{len(written)}.jsonl.zst")
    subprocess.run([segment_of_lines, os.path.join(folder, "new"), str(random.randrange(5, 60)), str(random.getrandbits(60) + 1)],
                   input="\n".join(lines).encode() + b"\n", check=True)
    os.rename(os.path.join(folder, "new"), path)
    written.extend(lines)


def forwarder():
    return subprocess.Popen([wideline, "forward", "--config", config, journal], stderr=subprocess.DEVNULL)


def status():
    done = subprocess.run([wideline, "forward", "--status", "--json", "--config", config, journal], capture_output=True, text=True)
    return json.loads(done.stdout)


forwarders, kills, good = [forwarder(), forwarder()], 0, True
try:
    until = time.time() + seconds
    while time.time() < until:
        segment()
        time.sleep(random.random() * 0.1)
        which = random.randrange(2)
        forwarders[which].kill()
        forwarders[which].wait()
        forwarders[which] = forwarder()
        kills += 1
    calm = True
    until = time.time() + 60
    while time.time() < until and (len(arrived) < len(written) or status()["waiting"]):
        time.sleep(0.2)
    end = status()
    good = set(arrived) == {line.encode() for line in written} and mixed_tokens == 0 and \
        end["waiting"] == 0 and end["delivered"] == len(written) and end["dead"] == 0
    print(f"{kills} forwarders killed, {len(written)} events, {len(arrived)} arrived, {repeats} repeats: "
          f"{'all there' if good else 'WRONG'} (SEED={seed}; {end})")
finally:
    for one in forwarders:
        one.kill()
        one.wait()
    shutil.rmtree(folder, ignore_errors=True)
sys.exit(0 if good else 1)
