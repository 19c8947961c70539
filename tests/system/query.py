"""SQL over journals, held against counts over the plain lines: whole, damaged, growing, cached, and of other programs."""
import collections
import csv
import io
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

from support.checks import SKIPPED, WIDELINE, check, has_duckdb, verdict

WRITE_JOURNAL = os.environ["PROGRAMS_DIR"] + "/write_journal"
directory = tempfile.mkdtemp()


def run(*arguments, stdin=b"", **more):
    return subprocess.run([WIDELINE, *arguments], input=stdin, capture_output=True, timeout=60, **more)


def rows(sql, *paths, status=0, stdin=b""):
    done = run("query", "--json", sql, *paths, stdin=stdin)
    check(f"{sql}: status {done.returncode}, expected {status}: {done.stderr.decode()[:300]}", done.returncode == status)
    return [json.loads(line) for line in done.stdout.splitlines()]


def plain(path):
    text = subprocess.run([WIDELINE, "cat", path], capture_output=True, check=False).stdout
    return [json.loads(line) for line in text.splitlines()]


def same(found, expected, what):
    check(f"{what}\n  found    {str(found)[:600]}\n  expected {str(expected)[:600]}", found == expected)


def quantile(events, share):
    pairs = sorted((e["duration_ms"], e["sample_weight"]) for e in events)
    total, reached = sum(w for _, w in pairs), 0
    for value, weight in pairs:
        reached += weight
        if reached >= share * total:
            return value


BY_NAME = ('select name, outcome, count(*) n, requests() r, requests() filter (where number % 2 = 0) even, '
           'wquantile(duration_ms, 0.9) p from events group by all order by all')


def by_name(events):
    groups = collections.defaultdict(list)
    for event in events:
        groups[event["name"], event["outcome"]].append(event)
    return [{"name": name, "outcome": outcome, "n": len(group), "r": sum(e["sample_weight"] for e in group),
             "even": sum(e["sample_weight"] for e in group if e["number"] % 2 == 0), "p": quantile(group, 0.9)}
            for (name, outcome), group in sorted(groups.items())]


def caches(path):
    """The segments that are in columns, by their lists."""
    place = path + "/.wideline-cache"
    return sorted(name for name in os.listdir(place) if name.endswith(".json")) if os.path.isdir(place) else []


def test_journals():
    logs = directory + "/logs"
    subprocess.run([WRITE_JOURNAL, logs, "5000", "400"], check=True)
    events = plain(logs)
    same(rows(BY_NAME, logs), by_name(events), "the first question, of a closed segment")
    same(len(caches(logs)), 1, "a closed segment is put into columns")
    same(rows(BY_NAME, logs), by_name(events), "the second question, of columns")
    columns = rows("select * from events limit 1", logs)[0]
    same(rows("select * from events", logs), [dict.fromkeys(columns) | e for e in events],
         "every event, in the order of the lines")

    # The statement may come last.
    done = run("query", logs, "select count(*) n from events", "--json")
    same(done.stdout, b'{"n":5000}\n', "a statement behind the path")

    # What the cache does not match is not used: another segment under the same name.
    segment = [f"{logs}/{name}" for name in os.listdir(logs) if name.endswith(".zst")][0]
    other = directory + "/other"
    subprocess.run([WRITE_JOURNAL, other, "700", "100"], check=True)
    shutil.copy([f"{other}/{name}" for name in os.listdir(other) if name.endswith(".zst")][0], segment)
    same(rows(BY_NAME, logs), by_name(events[:700]), "a segment that was replaced")
    same(len(caches(logs)), 1, "the columns of the replaced segment are gone")
    test_trust(logs, events)
    os.remove(segment)
    run("cache", logs)
    same(os.listdir(logs + "/.wideline-cache"), [], "the columns of a segment that is gone are removed")

    # A directory that is not ours to write.
    subprocess.run([WRITE_JOURNAL, directory + "/closed", "700", "100"], check=True)
    with open(directory + "/closed/.wideline-cache", "w", encoding="utf-8"):
        pass
    same(rows(BY_NAME, directory + "/closed"), by_name(events[:700]), "a cache that cannot be written")

    # Growing.
    killed = directory + "/killed"
    subprocess.run([WRITE_JOURNAL, killed, "1000", "100", "killed"], check=True)
    same(rows(BY_NAME, killed), by_name(events[:1000]), "a segment that is not closed")
    same(caches(killed), [], "a segment that is not closed is not put into columns")
    test_skipping(killed, events[:1000])
    subprocess.run([WRITE_JOURNAL, other, "700", "100"], check=True)
    same(rows("select count(*) n, requests() r from events", killed, other),
         [{"n": 1000 + 1400, "r": sum(e["sample_weight"] for e in events[:1000] + 2 * events[:700])}],
         "segments in columns and lines together")
    test_damage(events)


def rewrite(path, change):
    """In place, and with the times that the file had."""
    state = os.stat(path)
    with open(path, "r+b") as file:
        content = change(bytearray(file.read()))
        file.seek(0)
        file.truncate()
        file.write(content)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


def flipped(at):
    def flip(content):
        content[at % len(content)] ^= 1 << (at % 8)
        return content
    return flip


def test_trust(logs, events):
    """Whatever lies where columns are expected, the answer is that of the lines; what cannot be used is made anew."""
    place = logs + "/.wideline-cache"
    [segment] = [f"{logs}/{name}" for name in os.listdir(logs) if name.endswith(".zst")]
    expected = by_name(plain(segment))
    chance = random.Random(11)

    def parquet():
        return [f"{place}/{name}" for name in sorted(os.listdir(place)) if name.endswith(".parquet")]

    def right(what, of=None):
        same(rows(BY_NAME, logs), expected if of is None else of, what)
        same(len(caches(logs)), 1, what + ": columns are there")
        before = {path: os.stat(path).st_ino for path in parquet()}
        same(rows(BY_NAME, logs), expected if of is None else of, what + ", and what was made anew")
        same({path: os.stat(path).st_ino for path in parquet()}, before, what + ": made anew once")

    for what, change in {"cut": lambda content: content[:len(content) // 2], "empty": lambda content: b"",
                         "foreign": lambda content: b"PAR1 and nothing PAR1",
                         "of later version": lambda content: content.replace(b'"form":', b'"form":9')}.items():
        for each in (parquet()[0], f"{place}/{caches(logs)[0]}"):
            rewrite(each, change)
            right(f"{os.path.splitext(each)[1]} {what}")
    for number in range(4):
        rewrite(parquet()[0], flipped(chance.randrange(1 << 30)))
        right(f"columns with a flipped bit, {number}")
        rewrite(f"{place}/{caches(logs)[0]}", flipped(chance.randrange(1 << 30)))
        right(f"a list with a flipped bit, {number}")
    os.remove(parquet()[0])
    right("columns without a file")
    os.remove(f"{place}/{caches(logs)[0]}")
    right("columns without their list")
    for each in os.listdir(place):  # Of the same content, but nobody knows that.
        shutil.copy(f"{place}/{each}", directory + "/copied")
        os.replace(directory + "/copied", f"{place}/{each}")
    right("copied columns")

    # Columns of another segment, under the name of this one's.
    other = directory + "/swapped"
    subprocess.run([WRITE_JOURNAL, other, "300", "100"], check=True)
    run("query", BY_NAME, other)
    for ending in (".json", ".parquet"):
        [theirs] = [name for name in os.listdir(other + "/.wideline-cache") if name.endswith(ending)]
        [ours] = [name for name in os.listdir(place) if name.endswith(ending)]
        shutil.copy2(f"{other}/.wideline-cache/{theirs}", f"{place}/{ours}")
    right("another segment's columns")

    # The segment itself: replaced by one of the same size and time, rewritten in place with the same size and time,
    # grown, and cut.
    whole = open(segment, "rb").read()
    state = os.stat(segment)
    renamed = subprocess.run(["zstd", "-dc", segment], capture_output=True, check=True).stdout
    for how in ("replaced", "rewritten in place"):
        # Frames of raw blocks are of the same size whatever they say.
        def packed(text):
            lines = text.splitlines(True)
            frames, entries = b"", b""
            for at in range(0, len(lines), 100):
                content = b"".join(lines[at:at + 100])
                frame = (b"\x28\xb5\x2f\xfd\xa0" + len(content).to_bytes(4, "little")
                         + ((len(content) << 3) | 1).to_bytes(3, "little") + content)
                assert len(content) < 1 << 17
                frames += frame
                entries += len(frame).to_bytes(4, "little") + len(content).to_bytes(4, "little")
            table = entries + (len(entries) // 8).to_bytes(4, "little") + b"\x00\xb1\xea\x92\x8f"
            return frames + b"\x5e\x2a\x4d\x18" + len(table).to_bytes(4, "little") + table

        first = packed(renamed)
        second = packed(renamed.replace(b'"name":"search"', b'"name":"SEARCH"'))
        assert len(first) == len(second) and first != second
        with open(segment, "wb") as file:
            file.write(first)
        os.utime(segment, ns=(state.st_mtime_ns, state.st_mtime_ns))
        right(f"a segment before it was {how}")
        if how == "replaced":
            with open(directory + "/second", "wb") as file:
                file.write(second)
            os.utime(directory + "/second", ns=(state.st_mtime_ns, state.st_mtime_ns))
            os.replace(directory + "/second", segment)
        else:
            with open(segment, "r+b") as file:
                file.write(second)
            os.utime(segment, ns=(state.st_mtime_ns, state.st_mtime_ns))
        right(f"a segment that was {how}", by_name(plain(segment)))
    assert by_name(plain(segment)) != expected
    for what, content in {"grew": whole + second, "was cut": whole[:len(whole) * 2 // 3]}.items():
        with open(segment, "wb") as file:
            file.write(whole)
        rows(BY_NAME, logs)
        with open(segment, "wb") as file:
            file.write(content)
        found = run("query", "--json", BY_NAME, logs)
        same([json.loads(line) for line in found.stdout.splitlines()], by_name(plain(segment)), f"a segment that {what}")
    with open(segment, "wb") as file:
        file.write(whole)
    right("a segment that is whole again")
    same(len(parquet()), 1, "what other states of the segment left is removed")

    test_writers(logs, segment, expected)


def test_writers(logs, segment, expected):
    """Writers that are killed, that may not write, and that are two."""
    place = logs + "/.wideline-cache"
    chance = random.Random(5)
    for _ in range(5):
        shutil.rmtree(place)
        with subprocess.Popen([WIDELINE, "query", "--json", BY_NAME, logs], stdout=subprocess.DEVNULL) as process:
            time.sleep(chance.uniform(0.0, 0.08))
            process.kill()
        same(rows(BY_NAME, logs), expected, "after a writer was killed")
        same(len(caches(logs)), 1, "columns after a writer was killed")
        same([name for name in os.listdir(place) if name.startswith(".")], [], "and nothing of the dead one's is left")
    for _ in range(2):
        shutil.rmtree(place)
        both = [subprocess.Popen([WIDELINE, "query", "--json", BY_NAME, logs], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE) for _ in range(2)]
        for process in both:
            out, error = process.communicate(timeout=60)
            same(([json.loads(line) for line in out.splitlines()], error, process.returncode), (expected, b"", 0),
                 "two queries at once over a fresh journal")
        same(rows(BY_NAME, logs), expected, "and what they left")
    shutil.rmtree(place)
    if os.geteuid() == 0:
        prefix = ["setpriv", "--reuid", "65534", "--clear-groups"] if shutil.which("setpriv") else None
        open_to_all = [directory, logs]
    else:
        prefix, open_to_all = [], []
    for path in open_to_all:
        os.chmod(path, 0o755)
    os.chmod(segment, 0o644)
    if prefix is not None and os.access(WIDELINE, os.X_OK):
        os.chmod(logs, 0o555)
        found = subprocess.run([*prefix, WIDELINE, "query", "--json", BY_NAME, logs], capture_output=True, check=False)
        os.chmod(logs, 0o755)
        if found.returncode != 127:
            same(([json.loads(line) for line in found.stdout.splitlines()], found.stderr), (expected, b""),
                 "a directory that is read-only")
        same(os.path.exists(place), False, "and stays as it is")
    rows(BY_NAME, logs)


def test_skipping(logs, events):
    """Every answer is that over all events; a broken frame that is not needed is not even read."""
    wheres = {
        "number = 17": lambda e: e["number"] == 17,
        "number = 17.0": lambda e: e["number"] == 17,
        "number = '17'": lambda e: e["number"] == 17,
        "\"user.id\" = 'u_7'": lambda e: e["user.id"] == "u_7",
        "\"USER.ID\" = 'u_7'": lambda e: e["user.id"] == "u_7",
        "\"user.id\" in ('u_7', 'u_nobody')": lambda e: e["user.id"] in ("u_7", "u_nobody"),
        "\"user.id\" = 'u_nobody'": lambda e: False,
        "\"error.type\" = 'card_declined' and name = 'search'": lambda e: "error.type" in e and e["name"] == "search",
        "name = 'search' or number = 5": lambda e: e["name"] == "search" or e["number"] == 5,
        "not number = 5": lambda e: e["number"] != 5,
        "timestamp >= '2026-11-23T22:10:00Z'": lambda e: e["timestamp"] >= "2026-11-23T22:10:00",
        "timestamp >= '2026-11-23 22:10:00' and timestamp < '2026-11-23 22:11:00'":
            lambda e: "2026-11-23T22:10:00" <= e["timestamp"] < "2026-11-23T22:11:00",
        "timestamp between timestamp '2026-11-23 22:02:00' and '2026-11-23 22:03:00'":
            lambda e: "2026-11-23T22:02:00" <= e["timestamp"] <= "2026-11-23T22:03:00",
        "'2026-11-23 22:02' > timestamp": lambda e: e["timestamp"] < "2026-11-23T22:02:00",
        "timestamp > now() - interval 90000 day": lambda e: True,
        "timestamp > now() + interval 90000 day": lambda e: False,
    }
    for where, holds in wheres.items():
        found = [row["number"] for row in rows(f"select number from events where {where}", logs)]
        same(found, [e["number"] for e in events if holds(e)], f"where {where}")
    same(rows("select upper(name) as tenant, count(*) as n from events where tenant = 'SEARCH' group by all", logs),
         [{"tenant": "SEARCH", "n": sum(e["name"] == "search" for e in events)}], "a name that SELECT gives, in WHERE")
    same(rows("select count(*) n from (select * from events where number < 10) where name = 'search'", logs),
         [{"n": sum(e["number"] < 10 and e["name"] == "search" for e in events)}], "a WHERE within")
    same(rows("select (select count(*) from events) a, count(*) n from events where number = 17", logs),
         [{"a": len(events), "n": 1}], "events that are read twice, once with a WHERE")
    same(rows("with events as (select 1 as number) select count(*) n from events where number = 1", logs), [{"n": 1}],
         "another table that is called events")

    # A sample is drawn before WHERE is asked.
    sampled = "select number from events tablesample reservoir(90 rows) repeatable (3) where number = 17"
    same(rows(sampled, logs), rows(f"select number from ({sampled.split(' where')[0]}) where number = 17", logs),
         "a sample of the events")
    # A timestamp that is any text costs itself: the others are times, and compared as such.
    others = directory + "/others.jsonl"
    with open(others, "w", encoding="utf-8") as file:
        file.write('{"timestamp":"never","number":-1}\n')
    middle = events[len(events) // 2]["timestamp"]
    same([row["number"] for row in rows(f"select number from events where timestamp > '{middle}'", logs, others)],
         [e["number"] for e in events if e["timestamp"] > middle], "times beside texts that are none")

    # The frames' positions are where `verify` says; the last is damaged, and a question about the first does not mind.
    segment = [f"{logs}/{name}" for name in os.listdir(logs) if name.endswith(".zst")][0]
    damaged = directory + "/last-frame.jsonl.zst"
    with open(segment, "rb") as file:
        content = bytearray(file.read())
    content[-20] ^= 0xFF
    with open(damaged, "wb") as file:
        file.write(content)
    same(rows("select count(*) n from events where timestamp < '2026-11-23 22:01:00'", damaged),
         [{"n": 60}], "a frame that no index brings into question is not read")
    same(rows("select count(*) n from events", damaged, status=1), [{"n": 900}], "and is damage where it is read")


def test_damage(events):
    logs = directory + "/damaged"
    subprocess.run([WRITE_JOURNAL, logs, "3000", "500"], check=True)
    segment = [f"{logs}/{name}" for name in os.listdir(logs) if name.endswith(".zst")][0]
    with open(segment, "rb") as file:
        whole = file.read()
    chance = random.Random(7)
    for number in range(12):
        content = bytearray(whole)
        if number % 3 == 0:
            content = content[:chance.randrange(200, len(whole) - 500)]
        else:
            content[chance.randrange(100, len(whole) - 300)] ^= 1 << chance.randrange(8)
        with open(segment, "wb") as file:
            file.write(content)
        left = plain(segment)
        done = run("query", "--json", BY_NAME, segment)
        found = [json.loads(line) for line in done.stdout.splitlines()]
        same(found, by_name(left), f"damage {number}")
        cat = subprocess.run([WIDELINE, "cat", segment], capture_output=True, check=False)
        same(done.returncode, cat.returncode, f"status of damage {number}")
        same(sorted(set(done.stderr.splitlines())), sorted(set(cat.stderr.splitlines())), f"what is said of damage {number}")
        again = run("query", "--json", BY_NAME, segment)
        same((again.stdout, again.stderr), (done.stdout, done.stderr), "damage is said every time")


def value(chance, depth=0):
    made = [lambda: None, lambda: chance.random() < 0.5, lambda: chance.randrange(-5, 100),
            lambda: chance.randrange(-2**63, 2**63), lambda: chance.uniform(-1e3, 1e3), lambda: chance.uniform(-1, 1) * 1e300,
            lambda: chance.choice(["", "text", "ü", "a\"b\\c\n", "\u0000x", "2026-11-23", "true", "12", "null", "😀" * 5])]
    if depth < 2:
        made += [lambda: [value(chance, depth + 1) for _ in range(chance.randrange(4))],
                 lambda: {f"k{i}": value(chance, depth + 1) for i in range(chance.randrange(3))}]
    return chance.choice(made)()


def test_types():
    """Fields of one type come back as they were; fields of all types as texts or JSON."""
    chance = random.Random(3)
    kinds = {
        "whole": lambda: chance.randrange(-2**63, 2**63), "natural": lambda: chance.randrange(2**64),
        "both": lambda: chance.choice([-1, 2**64 - 1, chance.randrange(2**63)]), "real": lambda: chance.uniform(-1e9, 1e9),
        "number": lambda: chance.choice([1, 2.5, -3]), "yes": lambda: chance.random() < 0.5,
        "text.dotted": lambda: chance.choice(["", "x", "ü😀", "quote\"", "back\\slash", "a\u0000b", "line\nbreak", "long " * 9]),
        "strings": lambda: [chance.choice(["a", "b\"", ""]) for _ in range(chance.randrange(5))],
        "numbers": lambda: [chance.randrange(100) for _ in range(chance.randrange(5))],
        "mixed items": lambda: [value(chance, 1) for _ in range(chance.randrange(4))],
        "object": lambda: {"a": value(chance), "b": [1, {"c": None}]},
        "nothing": lambda: None, "Case": lambda: 1, "case": lambda: 2, "select": lambda: "word",
        "time": lambda: f"2026-11-{chance.randrange(1, 29):02}T10:{chance.randrange(60):02}:00.{chance.randrange(10**6):06}Z",
    }
    events = []
    for number in range(3000):
        event = {"number": number}
        event |= {key: make() for key, make in kinds.items() if chance.random() < 0.8}
        if chance.random() < 0.1:
            event[chance.choice(list(kinds))] = None
        events.append(event)
    lines = "".join(json.dumps(e, ensure_ascii=chance.random() < 0.5) + "\n" for e in events).encode()
    path = directory + "/foreign.jsonl"
    with open(path, "wb") as file:
        file.write(lines)
    names = [row["column_name"] for row in rows("describe events", path)]
    # Of two keys that differ in case alone the second is called so.
    expected = [{name: e.get(name.removesuffix("_1")) for name in names} for e in events]
    same(rows("select * from events", path), expected, "plain lines of every type")
    same(rows("select * from events", "-", stdin=lines), expected, "the same from standard input")

    # Of another program: frames of any size, lines across them, no index.
    packed = b""
    at = 0
    while at < len(lines):
        size = chance.randrange(1, 200_000)
        packed += subprocess.run(["zstd", "-qc"], input=lines[at:at + size], capture_output=True, check=True).stdout
        at += size
    with open(path + ".zst", "wb") as file:
        file.write(packed)
    same(rows("select * from events", path + ".zst"), expected, "the same in foreign frames")
    same(rows("select requests() r, count(*) n from events", path + ".zst"), [{"r": 3000, "n": 3000}],
         "events without a weight stand for themselves")
    types = {row["column_name"]: row["column_type"] for row in rows("describe events", path)}
    for name, kind in {"whole": "BIGINT", "natural": "HUGEINT", "both": "HUGEINT", "real": "DOUBLE", "number": "DOUBLE",
                       "yes": "BOOLEAN", "text.dotted": "VARCHAR", "strings": "VARCHAR[]", "numbers": "BIGINT[]",
                       "mixed items": "JSON[]", "object": "JSON", "time": "TIMESTAMP"}.items():
        same(types.get(name), kind, f"the type of {name}")

    # Anything at all, twice over: each event's text in a column of all types is what stands in the line.
    anything = [{"n": n, "any": value(chance)} for n in range(2000)]
    text = "".join(json.dumps(e) + "\n" for e in anything).encode()
    same(rows("select * from events", "-", stdin=text), anything, "a field of every type")

    # Lines that are no events are said and left out; blank ones are nothing.
    bad = b'{"a":1}\n\n{"a":2\nnonsense\n{"a":tru}\n{"a":01}\n{"a":3} {"a":4}\n{"a":5}'
    done = run("query", "--csv", "select sum(a) s, count(*) n from events", "-", stdin=bad)
    same((done.returncode, done.stdout), (1, b"s,n\n6,2\n"), "lines that are no events")
    check("says how many lines are no events", b"5 lines are no JSON objects" in done.stderr)
    same(rows("select count(*) n from events", "-", stdin=bad, status=1), [{"n": 2}], "counted in the same way")


def test_cached_types():
    """What columns give is what lines give."""
    path = directory + "/types"
    subprocess.run([WRITE_JOURNAL, path, "200", "50"], check=True)
    extra = directory + "/types.jsonl"
    with open(extra, "w", encoding="utf-8") as file:
        for line in ({"number": "seven", "timestamp": "never", "user.id": 7, "duration_ms": [1]},
                     {"number": 2**64 - 1, "name": {"first": "x"}}):
            file.write(json.dumps(line) + "\n")
    sql = "select number, timestamp, \"user.id\", duration_ms, name from events"
    found = rows(sql, path, extra)
    same(found[-2:], [{"number": "seven", "timestamp": None, "user.id": "7", "duration_ms": None, "name": None},
                      {"number": "18446744073709551615", "timestamp": None, "user.id": None, "duration_ms": None,
                       "name": '{"first": "x"}'}], "types that differ from segment to segment")
    events = plain(path)
    same(found[:-2], [{"number": str(e["number"]), "timestamp": e["timestamp"], "user.id": e["user.id"],
                       "duration_ms": e["duration_ms"], "name": e["name"]} for e in events],
         "what columns give of mixed types")


def test_forms():
    path = directory + "/forms.jsonl"
    with open(path, "w", encoding="utf-8") as file:
        file.write('{"a":"x,\\"y\\"\\nz","b":[1,2],"c":null}\n{"a":"\\u001b[31m","b":[],"c":1.5}\n')
    done = run("query", "--csv", "select * from events", path)
    same(list(csv.reader(io.StringIO(done.stdout.decode(), newline=""))),
         [["a", "b", "c"], ['x,"y"\nz', "[1,2]", ""], ["\x1b[31m", "[]", "1.5"]], "CSV")
    done = run("query", "select * from events", path)
    check("a table passes no control characters on", b"\x1b" not in done.stdout)
    out = directory + "/out.parquet"
    done = run("query", "--parquet", out, "select a, c from events;", path)
    same(done.returncode, 0, "status of --parquet")
    same(rows(f"select c from read_parquet('{out}')", path), [{"c": None}, {"c": 1.5}], "Parquet read back")
    same(rows("select 1::hugeint << 100 h, 1.50::decimal(9,2) d, date '2026-01-02' t, interval 90 minute i, "
              "uuid '0193e7c4-0000-7000-8000-00000000000f' u, {'k': [1, NULL]} s, map {'x': 1} m, 'nan'::double n, "
              "'a'::enum('b', 'a') e, time '01:02:03' c, [1,2]::int[2] a, '\\x01'::blob b from events limit 1", path),
         [{"h": 1 << 100, "d": 1.5, "t": "2026-01-02", "i": "01:30:00", "u": "0193e7c4-0000-7000-8000-00000000000f",
           "s": {"k": [1, None]}, "m": {"x": 1}, "n": None, "e": "a", "c": "01:02:03.000000", "a": [1, 2], "b": "\\x01"}],
         "values of DuckDB's other types")
    same(run("query", "--json", path, stdin=b"create table t as select 1 as x; select x from t;\nselect 2 as y").stdout,
         b'{"x":1}\n{"y":2}\n', "statements from standard input")

    for arguments, said in ((["query", path], None), (["query", "select 1"], "needs a path"),
                            (["query", "select 1", path, "select 2"], "one statement"),
                            (["query", "--json", "--csv", "select 1", path], "choose one"),
                            (["query", "selec nonsense", path], "Parser Error"),
                            (["query", "select nothing from events", path], "nothing"),
                            (["query", "select wquantile(c, 2) from events", path], "from 0 to 1"),
                            (["query", "select 1", directory + "/nowhere"], "No such file"),
                            (["query", "select 1", directory + "/no where"], "No such file"),
                            (["query", "select 1 a", __file__], "is not a segment")):
        done = run(*arguments)
        if said is None:
            same((done.returncode, done.stdout), (0, b""), "no statement at all")
            continue
        same(done.returncode, 2, f"status of {arguments}")
        check(f"{arguments} says {done.stderr}", said in done.stderr.decode() and done.stderr.count(b"\n") == 1)
    os.mkdir(directory + "/empty")
    done = run("query", "--json", "select count(*) n, requests() r from events", directory + "/empty")
    same((done.returncode, done.stdout), (1, b'{"n":0,"r":0}\n'), "an empty directory")

    done = run("query", "select 1", path, env={**os.environ, "WIDELINE_DUCKDB": "/nowhere"})
    same(done.returncode, 2, "status without the library")
    check("says what is wrong with the library", b"WIDELINE_DUCKDB" in done.stderr and done.stderr.count(b"\n") == 1)

    # A closed pipe ends quietly.
    with subprocess.Popen([WIDELINE, "query", "--json", "select a from events, range(1000000)", path],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.readline()
        process.stdout.close()
        same((process.stderr.read(), process.wait(timeout=60)), (b"", 0), "a closed pipe")


def main():
    empty = directory + "/none.jsonl"
    with open(empty, "w", encoding="utf-8") as file:
        file.write("{}\n")
    if not has_duckdb(empty):
        return SKIPPED
    if not shutil.which("zstd"):
        print("skipped: there is no zstd")
        return SKIPPED
    for test in (test_journals, test_types, test_cached_types, test_forms):
        test()
    return verdict("SQL says what the lines say")


try:
    result = main()
finally:
    shutil.rmtree(directory)
sys.exit(result)
