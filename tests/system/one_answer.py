#!/usr/bin/env python3
"""One question, one answer: random lines, and every verb that can answer a question about them beside Python's json.

Runs for 30 seconds; WIDELINE_ONE_ANSWER_SECONDS says how many instead. When two answers differ, it prints the fewest lines that
it finds for which they do.
"""
import datetime, json, math, os, random, re, shutil, subprocess, sys, tempfile, time, urllib.parse, urllib.request
from fractions import Fraction

from support.checks import WIDELINE, has_duckdb

PROGRAMS = os.environ["PROGRAMS_DIR"]
SECONDS = float(os.environ.get("WIDELINE_ONE_ANSWER_SECONDS", "30"))
directory = tempfile.mkdtemp()

# --- lines

NUMBERS = ["0", "-0", "-0.0", "0.0", "1", "1.0", "1e0", "10E-1", "2", "-1", "0.1", "1.5", "150e-2", "9007199254740993",
           "9007199254740992", "9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551616",
           "-9223372036854775808", "-9223372036854775809", "99999999999999999999999999999999999999", "1e400", "-1e400",
           "1e-400", "1e17", "1e21", "100000000000000000000"]
TEXTS = ['""', '"a"', '"A"', '"\\u0061"', '"1"', '"1.0"', '"01"', '"true"', '"null"', '"a b"', '"é"', '"\\u00e9"', '"a\\"b"',
         '"\\\\"', '"\\/"', '"a\\u0000b"', '"[1]"', '"\\ud83d\\ude00"', '"😀"', '"x=1"', '"nan"', '"inf"']
TIMES = ['"2026-01-01T00:00:00Z"', '"2026-01-01T00:00:00.000Z"', '"2026-01-01T00:00:00.5Z"', '"2026-01-01T01:00:00.5+01:00"',
         '"2026-01-01T00:00:01.000001Z"', '"2025-12-31T23:00:01-01:00"', '"2026-01-01 00:00:00Z"', '"2026-01-01T00:00:00+0000"',
         '"2024-02-29T12:00:00.123456Z"', '"2026-01-01T00:00:00\\u005a"']
OTHERS = ["true", "false", "null", "[]", "{}", '[1,"a",null]', "[[1]]", '["1",1.0]', '{"a":1}', '[{"a":1}]', "[1.5,2]", '["a b"]']
BAD_LINES = ['{"i":1}{"i":2}', '{"i":1,}', '{"i":01}', '{"i":1.}', '{"i":NaN}', '{"i":+1}', '{i:1}', '{"i":"a\tb"}', '{"i":"\\x41"}', '[1]',
             '"i"', "text", '{"i":1', '{"i":tru}', '{"i":1} // c', '{"i":[1,]}', '{"n":{"a":01}}', '\0\0{"i":1}', '{"i":-}']
WEIGHTS = ["1", "2.5", "10", "1e2", '"5"', "null", "-3", "1e400", "[1]", "0", "18446744073709551616"]


def key_text(rng, key):
    if rng.random() < 0.05:
        return '"' + "".join(f"\\u{ord(c):04x}" if rng.random() < 0.5 else c for c in key) + '"'
    return json.dumps(key)


def random_line(rng):
    if rng.random() < 0.04:
        return rng.choice(BAD_LINES)
    pool = {"n": NUMBERS, "s": TEXTS, "t": TIMES, "m": NUMBERS + TEXTS + (OTHERS if rng.random() < 0.3 else OTHERS[:3]) + TIMES, "w": ["true", "false", "null"],
            "l": ["[1,2]", "[]", "[2.0]", "[3]", "null"], "d.k": NUMBERS[:12]}
    members = [(key, rng.choice(values)) for key, values in pool.items() if rng.random() < 0.75]
    if rng.random() < 0.5:
        members.append(("sample_weight", rng.choice(WEIGHTS) if rng.random() < 0.4 else rng.choice(WEIGHTS[:4])))
    if rng.random() < 0.7:
        members.append(("outcome", rng.choice(['"success"', '"error"', '"cancelled"', "null", '"succ\\u0065ss"', '"crashed"'])))
    if rng.random() < 0.7:
        members.append(("timestamp", rng.choice(TIMES) if rng.random() < 0.9 else rng.choice(["7", '"soon"', "null", '"2026-01-01T00:00:00"'])))
    if rng.random() < 0.5:
        members.append(("duration_ms", rng.choice(["0", "1.5", "20", "1e2", '"x"', "null"])))
    members.append(("name", rng.choice(['"a"', '"b"', '"\\u0061"'])))
    if rng.random() < 0.1:
        members.append(("", rng.choice(NUMBERS + TEXTS)))
    if rng.random() < 0.1:
        key, _ = rng.choice(members)
        members.append((key, rng.choice(NUMBERS + TEXTS + OTHERS)))
    if rng.random() < 0.5:
        rng.shuffle(members)
    blank = rng.choice(["", "", "", " "])
    return "{" + ("," + blank).join(f"{key_text(rng, key)}:{blank}{value}" for key, value in members) + "}"


# --- the oracle: Python's json, with what the command's page says on top


class Number(str):
    """A number as it stands in its line."""


def first_of_each(pairs):
    event = {}
    for key, value in pairs:
        event.setdefault(key, value)
    return event


def refuse(word):
    raise ValueError(word)


def parsed(line):
    try:
        event = json.loads(line, object_pairs_hook=first_of_each, parse_int=Number, parse_float=Number, parse_constant=refuse)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None


def exact(text):
    """A number's value; beyond all doubles it is infinite, and below all of them 0."""
    if re.fullmatch(r"[-+]?\d+", text):
        return Fraction(text)
    number = float(text)
    return number if math.isinf(number) else Fraction(number)


TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(\.\d+)?(Z|z|[-+]\d\d:?\d\d)")


def time_of(text):
    found = TIME.fullmatch(text) if isinstance(text, str) and not isinstance(text, Number) else None
    if not found:
        return None
    date, clock, fraction, offset = found.groups()
    moment = datetime.datetime.fromisoformat(f"{date}T{clock}")
    moment += datetime.timedelta(microseconds=int(((fraction or ".0")[1:] + "000000")[:6]))
    if offset not in "Zz":
        sign = -1 if offset[0] == "-" else 1
        moment -= sign * datetime.timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:]))
    return moment


NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
COMPARE = {"=": lambda a, b: a == b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b,
           ">=": lambda a, b: a >= b}


def scalar_holds(value, operator, constant):
    if isinstance(value, Number):
        return bool(NUMBER.fullmatch(constant)) and COMPARE[operator](exact(value), exact(constant))
    if isinstance(value, str):
        if time_of(value) and time_of(constant):
            return COMPARE[operator](time_of(value), time_of(constant))
        return COMPARE[operator](value.encode(errors="surrogatepass"), constant.encode())
    word = {True: "true", False: "false", None: "null"}.get(value) if not isinstance(value, (dict, list)) else None
    return operator == "=" and word is not None and word == constant


def holds(event, key, operator, constant):
    if key not in event:
        return False
    value = event[key]
    if operator == "!=":
        return value is not None and not holds(event, key, "=", constant)
    items = value if isinstance(value, list) else [value]
    return any(scalar_holds(item, operator, constant) for item in items if not isinstance(item, (dict, list)))


def weight(event):
    found = event.get("sample_weight")
    if not isinstance(found, Number) or math.isinf(float(found)):
        return 1.0
    return max(0.0, float(found))


def failed(event):
    return event.get("outcome") not in (None, "success", "cancelled")


# --- forms in which lines lie


def write(form, lines):
    """A path with the lines in it."""
    place = tempfile.mkdtemp(dir=directory)
    text = "".join(line + "\n" for line in lines).encode(errors="surrogatepass")
    if form == "lines":
        path = place + "/lines.jsonl"
        with open(path, "wb") as file:
            file.write(text)
        return path
    subprocess.run([PROGRAMS + "/segment_of_lines", place + "/a.jsonl.zst", "4" if form == "frames" else "1000000"], input=text, check=True)
    return place


def run(*arguments, cores=2):
    keep = None if cores > 1 else lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    return subprocess.run(arguments, capture_output=True, timeout=60, preexec_fn=keep)


def command(*arguments, cores=2):
    return run(WIDELINE, *arguments, cores=cores)


def page(place, *questions):
    """What the page's summary says of each."""
    server = subprocess.Popen([WIDELINE, "view", "--port", "0", place], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        address = server.stdout.readline().decode().strip().rstrip("/")
        answers = []
        for q in questions:
            with urllib.request.urlopen(address + "/api/summary?" + urllib.parse.urlencode({"q": q}), timeout=30) as reply:
                answers.append(json.load(reply))
        return answers
    finally:
        server.terminate()
        server.wait()


# --- questions: a name, the right answer, and who answers


def close(a, b):
    return a == b or (isinstance(a, (int, float)) and isinstance(b, (int, float)) and math.isclose(a, b, rel_tol=1e-9))


def grep_count(place, *arguments, cores=2):
    done = command("grep", "--count", *arguments, place, cores=cores)
    return int(done.stdout or -1), done.stderr.decode()[:200]


def sql_value(place, sql, cores=2):
    done = command("query", "--json", sql, place, cores=cores)
    rows = [json.loads(line, parse_float=float) for line in done.stdout.splitlines()]
    return (list(rows[0].values())[0] if rows else None), done.stderr.decode()[:200]


class Expression:
    def __init__(self, key, operator, constant):
        self.key, self.operator, self.constant = key, operator, constant
        self.text = (key or '""') + operator + constant

    def __str__(self):
        return "grep " + repr(self.text)

    def right(self, events):
        return sum(holds(event, self.key, self.operator, self.constant) for event in events)

    def answers(self, lines, rng):
        for form in ("lines", "frames", "segment"):
            place = write(form, lines)
            cores = rng.choice([1, 2])
            yield f"grep --count ({form}, {cores} cores)", *grep_count(place, self.text, cores=cores)
        yield "wl::Reader", len(run(PROGRAMS + "/read_events", place, self.text).stdout.splitlines()), ""
        if not re.search(r'[\s"\\]', self.text):
            yield "the page", page(place, self.text)[0]["events"], ""
        if self.of_jq(lines):
            yield "jq", self.jq(lines), ""
        found = json.loads(command("diff", "--json", "--where", self.text, place).stdout or "{}").get("selected", {}).get("events")
        # diff leaves out events of no weight, and says nothing where one side is empty.
        events = [event for event in map(parsed, lines) if event is not None]
        if found and all(weight(event) > 0 for event in events):
            yield "diff --where", found, ""


    def of_jq(self, lines):
        """Whether jq is right about it: it knows numbers as doubles, no key twice, and no times."""
        events = [event for event in map(parsed, lines) if event is not None]
        values = [event[self.key] for event in events if self.key in event]
        return (self.operator == "=" and not time_of(self.constant)
                and not any(isinstance(value, (list, dict)) for value in values)
                and all(abs(exact(value)) < 2**53 for value in values if isinstance(value, Number))
                and all(len(json.loads(line, object_pairs_hook=list)) == len(event)
                        for line, event in zip((line for line in lines if parsed(line) is not None), events)))

    def jq(self, lines):
        number = self.constant.removeprefix("+") if NUMBER.fullmatch(self.constant) else "null"
        program = ("[inputs | select(has($key)) | .[$key] | select(if type == \"string\" then . == $text "
                   "elif type == \"number\" then . == ($number | tonumber? // \"none\") else tojson == $text end)] | length")
        good = "\n".join(line for line in lines if parsed(line) is not None)
        done = subprocess.run(["jq", "-n", "--arg", "key", self.key, "--arg", "text", self.constant, "--arg", "number", number, program],
                              input=good.encode(errors="surrogatepass"), stdout=subprocess.PIPE, check=True)
        return int(done.stdout)


class Sql:
    """Of a field with values of one type."""
    CONSTANTS = {"n": ["0", "1", "1.5", "9007199254740993", "-1", "0.1"], "s": ["a", "1", "", "true", "1.0"],
                 "t": ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.5Z", "2026-01-01T01:00:00.5+01:00"]}

    def __init__(self, key, operator, constant):
        self.key, self.operator, self.constant = key, operator, constant

    def __str__(self):
        return f"events with {self.key} {self.operator} {self.constant}"

    def right(self, events):
        return sum(holds(event, self.key, self.operator, self.constant) for event in events)

    def asked(self, events):
        """Whether the column has one type."""
        values = [event[self.key] for event in events if event.get(self.key) is not None]
        if not values:
            return False
        if self.key == "n":
            if not all(isinstance(value, Number) for value in values):
                return False
            # A DOUBLE rounds; exact answers are of columns of whole numbers.
            whole = re.fullmatch(r"-?\d+", self.constant) and all(re.fullmatch(r"-?\d{1,38}", value) for value in values)
            return whole or all(abs(exact(value)) < 2**53 or exact(value) in (math.inf, -math.inf) for value in values)
        strings = [value for value in values if isinstance(value, str) and not isinstance(value, Number)]
        if len(strings) != len(values):
            return False
        return all(time_of(value) for value in values) == (self.key == "t")

    def answers(self, lines, rng):
        literal = self.constant if self.key == "n" else "'" + self.constant.replace("'", "''") + "'"
        sql = f'select count(*) from events where "{self.key}" {self.operator} {literal}'
        for form in ("lines", "frames", "segment"):
            place = write(form, lines)
            for again in range(2 if form == "segment" else 1):
                yield f"SQL ({form}{', of columns' if again else ''})", *sql_value(place, sql, cores=rng.choice([1, 2]))
        yield "grep --count", *grep_count(place, f"{self.key}{self.operator}{self.constant}")


class SqlText:
    """Of a column of texts, which has other values as they stand in their lines."""

    def __init__(self, constant):
        self.constant = constant

    def __str__(self):
        return f"events with the text m = {self.constant!r}"

    def text(self, value):
        return {True: "true", False: "false"}.get(value, value)

    def right(self, events):
        return sum(event.get("m") is not None and self.text(event["m"]) == self.constant for event in events)

    def asked(self, events):
        values = [event["m"] for event in events if event.get("m") is not None]
        texts = [value for value in values if isinstance(value, str) and not isinstance(value, Number)]
        return not any(isinstance(value, (list, dict)) for value in values) and any(not time_of(text) for text in texts)

    def answers(self, lines, rng):
        literal = "'" + self.constant.replace("'", "''") + "'"
        for sql in (f"m = {literal}", f"m in ({literal}, 'never')"):
            for form in ("lines", "frames", "segment"):
                place = write(form, lines)
                for again in range(2 if form == "segment" else 1):
                    yield f"{sql} ({form}{', of columns' if again else ''})", *sql_value(place, "select count(*) from events where " + sql)


class Requests:
    def __str__(self):
        return "requests"

    def right(self, events):
        return sum(map(weight, events))

    def answers(self, lines, rng):
        for form in ("lines", "frames"):
            place = write(form, lines)
            for verb, total in (("stats", lambda j: j["total"]["requests"]), ("schema", lambda j: j["requests"]), ("cost", lambda j: j["requests"])):
                done = command(verb, "--json", place, cores=rng.choice([1, 2]))
                yield f"{verb} ({form})", total(json.loads(done.stdout)) if done.stdout else 0, done.stderr.decode()[:200]
            for _ in range(2):
                yield f"requests() ({form})", *sql_value(place, "select requests() from events")
        yield "the page", page(place, "")[0]["requests"], ""


class Kept:
    def __str__(self):
        return "events"

    def right(self, events):
        return len(events)

    def answers(self, lines, rng):
        for form in ("lines", "frames"):
            place = write(form, lines)
            yield f"stats ({form})", (json.loads(command("stats", "--json", place).stdout or '{"total":{"kept":0}}'))["total"]["kept"], ""
            yield f"schema ({form})", json.loads(command("schema", "--json", place).stdout or '{"events":0}')["events"], ""
            yield f"SQL ({form})", *sql_value(place, "select count(*) from events")
            yield f"cat --fields ({form})", len(command("cat", "--fields", "i", place).stdout.splitlines()), ""


class Errors:
    def __str__(self):
        return "errors"

    def right(self, events):
        return sum(map(failed, events))

    def answers(self, lines, rng):
        for form in ("lines", "frames"):
            place = write(form, lines)
            yield f"cat --errors ({form})", len(command("cat", "--errors", "--fields", "i", place).stdout.splitlines()), ""
            if any(event and "outcome" in event for event in map(parsed, lines)):
                yield f"SQL ({form})", *sql_value(place, "select count(*) from events where outcome not in ('success', 'cancelled')")
            yield f"schema --errors ({form})", json.loads(command("schema", "--errors", "--json", place).stdout or '{"events":0}')["events"], ""


class Since:
    def __str__(self):
        return "events since 00:00:00.5"

    def right(self, events):
        least = time_of("2026-01-01T00:00:00.5Z")
        return sum(1 for event in events if (time_of(event.get("timestamp")) or datetime.datetime.min) >= least)

    def answers(self, lines, rng):
        since = "2026-01-01T00:00:00.5Z"
        for form in ("lines", "segment"):
            place = write(form, lines)
            yield f"cat --since ({form})", len(command("cat", "--since", since, "--fields", "i", place).stdout.splitlines()), ""
            times = [time_of(event.get("timestamp")) for event in map(parsed, lines) if event is not None]
            if all(times):
                yield f"grep ({form})", *grep_count(place, "timestamp>=" + since)
            if any(times):
                yield f"SQL ({form})", *sql_value(place, f"select count(*) from events where timestamp >= '{since}'")


QUESTIONS = [Requests, Kept, Errors, Since]


def random_question(rng):
    kind = rng.random()
    if kind < 0.25:
        return rng.choice(QUESTIONS)()
    operator = rng.choice(["=", "!=", "<", "<=", ">", ">=", "="])
    if kind < 0.45:
        key = rng.choice(list(Sql.CONSTANTS))
        return Sql(key, operator, rng.choice(Sql.CONSTANTS[key]))
    if kind < 0.5:
        return SqlText(rng.choice(["a", "1", "1.0", "true", "", "-0", "1e0", "-0.0", "18446744073709551616", "[1]", "0.1"]))
    value = json.loads(rng.choice(NUMBERS + TEXTS + TIMES + ["true", "false", "null"]), parse_int=str, parse_float=str)
    constant = {True: "true", False: "false", None: "null"}.get(value, value)
    if "\0" in constant or any(0xD800 <= ord(c) < 0xE000 for c in constant):
        constant = "a"
    return Expression(rng.choice(["n", "s", "t", "m", "m", "w", "l", "d.k", "name", "outcome", "sample_weight", ""]), operator, constant)


def dissent(question, lines, seed):
    """The first answer that is not the right one."""
    events = [event for event in map(parsed, lines) if event is not None]
    if not events or not getattr(question, "asked", lambda _: True)(events):
        return None
    right = question.right(events)
    for who, answer, complaint in question.answers(lines, random.Random(seed)):
        if not close(answer, right):
            return f"{who} says {answer}, and it is {right}. {complaint}"
    return None


def fewest(question, lines, seed):
    i = 0
    while i < len(lines):
        rest = lines[:i] + lines[i + 1:]
        if dissent(question, rest, seed):
            lines = rest
        else:
            i += 1
    return lines


def main():
    if not has_duckdb(write("lines", ['{"a":1}'])):
        return 77
    seed = int(os.environ.get("WIDELINE_ONE_ANSWER_SEED", time.time_ns() % 1_000_000))
    asked = failures = 0
    end = time.monotonic() + SECONDS
    said = set()
    while time.monotonic() < end and failures < 12:
        seed += 1
        rng = random.Random(seed)
        lines = [random_line(rng) for _ in range(rng.choice([1, 3, 20, 60]))]
        for question in (random_question(rng) for _ in range(4)):
            asked += 1
            found = dissent(question, lines, seed)
            if not found:
                continue
            lines_left = fewest(question, lines, seed)
            what = dissent(question, lines_left, seed)
            failures += 1
            print(f"{question} (seed {seed}): {what}\n  of", *lines_left, sep="\n  ")
        for name in os.listdir(directory):
            shutil.rmtree(f"{directory}/{name}", ignore_errors=True)
    print(f"{asked} questions, {failures} with two answers (the last seed is {seed})")
    return 1 if failures else 0


sys.exit(main())
