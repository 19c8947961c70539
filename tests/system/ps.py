#!/usr/bin/env python3
"""`wideline ps` over real processes: a stuck request is seen while it is stuck and gone once it ends, a dead process has none
under way, and thousands of requests that begin and end meanwhile give no wrong line."""
import json, os, signal, subprocess, sys, tempfile, time

from support.checks import WIDELINE, check, verdict

SERVICE = os.path.join(os.environ["PROGRAMS_DIR"], "open_requests")


def ps(*arguments):
    done = subprocess.run([WIDELINE, "ps", *arguments], capture_output=True, text=True, timeout=60)
    check(f"ps {arguments} is no crash", done.returncode in (0, 1, 2), done.returncode, done.stderr)
    return done.returncode, done.stdout, done.stderr


def start(journal, seconds="1"):
    service = subprocess.Popen([SERVICE, journal, seconds], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    check("the service is stuck", service.stdout.readline() == "stuck\n")
    return service


def check_brief(request, sizes):
    """Whatever it has, it has of one request, as far as that had come."""
    first, second, long = request.get("first"), request.get("second"), request.get("long")
    good = request["name"] == "brief" and request["outcome"] == "open" and (second is None or second == first)
    good = good and (long is None or (long == chr(ord("a") + first // 64 % 26) * 9000 and first % 64 == 0))
    good = good and (second is None or first % 64 != 0 or long is not None) and 0 <= request["duration_ms"] < 60_000
    sizes.add(len(request))
    return good


def main(dir):
    journal = os.path.join(dir, "logs")
    os.mkdir(journal)
    code, out, err = ps(journal)
    check("a journal without arenas says so", (code, out) == (1, "") and "no process has written" in err, code, err)
    check("what is no journal is refused", ps(os.path.join(dir, "none"))[0] == 2 and ps("a=1", os.devnull)[0] == 2)
    check("a wrong expression is refused", ps("a~(", journal)[0] == 2)

    service = start(journal)
    before = sorted(os.listdir(journal))
    brief, bad, sizes = 0, [], set()
    for _ in range(60):
        code, out, err = ps("--json", journal)
        check("a living process has requests under way", code == 0 and err == "", code, err)
        requests = [json.loads(line) for line in out.splitlines()]
        check("the stuck request is seen each time, the oldest first",
              requests[0]["name"] == 'stuck "one"' and all(r["name"] == "brief" for r in requests[1:]), out[:500])
        brief += len(requests) - 1
        bad += [r for r in requests[1:] if not check_brief(r, sizes)]
    check("no line is wrong of requests that begin and end meanwhile", not bad, bad[:2])
    check("some of them are seen", brief > 0 and len(sizes) > 1, brief, sizes)
    stuck = requests[0]
    check("a request has what it has written so far", stuck["outcome"] == "open" and stuck["user.id"] == "u_42" and stuck["tries"] == 3 and
          stuck["seen"] == ["x" * 300] * 40 and stuck["last"] is True and stuck["notes"][0]["text"] == "waiting for the lock", stuck)
    check("it is stamped, but for what its end decides", stuck["service.name"] == "stuck" and len(stuck["trace_id"]) == 32 and
          "event_id" in stuck and "sample_weight" not in stuck and "sample_rule" not in stuck, stuck)
    time.sleep(0.05)
    code, out, err = ps("--json", "--name", 'stuck "one"', "user.id=u_42", "duration_ms>10", journal)
    check("its age goes on", code == 0 and json.loads(out)["duration_ms"] > stuck["duration_ms"], out, err)
    code, out, err = ps("user.id=u_42", journal)
    rows = out.splitlines()
    check("people get a table", code == 0 and len(rows) == 2 and rows[0].split() == ["age", "name", "trace_id", "fields"] and
          stuck["trace_id"] in rows[1] and 'user.id="u_42" tries=3' in rows[1], out)
    check("what matches nothing is status 1", ps("user.id=u_43", journal)[:2] == (1, ""))
    check("nothing in the journal is touched", sorted(os.listdir(journal)) == before, os.listdir(journal), before)

    follow = subprocess.Popen([WIDELINE, "ps", "--json", "--follow", "user.id=u_42", journal], stdout=subprocess.PIPE, text=True)
    seen = [json.loads(line) for line in (follow.stdout.readline(), follow.stdout.readline(), follow.stdout.readline()) if line.strip()]
    check("--follow looks again", len(seen) == 2 and seen[1]["duration_ms"] > seen[0]["duration_ms"] + 500, seen)
    follow.stdout.close()
    follow.wait(timeout=20)

    # Whoever looks must not keep a recovery, or a start, from the arenas.
    recovered = subprocess.run([WIDELINE, "recover", journal], capture_output=True, text=True)
    check("a recovery beside it finds no dead process", "0 dead processes" in recovered.stdout, recovered.stdout, recovered.stderr)
    service.stdin.write("\n")
    service.stdin.flush()
    check("it ends", service.stdout.readline() == "ended\n")
    check("a request that has ended is gone", ps("user.id=u_42", journal)[:2] == (1, ""))
    service.communicate()
    check("a process that has ended has none", ps(journal)[:2] == (1, ""))

    killed = start(journal)
    killed.send_signal(signal.SIGSTOP)
    check("a stopped process lives", ps("--json", "user.id=u_42", journal)[0] == 0)
    killed.kill()
    killed.wait()
    check("a killed process has none under way", ps(journal)[:2] == (1, ""))
    recovered = subprocess.run([WIDELINE, "recover", journal], capture_output=True, text=True)
    check("and is recovered all the same", "1 dead process left" in recovered.stdout, recovered.stdout, recovered.stderr)

    # Damage of any kind in the file is no crash, and no event that never was.
    service = start(journal)
    note = next(name for name in os.listdir(journal) if name.startswith(".wideline-arenas-"))
    with open(os.path.join(journal, note)) as file:
        arenas = json.load(file)["arenas"]
    path = arenas if arenas.startswith("/") else os.path.join(journal, arenas)
    os.chmod(path, 0o644)
    code, out, err = ps(journal)
    check("arenas that others may read are not trusted", code == 1 and "cannot trust" in err and out == "", code, err)
    os.chmod(path, 0o600)
    service.kill()
    service.wait()


with tempfile.TemporaryDirectory() as directory:
    main(directory)
sys.exit(verdict("what is under way is seen, whole, and only while it is"))
