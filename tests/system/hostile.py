#!/usr/bin/env python3
"""What nobody should write and somebody does: every verb over odd lines, keys, numbers, files and paths, beside what
Python makes of the same lines."""
import gzip, json, os, random, resource, shutil, struct, subprocess, sys, tempfile

from support.checks import SKIPPED, WIDELINE, check, verdict



def run(*arguments, stdin=b"", **more):
    done = subprocess.run([WIDELINE, *arguments], capture_output=True, input=stdin, timeout=60, **more)
    check(f"{arguments} is no crash", done.returncode in (0, 1, 2), done.returncode, done.stderr)
    return done.returncode, done.stdout, done.stderr.decode()


def refused(*arguments, says=(), **more):
    """Status 2 and one sentence."""
    code, out, err = run(*arguments, **more)
    check(f"{arguments} is refused in one sentence", code == 2 and err.count("\n") == 1 and out in (b"", b"0\n"), code, err)
    for each in says:
        check(f"{arguments} says {each!r}", each in err, err)


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)
    return path


def found_by(expressions, *paths, stdin=b""):
    code, out, err = run("grep", *expressions, *paths, stdin=stdin)
    check("grep ends as it should", code == (0 if out else 1), expressions, code, err)
    return out


duckdb = "libduckdb" not in run("query", "select 1 a", os.devnull)[2]


# --- lines


# Of each kind one; tests/encoding/json_walk_test.cpp has them all.
MALFORMED = (b"[1 true]", b"01", b"1.", b"+1", b"nul", b'"\\x00"', b'"\\u12"', b'"a\tb"', b"[1,]", b"[1", b"[1}", b"[,1]", b'{"a" 1}',
             b'{"a":1,}', b"{a:1}", b'{"a":[01]}', b'"\xff"', b"[NaN]", b"'x'", b"", b"1 2", b"[1]]")


def counts(path, stdin=b""):
    """How many events each verb counts, and how it ends and complains."""
    answers = {}
    for verb, of in (("stats", lambda a: sum(group["kept"] for group in a["groups"])), ("schema", lambda a: a["events"]),
                     ("cost", lambda a: a["events"])):
        code, out, err = run(verb, "--json", path, stdin=stdin)
        answers[verb] = (of(json.loads(out)) if out else 0, code, err)
    code, out, err = run("cat", "--fields", "n", path, stdin=stdin)
    answers["cat"] = (out.count(b"\n"), code, err)
    if path != "-":
        code, out, err = run("tail", "-n", "1000", "--fields", "n", path)
        answers["tail"] = (out.count(b"\n"), code, err)
    if duckdb:
        code, out, err = run("query", "--csv", "select count(*) from events", path, stdin=stdin)
        answers["query"] = (int(out.split()[1]) if out else 0, code, err)
    return answers


def check_lines(dir):
    good = b'{"n":%d,"name":"x","duration_ms":1.5,"outcome":"success","sample_weight":2,"timestamp":"2026-11-23T22:00:00Z"}'
    line = lambda number: good % number
    deep = b'{"n":1,"a":' + b"[" * 1_000_000 + b"]" * 1_000_000 + b"}"
    cases = {
        "carriage returns": (line(1) + b"\r\n" + line(2) + b"\r\n", 2, 0),
        "no last newline": (line(1) + b"\n" + line(2), 2, 0),
        "blank lines": (b"\n\r\n" + line(1) + b"\n  \n\n" + line(2) + b"\n\n", 2, 0),
        "a mark of UTF-8": (b"\xef\xbb\xbf" + line(1) + b"\n" + line(2) + b"\n", 2, 0),
        "one bad line": (line(1) + b"\nnonsense\n" + line(2) + b"\n", 2, 1),
        "bad lines": (line(1) + b"\n[1]\n{\"n\":2\n\"x\"\n" + line(2) + b"\n{\"n\":1} {\"n\":2}x\n", 2, 4),
        "bytes that are no UTF-8": (line(1) + b"\n{\"n\":\"\xe9\"}\n" + line(2) + b"\n", 2, 1),
        "malformed values": (line(1) + b"\n" + b"".join(b'{"n":2,"v":%s,"name":"x"}\n' % value for value in MALFORMED) + line(2) + b"\n",
                             2, len(MALFORMED)),
        "a NUL": (line(1) + b"\n{\"n\":\"\0\"}\n\0\0\0\n" + line(2) + b"\n", 2, 2),
        "deep nesting": (deep + b"\n" + line(2) + b"\n", 2, 0),
        "nesting without an end": (line(1) + b"\n" + b'{"n":' + b"[" * 1_000_000 + b"\n", 1, 1),
        "a long line": (line(1) + b"\n" + b'{"n":2,"text":"' + b"x" * 5_000_000 + b'"}\n' + line(3) + b"\n", 3, 0),
        "no fields": (b"{}\n{ }\n" + line(1) + b"\n", 3, 0),
        "the empty key": (b'{"":1,"n":1}\n', 1, 0),
    }
    for name, (text, events, bad) in cases.items():
        plain = write(f"{dir}/lines.jsonl", text)
        packed = f"{plain}.zst"
        subprocess.run(["zstd", "-qf", plain, "-o", packed], check=True)
        # What a frame or a pipe holds is read by the same code from its lines on: one case of each is enough.
        places = ((plain, b""), (packed, b""), ("-", text)) if name == "bad lines" else ((plain, b""),)
        for path, stdin in places:
            for verb, (count, code, err) in counts(path, stdin).items():
                check(f"{verb} counts the events of {name}", count == events, path, count, events, err)
                check(f"{verb} ends with what {name} deserve", code == (1 if bad else 0), path, code, err)
                said = f"{bad} line is no JSON object" if bad == 1 else f"{bad} lines are no JSON objects"
                err = "".join(line for line in err.splitlines() if "no time that can be read" not in line)  # tail's, of its order
                check(f"{verb} says what was left out of {name}", (said in err) if bad else err == "", path, err)
            code, out, err = run("cat", path, stdin=stdin)
            check(f"cat gives the lines of {name} as they are", code == 0 and out.rstrip(b"\n") == text.rstrip(b"\n"), path, err)
    # The next file's events are lines of their own.
    open_end = write(f"{dir}/open.jsonl", line(1))
    check("files are not glued together", run("cat", open_end, open_end)[1] == 2 * (line(1) + b"\n"))
    for name, said in (("one bad line", "1 line is no JSON object"), ("malformed values", f"{len(MALFORMED)} lines are no JSON objects")):
        path = write(f"{dir}/bad.jsonl", cases[name][0])
        code, out, err = run("verify", path)
        check(f"verify names {name}", code == 1 and said in err, err)
        check(f"grep finds nothing in {name}", len(found_by(["n>=0"], path).splitlines()) == 2, path)
        check(f"a plain tail prints {name} as they are, as cat does",
              sorted(run("tail", "-n", "99", path)[1].splitlines()) == sorted(run("cat", path)[1].splitlines()), path)
    for name, text in {"an empty file": b"", "blank lines alone": b"\n\n"}.items():
        code, out, err = run("cat", "--fields", "n", write(f"{dir}/empty.jsonl", text))
        if name == "an empty file":
            check(f"{name} is no event", (code, out, err) == (1, b"", "wideline: there are no events\n"), code, err)
    # Past a line that is too long for anybody, the others are there.
    huge = line(1) + b'\n{"n":2,"text":"' + b"x" * 100_000_000 + b'"}\n' + line(3) + b"\n"
    code, out, err = run("grep", "n>=0", "-", stdin=huge)
    check("a line of 100 MB costs itself", code == 1 and out == line(1) + b"\n" + line(3) + b"\n" and
          err.count("\n") == 1 and "longer than 64 MiB" in err, code, err)


# --- keys and values


def check_keys(dir):
    lines = [b'{"a.b":1,"id":"dotted"}', b'{"a":{"b":1},"id":"nested"}', b'{"a":1,"a":2,"id":"twice"}',
             b'{"\\u0061":1,"id":"escaped"}', b'{"-k":1,"--count":"x","id":"dashes"}', b'{"=":"=","~":"~a=b","id":"signs"}',
             b'{"e":"","id":"empty"}', b'{"A":1,"id":"upper"}', b'{"q\\"k":"\\u0022\\n","id":"quotes"}',
             b'{"s":"\\ud83d\\ude00 \\u00e9","id":"characters"}', b'{"list":["x",["y"],{"z":1}],"id":"list"}']
    path = write(f"{dir}/keys.jsonl", b"\n".join(lines) + b"\n")

    def ids(*expressions):
        return {json.loads(line)["id"] for line in found_by(expressions, path).splitlines()}

    for expressions, expected in {
            ("a.b=1",): {"dotted"}, ("a=1",): {"twice", "escaped"}, ("a=2",): set(), ("a!=2",): {"twice", "escaped", "nested"},
            ("--", "-k=1"): {"dashes"}, ('"-k"=1',): {"dashes"}, ("--", "--count=x"): {"dashes"}, ('"="==',): {"signs"},
            ('"~"=~a=b',): {"signs"}, ('"~"~^~a=b$',): {"signs"}, ("e=",): {"empty"}, ("e~^$",): {"empty"}, ("A=1",): {"upper"}, ('"q"k"="\n',): {"quotes"}, ("s~😀 é",): {"characters"}, ("s=😀 é",): {"characters"},
            ("list=x",): {"list"}, ("list=y",): set(), ("list!=y",): {"list"}, ('"y"',): {"list", "empty"}, ('"z"',): {"list"},
            ("list~^[xy]$",): {"list"}}.items():
        check(f"grep {expressions}", ids(*expressions) == expected, ids(*expressions), expected)
    fields = json.loads(run("schema", "--json", path)[1])["fields"]
    names = {field["field"] for field in fields}
    check("schema names keys as they are", names == {"a.b", "a", "-k", "--count", "=", "~", "e", "A", 'q"k', "s", "list", "id"}, names)
    check("a key that is twice in a line counts once", [f["events"] for f in fields if f["field"] == "a"] == [3], fields)
    check("cat --fields takes the first", run("cat", "--fields", "a", path)[1].splitlines()[2] == b'{"a":1}')
    if duckdb:
        rows = [json.loads(row) for row in run("query", "--json", 'select a, "a.b" dotted from events', path)[1].splitlines()]
        check("query takes the first", str(rows[2]["a"]) == "1" and rows[0]["dotted"] == 1, rows[:3])


def check_numbers(dir):
    values = ["0", "-0", "-0.0", "1", "1.0", "10e-1", "1E0", "-1", "1.5", "18446744073709551615", "18446744073709551614",
              "18446744073709551616", "9007199254740993", "9007199254740992", "9223372036854775807", "-9223372036854775808",
              "1e308", "1e400", "-1e400", "1e-400", "5e-324", '"1"', '"01"', '"0x10"', "true", "null"]
    path = write(f"{dir}/numbers.jsonl", b"".join(b'{"v":%s}\n' % value.encode() for value in values))
    from fractions import Fraction

    def exact(text):
        """As far as 64-bit integers and doubles go; beyond them, infinite."""
        if text.lstrip("-").isdigit() and -2**63 <= int(text) < 2**64:
            return Fraction(int(text))
        number = float(text)
        return number if number in (float("inf"), float("-inf")) else Fraction(number)

    for wanted in ("0", "1", "1.0", "0.1e1", "+1", "01", "-1", "1.5", "18446744073709551615", "18446744073709551616",
                   "9007199254740993", "9223372036854775807", "1e308", "1e400", "-1e400", "0x10", "true"):
        is_number = wanted not in ("0x10", "true")
        for operator, holds in (("=", lambda a, b: a == b), ("<", lambda a, b: a < b), (">=", lambda a, b: a >= b)):
            expected = []
            for value in values:
                text = value.strip('"')
                if value.startswith('"'):
                    matches = holds(text, wanted)
                elif value in ("true", "null"):
                    matches = operator == "=" and value == wanted
                else:
                    matches = is_number and holds(exact(value), exact(wanted.lstrip("+")))
                if matches:
                    expected.append(value)
            found = [line[5:-1] for line in found_by((f"v{operator}{wanted}",), path).decode().splitlines()]
            check(f"grep v{operator}{wanted}", found == expected, found, expected)
    for value in ("0x10", "01", "1.", ".5", "NaN", "Infinity", "truth", "+1", "nil"):
        found = found_by(("v!=x",), write(f"{dir}/number.jsonl", b'{"v":%s}\n{"v":1}\n' % value.encode()))
        check(f"{value} makes no event", found == b'{"v":1}\n', found)


def check_expressions(dir):
    path = write(f"{dir}/one.jsonl", b'{"v":"' + b"a" * 3000 + b'b"}\n')
    for pattern in ("(a+)+$", "(a|aa)+c", "(a*)*c", "^(([a-z])+.)+[A-Z]([a-z])+$", "a{0,500}c", ".*.*.*.*c"):
        code, _, err = run("grep", f"v~{pattern}", path)
        check(f"{pattern} ends, and soon", code == 1 and "no event matches" in err, code, err)
    for pattern in ("(", "[", "a{2", "*", "(a)\\1", "\\99999999999999999999", "a{999999999}", "(" * 500 + ")" * 500, "a" * 5000):
        refused("grep", f"v~{pattern}", path, says=["the regular expression in"])
    for expression in ("", "=", "=x", '""', "~"):
        refused("grep", expression, path, says=["has no key"])


# --- files


def packed(data, *options):
    return subprocess.run(["zstd", "-qc", *options], input=data, capture_output=True, check=True).stdout


def check_foreign(dir):
    lines = b"".join(b'{"n":%d,"name":"x"}\n' % number for number in range(1000))
    cut_anywhere = b"".join(packed(lines[at:at + 137]) for at in range(0, len(lines), 137))
    skippable = lambda magic, payload: struct.pack("<II", magic, len(payload)) + payload
    files = {
        "many frames": cut_anywhere,
        "skippable frames": skippable(0x184D2A50, b"hello") + packed(lines[:5000]) + skippable(0x184D2A5F, b"") +
                            packed(lines[5000:]),
        "a window of 2 GiB": packed(lines, "--ultra", "--long=31", "-3"),
        "no checksum": packed(lines, "--no-check"),
        "an empty frame": packed(b"") + packed(lines) + packed(b""),
    }
    for name, data in files.items():
        path = write(f"{dir}/foreign.jsonl.zst", data)
        for at, stdin in ((path, b""), ("-", data)) if name == "many frames" else ((path, b""),):
            for verb, (count, code, err) in counts(at, stdin).items():
                check(f"{verb} reads {name}", (count, code, err) == (1000, 0, ""), at, count, code, err)
            check(f"grep reads {name}", run("grep", "--count", "n>=0", at, stdin=stdin)[1] == b"1000\n", at)
    torn = write(f"{dir}/torn.jsonl.zst", packed(lines[:5000]) + packed(lines[5000:])[:-10])
    whole = lines[:5000].rsplit(b"\n", 1)[0] + b"\n"
    for verb in (["cat"], ["grep", "n>=0"], ["tail", "-n", "2000"]):
        code, out, err = run(*verb, torn)
        check(f"{verb} gives what is whole of a torn file, and says the rest", code == 1 and out == whole and
              err.count("\n") == 1 and "at byte" in err, code, err)
    for name, data in {"x.jsonl.zst": gzip.compress(lines), "x.jsonl": b"root:x:0\n", "y.jsonl": random.Random(1).randbytes(5000),
                       "z.jsonl": b"\0" * 100, "a.jsonl": b"[" * 100_000}.items():
        path = write(f"{dir}/{name}", data)
        for verb in (["cat"], ["grep", "n"], ["stats"], ["cost"], ["schema"], ["diff"], ["tail"], ["verify"]):
            refused(*verb, path, says=["gzip" if name == "x.jsonl.zst" else "is not a segment"])


def check_paths(dir):
    lines = b'{"n":1}\n{"n":2}\n'
    # Names are data: they do not reach the terminal's controls, and do not break a sentence.
    odd = write(f"{dir}/a\nb\x1b[31m.jsonl", lines)
    check("a name with a newline is a name", run("cat", odd)[1] == lines)
    refused("cat", write(f"{dir}/bad\n\x1b[31m.jsonl", b"x"), says=["\\n"])
    dashed = write(f"{dir}/-n.jsonl", lines)
    check("a name with a dash is a name", run("cat", "--", "-n.jsonl", cwd=dir)[1] == lines)
    check("`-` has its place among the paths", run("cat", odd, "-", dashed, stdin=b'{"n":3}\n')[1] == lines + b'{"n":3}\n' + lines)

    loop = f"{dir}/loop"
    os.mkdir(loop)
    write(f"{loop}/a.jsonl.zst", packed(lines))
    os.symlink(".", f"{loop}/inside")
    os.symlink("self", f"{loop}/self")
    check("a directory within itself is read once", run("cat", loop)[1] == lines)
    refused("cat", f"{loop}/self", says=["symbolic links"])
    refused("cat", f"{odd}/x", says=["Not a directory"])

    # A pipe with a name, as a shell's <(...) is.
    pipe = f"{dir}/pipe"
    os.mkfifo(pipe)
    for verb in (["cat"], ["grep", "n>=0"], ["stats"], ["schema"], ["cost"], ["verify"], ["query", "select n from events"]):
        if verb[0] == "query" and not duckdb:
            continue
        with subprocess.Popen(["cp", odd, pipe]) as writer:
            code, out, err = run(*verb, pipe)
            check(f"{verb} reads a pipe", code == 0 and out and not err, code, err)
            writer.wait(timeout=60)
    for verb in (["tail"], ["view", "--port", "0"]):
        code, _, err = run(*verb, pipe)
        check(f"{verb} wants a file", code == 2 and ("pipe" in err or "cpp-httplib" in err), code, err)
    refused("grep", "--context", "trace", "n=1", pipe, says=["twice"])

    if os.geteuid() == 0 and shutil.which("setpriv"):
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", WIDELINE]
        os.chmod(dir, 0o755)
        os.chmod(odd, 0o644)
        secret = write(f"{dir}/secret.jsonl", lines)
        os.chmod(secret, 0)
        closed = f"{dir}/closed"
        os.mkdir(closed, 0)
        for path in (secret, closed):
            for verb in (["cat"], ["grep", "n"], ["stats"], ["cost"], ["schema"], ["diff"], ["verify"], ["tail"]):
                done = subprocess.run([*nobody, *verb, path], capture_output=True, timeout=60, check=False)
                said = done.stderr.decode()
                check(f"{verb} of what may not be read", done.returncode == 2 and "Permission denied" in said and
                      path in said and said.count("\n") == 1, path, done.returncode, said)
        done = subprocess.run([*nobody, "cat", secret, odd], capture_output=True, timeout=60, check=False)
        check("what may be read is read all the same", done.returncode == 2 and done.stdout == lines, done.stderr)


def raw_frame(data):
    """A zstd frame of one block that is not compressed."""
    return b"\x28\xb5\x2f\xfd\x20" + bytes([len(data)]) + struct.pack("<I", len(data) << 3 | 1)[:3] + data


def check_many_segments(dir):
    """More segments than a process may have files open."""
    logs = f"{dir}/many"
    os.mkdir(logs)
    segments = 1000
    for number in range(segments):
        line = b'{"timestamp":"2026-11-23T22:%02d:%02d.000000Z","n":%d}\n' % (number // 60, number % 60, number)
        write(f"{logs}/svc-20261123T{number:06d}.000000Z-1-1.jsonl.zst", raw_frame(line))
    few = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (48, 48))
    for verb, expected in ((["cat"], segments), (["grep", "n>=0"], segments), (["tail", "-n", "7"], 7)):
        code, out, err = run(*verb, logs, preexec_fn=few)
        check(f"{verb} of many segments", code == 0 and out.count(b"\n") == expected and not err, code, err[:300])
    if duckdb:
        code, out, err = run("query", "--csv", "select count(*) from events", logs, preexec_fn=few)
        check("query of many segments", code == 0 and out == b"count_star()\n%d\n" % segments, code, err[:300])


# --- events that stand for nothing


def check_weightless(dir):
    """Events of weight 0 are seen, and change no number that is weighted."""
    rng = random.Random(5)

    def event(number, weight, rule):
        failed = rule == "error"
        region = rng.choice(["eu", "us"] + ["ap"] * (6 if failed else 1))
        return {"timestamp": f"2026-11-23T22:{number // 60 % 60:02d}:{number % 60:02d}.000000Z", "name": rng.choice("ab"),
                "duration_ms": rng.random() * 100, "outcome": "error" if failed else "success", "sample_weight": weight,
                "sample_rule": rule, "region": region}

    base = [event(number, 1, "error") if number % 10 == 0 else event(number, 5, "otherwise") for number in range(1000)]
    context = [event(number, 0, "retroactive") | {"duration_ms": 1e9, "only": "here", "region": rng.choice(["zz", "ap"])}
               for number in range(300)]
    both = base + context
    rng.shuffle(both)
    text = lambda events: "".join(json.dumps(each) + "\n" for each in events).encode()
    paths = {name: write(f"{dir}/{name}.jsonl", text(events)) for name, events in
             (("base", base), ("both", both), ("context", context))}

    def answers(*arguments):
        return [json.loads(run(*arguments, paths[name])[1]) for name in ("base", "both")]

    def without(group, *keys):
        return {key: value for key, value in group.items() if key not in keys}

    for by in ("name", "sample_rule", "only"):
        alone, beside = answers("stats", "--json", "--by", by)
        weighted = {group["key"]: without(group, "kept") for group in beside["groups"] if group["requests"] > 0}
        check(f"stats --by {by} weighs as before", {group["key"]: without(group, "kept") for group in alone["groups"]} == weighted)
        check(f"stats --by {by} counts what was kept", sum(group["kept"] for group in beside["groups"]) == len(both))
    for where in ([], ["--where", "region=ap"], ["--where", "duration_ms>50"]):
        alone, beside = answers("diff", "--json", *where)
        check(f"diff {where} finds what it finds without them", alone == beside, alone, beside)
    alone, beside = answers("schema", "--json")
    shares = {field["field"]: field["share_of_requests"] for field in beside["fields"]}
    check("schema weighs as before", all(abs(shares[f["field"]] - f["share_of_requests"]) < 1e-9 for f in alone["fields"]) and
          shares["only"] == 0, shares)
    alone, beside = answers("cost", "--json")
    requests = lambda answer: {rule["rule"]: rule["requests"] for rule in answer["rules"]}
    check("cost weighs as before", requests(beside) == requests(alone) | {"retroactive": 0}, requests(beside))
    check("grep gives them too", run("grep", "--count", "sample_rule=retroactive", paths["both"])[1] == b"300\n")
    if duckdb:
        sql = "select name, requests() r, wquantile(duration_ms, 0.5) m, wquantile(duration_ms, 1) w from events group by 1 order by 1"
        check("query weighs as before", run("query", "--json", sql, paths["base"])[1] == run("query", "--json", sql, paths["both"])[1])
    # With nothing else there, there is nothing to divide by.
    for verb in ("stats", "schema", "cost", "diff"):
        code, out, err = run(verb, "--json", paths["context"])
        check(f"{verb} of weight 0 alone", code == (1 if verb == "diff" else 0) and b"nan" not in out.lower() and
              b"inf" not in out.lower() and (not out or json.loads(out)), code, err, out)
        run(verb, paths["context"])


def main():
    if not shutil.which("zstd"):
        print("skipped: there is no zstd")
        return SKIPPED
    for test in (check_lines, check_keys, check_numbers, check_expressions, check_foreign, check_paths, check_many_segments,
                 check_weightless):
        with tempfile.TemporaryDirectory() as directory:
            test(directory)
    return verdict("nothing odd is taken wrong")


sys.exit(main())
