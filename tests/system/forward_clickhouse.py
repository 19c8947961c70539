#!/usr/bin/env python3
# `wideline forward` into a real ClickHouse, through whatever happens to either end: every event arrives, and what is
# refused is in the dead letters. Skipped if there is no clickhouse-server.
import json, os, shutil, signal, socket, subprocess, sys, tempfile, time, urllib.request, urllib.error, urllib.parse

from support.checks import SKIPPED, WIDELINE, check, verdict

server_program = shutil.which("clickhouse-server") or shutil.which("clickhouse")
if not server_program:
    sys.exit(SKIPPED)
if "clickhouse" not in subprocess.run([WIDELINE, "--version"], capture_output=True, text=True).stdout:
    sys.exit(SKIPPED)
segment_of_lines = os.path.join(os.environ["PROGRAMS_DIR"], "segment_of_lines")
folder = tempfile.mkdtemp(prefix="wideline-clickhouse-")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class ClickHouse:
    def __init__(self):
        self.port, self.tcp = free_port(), free_port()
        self.dir = os.path.join(folder, "clickhouse")
        os.makedirs(self.dir, exist_ok=True)
        with open(os.path.join(self.dir, "config.xml"), "w") as f:
            f.write(f"""<yandex><logger><level>error</level><console>false</console>
                <log>{self.dir}/log</log><errorlog>{self.dir}/err</errorlog></logger>
                <http_port>{self.port}</http_port><tcp_port>{self.tcp}</tcp_port><listen_host>127.0.0.1</listen_host>
                <path>{self.dir}/data/</path><tmp_path>{self.dir}/tmp/</tmp_path><mark_cache_size>5368709120</mark_cache_size>
                <users_config>users.xml</users_config><default_profile>default</default_profile>
                <default_database>default</default_database></yandex>""")
        with open(os.path.join(self.dir, "users.xml"), "w") as f:
            f.write("""<yandex><profiles><default/></profiles><quotas><default/></quotas><users>
                <default><password></password><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota></default>
                <writer><password>s3cret</password><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota></writer>
                </users></yandex>""")
        self.process = None

    def start(self):
        name = ["server"] if os.path.basename(server_program) == "clickhouse" else []
        self.process = subprocess.Popen([server_program, *name, f"--config-file={self.dir}/config.xml"],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.dir)
        for _ in range(200):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/ping", timeout=1).read()
                return True
            except OSError:
                time.sleep(0.05)
        return False

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def query(self, sql):
        return urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", data=sql.encode(), timeout=20).read().decode().strip()


server = ClickHouse()
children = []


def line(number, amount=None):
    return json.dumps({"timestamp": "2026-11-23T22:00:00.%06dZ" % (number % 1000000), "event_id": "01a20adc-0000-7000-8000-%012d" % number,
                       "name": "pay", "outcome": "success", "sample_weight": 2, "amount": number if amount is None else amount},
                      separators=(",", ":"))


count = 0


def segment(journal, lines):
    """A closed segment with these lines."""
    global count
    count += 1
    os.makedirs(journal, exist_ok=True)
    path = os.path.join(journal, "shop-20261123T22%02d00Z-1-%d.jsonl.zst" % (count // 60, count))
    subprocess.run([segment_of_lines, path, "500", str(1000 + count)], input="\n".join(lines).encode() + b"\n", check=True)


def config(name, table="events", password="s3cret", **forward):
    path = os.path.join(folder, name + ".json")
    secret = os.path.join(folder, name + ".secret")
    with open(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
        f.write(password + "\n")
    retry = {"initial_interval": "50ms", "maximum_interval": "200ms", "request_timeout": "10s"}
    with open(path, "w") as f:
        json.dump({"forward": [{"name": "all", "to": {"clickhouse": {
            "url": f"http://127.0.0.1:{server.port}", "table": table, "user": "writer", "password": {"file": secret}}},
            "retry": retry, "pack": {"linger": "100ms", "bytes": 65536}, **forward}]}, f)
    return path


def run(*arguments, **more):
    return subprocess.run([WIDELINE, *arguments], capture_output=True, text=True, timeout=60, **more)


def start_forwarder(path, journal):
    child = subprocess.Popen([WIDELINE, "forward", "--config", path, journal], stderr=subprocess.DEVNULL)
    children.append(child)
    return child


def wait_for(condition, seconds=20):
    until = time.time() + seconds
    while time.time() < until:
        try:
            if condition():
                return True
        except OSError:
            pass
        time.sleep(0.05)
    return False


def rows(table="events"):
    return int(server.query(f"SELECT count() FROM {table} FINAL"))


def create(table):
    server.query(f"CREATE TABLE {table} (event_id String, timestamp String, name String, outcome String, "
                 f"sample_weight Float64, amount Int64) ENGINE = ReplacingMergeTree ORDER BY (event_id)")


def status(path, journal):
    return json.loads(run("forward", "--status", "--json", "--config", path, journal).stdout)


try:
    if not server.start():
        print("clickhouse-server does not start here")
        sys.exit(SKIPPED)

    # All arrives, once, and a second run has nothing to do.
    journal = os.path.join(folder, "once")
    create("events")
    for part in range(4):
        segment(journal, [line(part * 2000 + i) for i in range(2000)])
    path = config("once")
    check("--check is good", run("forward", "--check", "--config", path).returncode == 0)
    done = run("forward", "--once", "--config", path, journal)
    check("--once delivers all", done.returncode == 0, done)
    check("every row is there", rows() == 8000 and server.query("SELECT sum(amount) FROM events FINAL") == str(sum(range(8000))))
    check("--once again has nothing to do", run("forward", "--once", "--config", path, journal).returncode == 0)
    check("nothing was repeated", int(server.query("SELECT count() FROM events")) == 8000)
    check("--status tells it", status(path, journal)["delivered"] == 8000)

    # Bad rows, and no others, are dead; the rest arrives.
    bad = {17, 600, 601, 1999}
    segment(journal, [line(8000 + i, "many" if i in bad else None) for i in range(2000)])
    done = run("forward", "--once", "--config", path, journal)
    check("dead letters are told by the status", done.returncode == 1, done)
    check("all but the bad rows are there", rows() == 9996, rows())
    dead = [json.loads(l) for l in run("cat", os.path.join(journal, ".wideline-forward/all/clickhouse/dead")).stdout.splitlines()]
    check("the bad rows are dead, with their reason",
          {int(d["event_id"][-12:]) - 8000 for d in dead} == bad and all(d["wideline.dead.code"] in ("26", "27", "72") for d in dead),
          [d.get("wideline.dead.code") for d in dead])
    check("no letter has the password", "s3cret" not in json.dumps(dead))
    check("the counts add up", status(path, journal)["delivered"] == 9996 and status(path, journal)["dead"] == 4)

    # A table that is missing holds the route; made later, it gets all.
    journal = os.path.join(folder, "held")
    segment(journal, [line(i) for i in range(500)])
    path = config("held", table="later")
    child = start_forwarder(path, journal)
    check("a missing table holds the route", wait_for(lambda: status(path, journal)["state"] == "held"), status(path, journal))
    check("nothing is dead or passed", status(path, journal)["dead"] == 0 and status(path, journal)["waiting"] == 500)
    create("later")
    check("it goes on by itself", wait_for(lambda: rows("later") == 500))
    child.terminate()
    check("SIGTERM ends it with status 0", child.wait(10) == 0)

    # A wrong password holds it too; the file is read again.
    journal = os.path.join(folder, "password")
    segment(journal, [line(20000 + i) for i in range(300)])
    path = config("password", table="later", password="wrong")
    child = start_forwarder(path, journal)
    check("a wrong password holds the route", wait_for(lambda: status(path, journal)["state"] == "held"))
    with open(os.path.join(folder, "password.secret"), "w") as f:
        f.write("s3cret\n")
    check("the new password is taken", wait_for(lambda: rows("later") == 800))
    child.terminate()
    child.wait(10)

    # Killed at any moment, on either end: every event arrives.
    journal = os.path.join(folder, "killed")
    create("survivors")
    path = config("killed", table="survivors")
    total = 0
    child = start_forwarder(path, journal) if os.makedirs(journal) is None else None
    for round in range(8):
        segment(journal, [line(100000 + total + i) for i in range(1500)])
        total += 1500
        time.sleep(0.05 + 0.03 * round)
        if round % 4 == 3:
            server.kill()
            time.sleep(0.2)
            check("the server is back", server.start())
        else:
            child.kill()
            child.wait()
            child = start_forwarder(path, journal)
    check("every event survives", wait_for(lambda: rows("survivors") == total), rows("survivors"), total)
    check("in the counts, too", wait_for(lambda: status(path, journal)["waiting"] == 0))
    sums = server.query("SELECT sum(amount) FROM survivors FINAL")
    check("and none is invented", sums == str(sum(range(100000, 100000 + total))), sums)
    child.terminate()
    child.wait(10)
finally:
    for child in children:
        if child.poll() is None:
            child.kill()
            child.wait()
    server.kill()
    shutil.rmtree(folder, ignore_errors=True)
sys.exit(verdict("every event arrived, or is told of"))
