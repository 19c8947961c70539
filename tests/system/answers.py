#!/usr/bin/env python3
"""One question, one answer: lines that bug reports of other tools are made of, and the right value from every verb."""
import json, math, os, subprocess, sys, tempfile

from support.checks import SKIPPED, WIDELINE, check, has_duckdb, verdict

directory = tempfile.mkdtemp()
number = 0


def file_of(*lines, name=None, end="\n"):
    global number
    number += 1
    path = f"{directory}/{name or f'{number}.jsonl'}"
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(b"".join((line if isinstance(line, bytes) else line.encode()) + end.encode() for line in lines))
    return path


def segment_of(path, lines):
    """A closed segment of the lines, two in a frame."""
    text = "".join(line + "\n" for line in lines).encode()
    subprocess.run([os.environ["PROGRAMS_DIR"] + "/segment_of_lines", path, "2", "7"], input=text, check=True)


def run(*arguments):
    done = subprocess.run([WIDELINE, *arguments], capture_output=True, timeout=60)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def query(sql, path):
    code, out, err = run("query", "--json", sql, path)
    check(f"{sql} of {path}", code in (0, 1), err)
    return [json.loads(line) for line in out.splitlines()]


def value(sql, path):
    rows = query(sql, path)
    return list(rows[0].values())[0] if rows else None


def stats(path, *options):
    return json.loads(run("stats", "--json", *options, path)[1])["total"]


def count(path, *expressions):
    return int(run("grep", "--count", *expressions, path)[1] or 0)


def fields(path):
    return {field["field"]: field for field in json.loads(run("schema", "--json", path)[1])["fields"]}


def same(what, found, expected):
    near = isinstance(expected, float) and isinstance(found, float) and math.isclose(found, expected, rel_tol=1e-12)
    check(f"{what}: found {found}, expected {expected}", found == expected or near)


# --- reserved fields


def test_one_bad_weight_costs_itself():
    good = [f'{{"name":"a","duration_ms":{1 + i},"outcome":"success","sample_weight":1000}}' for i in range(10)]
    bad_weights = {
        "text": ('{"name":"a","duration_ms":99,"sample_weight":"5"}', 1),
        "null": ('{"name":"a","duration_ms":99,"sample_weight":null}', 1),
        "absent": ('{"name":"a","duration_ms":99}', 1),
        "list": ('{"name":"a","duration_ms":99,"sample_weight":[7]}', 1),
        "object": ('{"name":"a","duration_ms":99,"sample_weight":{"a":7}}', 1),
        "of unknown probability": ('{"name":"a","duration_ms":99,"sample_rule":"upstream"}', 0),
        "null, with a rule": ('{"sample_rule":"upstream","name":"a","duration_ms":99,"sample_weight":null}', 0),
        "negative": ('{"name":"a","duration_ms":99,"sample_weight":-5}', 0),
        "infinite": ('{"name":"a","duration_ms":99,"sample_weight":1e400}', 1),
        "fraction": ('{"name":"a","duration_ms":99,"sample_weight":2.5}', 2.5),
        "twice, a text first": ('{"name":"a","duration_ms":99,"sample_weight":"x","sample_weight":5}', 1),
        "twice, a text last": ('{"name":"a","duration_ms":99,"sample_weight":5,"sample_weight":"x"}', 5),
        "escaped": ('{"name":"a","duration_ms":99,"sample\\u005fweight":7}', 7),
        "beyond 64 bits": ('{"name":"a","duration_ms":99,"sample_weight":18446744073709551616}', 2.0**64),
    }
    for what, (line, weight) in bad_weights.items():
        for lines in ([line, *good], [*good, line]):
            path = file_of(*lines)
            expected = float(10000 + weight)
            same(f"stats of a weight that is {what}", stats(path)["requests"], expected)
            same(f"requests() of a weight that is {what}", value("select requests() from events", path), expected)
            same(f"the schema's requests of a weight that is {what}",
                 json.loads(run("schema", "--json", path)[1])["requests"], expected)
            same(f"the cost's requests of a weight that is {what}", json.loads(run("cost", "--json", path)[1])["requests"],
                 expected)
            quantile = value("select wquantile(duration_ms, 0.5) from events", path)
            same(f"the median with a weight that is {what}", quantile, 99 if weight > 1e6 else 6 if weight else 5)
    only = file_of('{"name":"a","sample_weight":"x"}', '{"name":"a","sample_weight":"y"}')
    same("requests() where no weight is a number", value("select requests() from events", only), 2)
    same("they are still seen", [row["sample_weight"] for row in query("select sample_weight from events", only)], ["x", "y"])


def test_one_bad_time_or_duration_costs_itself():
    path = file_of('{"timestamp":"2026-01-01T00:00:00Z","duration_ms":1}', '{"timestamp":"soon","duration_ms":"long"}',
                   '{"timestamp":7,"duration_ms":[1]}', '{"timestamp":"2026-01-01T00:00:02Z","duration_ms":3}')
    same("times compare beside one that is none",
         value("select count(*) from events where timestamp > '2026-01-01 00:00:01'", path), 1)
    same("durations add up beside one that is none", value("select sum(duration_ms) from events", path), 4)


def test_an_outcome_of_null_is_absent():
    path = file_of('{"name":"a","outcome":null}', '{"name":"a","outcome":"err\\u006fr"}', '{"name":"a","outcome":"succ\\u0065ss"}')
    same("errors in stats", stats(path)["errors"], 1)
    same("errors of grep", count(path, "--errors", "name=a"), 1)
    same("errors of SQL", value("select count(*) from events where outcome not in ('success', 'cancelled')", path), 1)


def test_a_name_that_looks_like_a_time_is_text():
    path = file_of('{"name":"2026-01-01T00:00:00Z","trace_id":7}', '{"name":"2026-01-02T00:00:00Z","trace_id":"x"}')
    same("the column of names", {row["t"] for row in query("select typeof(name) t from events", path)}, {"VARCHAR"})
    same("an id is text", value("select count(*) from events where trace_id = '7'", path), 1)


# --- times


def test_times_compare_as_times():
    path = file_of('{"timestamp":"2026-01-01T00:00:00Z","i":0}', '{"timestamp":"2026-01-01T00:00:00.5Z","i":1}',
                   '{"timestamp":"2026-01-01T00:00:01Z","i":2}', '{"timestamp":"2026-01-01T01:00:00.7+01:00","i":3}',
                   '{"timestamp":"2026-01-01T00:00:00.500000+0000","i":4}')
    for operator, expected in ((">=", 4), (">", 2), ("<", 1), ("<=", 3), ("=", 2), ("!=", 3)):
        for constant in ("2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00.500Z", "2026-01-01T01:00:00.5+01:00"):
            same(f"grep timestamp{operator}{constant}", count(path, f"timestamp{operator}{constant}"), expected)
            sql = f"select count(*) from events where timestamp {operator} '{constant}'"
            same(sql, value(sql, path), expected)
    same("--since agrees", count(path, "--since", "2026-01-01T00:00:00.5Z", "i>=0"), 4)


def test_times_are_sorted_as_times():
    path = file_of('{"timestamp":"2026-01-01T00:00:00.5Z","i":2}', '{"timestamp":"2026-01-01T00:00:00Z","i":1}',
                   '{"timestamp":"2026-01-01T00:30:00+01:00","i":0}', '{"timestamp":"soon","i":-1}')
    out = run("grep", "i>=-1", "--sort", "timestamp", "--fields", "i", path)[1]
    same("grep --sort timestamp", [json.loads(line)["i"] for line in out.splitlines()], [2, 1, 0, -1])


# --- what a line is


def test_a_key_that_is_twice_counts_once():
    path = file_of('{"level":10,"level":"x"}', '{"level":2}', '{"level":3}')
    same("its type in SQL", value("select typeof(level) from events", path), "BIGINT")
    same("its greatest value", value("select max(level) from events", path), 10)
    found = fields(path)["level"]
    same("its types in the schema", (found["types"], found["events"], found["distinct"]), (["integer"], 3, 3))


def test_a_bad_line_costs_itself_wherever_it_stands():
    for what, first in (("a banner", b"Starting up"), ("colours", b"\x1b[32mready\x1b[0m"), ("blank lines", b"\n\n  "),
                        ("a NUL line", b"\0\0\0"), ("a word", b"x"), ("a list", b"[1]"), ("a brace", b"{")):
        path = file_of(first, '{"name":"b","v":1}')
        same(f"grep after {what}", count(path, "name=b"), 1)
        same(f"SQL after {what}", value("select count(*) n from events", path), 1)
        same(f"stats after {what}", stats(path)["kept"], 1)
    blank = file_of("", "", "  ")
    same("blank lines alone are no events", run("stats", blank)[0], 1)
    glued = file_of(b'\0\0\0{"name":"a"}')
    code, _, err = run("stats", glued)
    check("NUL bytes cost the line that they stand in", code == 1 and "1 line" in err, code, err)
    for path in (file_of("# a title", "", "text"), file_of(b"\x7fELF\x02\x01\x01\0\0\0\n{\"a\":1}")):
        same("what has no line of an object is still refused", run("stats", path)[0], 2)


def test_a_frame_in_two_segments_counts_once():
    lines = [f'{{"i":{i},"name":"a","sample_weight":2}}' for i in range(8)]
    for what, first, second in (("a copy", lines, lines), ("a longer one", lines[:4], lines), ("a shorter one", lines, lines[:4])):
        place = tempfile.mkdtemp(dir=directory)
        segment_of(place + "/a.jsonl.zst", first)
        segment_of(place + "/b.jsonl.zst", second)
        for again in ("of lines", "of columns"):
            same(f"SQL {again} with {what}", value("select count(*) from events", place), 8)
        same(f"stats with {what}", stats(place)["requests"], 16.0)
        same(f"grep with {what}", count(place, "i>=0"), 8)
        os.remove(place + "/b.jsonl.zst" if len(first) == 8 else place + "/a.jsonl.zst")
        same(f"SQL once {what} is gone", value("select count(*) from events", place), 8)


# --- numbers


def test_a_negative_zero_is_found_in_columns():
    place = tempfile.mkdtemp(dir=directory)
    segment_of(place + "/a.jsonl.zst", ['{"nz":-0.0}', '{"nz":1.5}', '{"nz":-0}'])
    for sql, expected in (("nz = 0", 2), ("nz = -0.0", 2), ("nz in (0, 7)", 2), ("nz < 0", 0), ("nz >= 0", 3)):
        for again in ("of lines", "of columns"):
            same(f"{sql} {again}", value(f"select count(*) from events where {sql}", place), expected)
    same("grep nz=0", count(place, "nz=0"), 2)


def test_a_filter_rules_out_no_text_that_is_written_otherwise():
    place = tempfile.mkdtemp(dir=directory)
    segment_of(place + "/a.jsonl.zst", ['{"x":7.5,"y":1}', '{"x":"a"}', '{"x":7.0}', '{"x":-0}'])
    for text in ("7.5", "a", "7.0", "-0"):
        same(f"x = '{text}'", value(f"select count(*) from events where x = '{text}'", place), 1)


def test_whole_numbers_are_exact_to_38_digits():
    digits = ["9223372036854775808", "-9223372036854775809", "18446744073709551617", "9" * 38, "-" + "9" * 38]
    path = file_of(*(f'{{"x":{one},"l":[{one}],"i":{i}}}' for i, one in enumerate(digits)))
    same("x in SQL", [row["x"] for row in query("select x from events order by i", path)], [int(one) for one in digits])
    for i, one in enumerate(digits):
        same(f"x = {one}", value(f"select i from events where x = {one}::hugeint", path), i)
        same(f"grep x={one}", run("grep", f"x={one}", "--fields", "i", path)[1], f'{{"i":{i}}}\n')
        near = str(int(one) + (1 if one.startswith("-") else -1))
        same(f"grep x={near} finds no neighbour", count(path, f"x={near}"), 0)
    parquet = directory + "/exact.parquet"
    same("--parquet", run("query", "select * from events", "--parquet", parquet, path)[0], 0)
    rows = query(f"select x::varchar x, l::varchar l from read_parquet('{parquet}') order by i", path)
    same("--parquet rounds no id", [row["x"] for row in rows], digits)
    same("nor one in a list", [row["l"] for row in rows], [f"[{one}]" for one in digits])


def test_a_whole_number_with_a_point_is_an_integer_to_check():
    before = directory + "/before.json"
    with open(before, "w") as file:
        file.write(run("schema", "--json-schema", file_of('{"a":1,"l":[1]}'))[1])
    same("1.0 and 1e2", run("schema", "--check", before, file_of('{"a":1.0,"l":[1e2]}'))[0], 0)
    same("1.5", run("schema", "--check", before, file_of('{"a":1.5,"l":[1]}'))[0], 1)
    same("1.5 in a list", run("schema", "--check", before, file_of('{"a":1,"l":[1.5]}'))[0], 1)


# --- forms


def test_csv_tells_null_from_an_empty_text_and_knows_infinities():
    path = file_of('{"a":"","b":null,"c":1e400}', '{"b":"x","c":-1e400}')
    same("CSV", run("query", "--csv", "select a, b, c from events", path)[1], 'a,b,c\n"",,inf\n,x,-inf\n')
    same("JSON", query("select c from events", path), [{"c": None}] * 2)


def test_dates_of_any_year_are_dates():
    path = file_of('{"a":1}')
    for date, text in (("'20001-02-03'", "20001-02-03"), ("'99999-12-31'", "99999-12-31"), ("'infinity'", "infinity"),
                       ("'2024-02-29'", "2024-02-29"), ("'0044-03-15'", "0044-03-15")):
        same(date, value(f"select date {date} d from events", path), text)


# --- what is left out is said


def test_files_of_lines_are_read_whatever_their_ending():
    for i, ending in enumerate(("jsonl", "ndjson", "json", "log")):
        file_of(f'{{"i":{i}}}', name=f"endings/file.{ending}")
    same("of a directory", count(directory + "/endings", "i>=0"), 4)
    same("of a directory in SQL", value("select count(*) from events", directory + "/endings"), 4)


def test_events_without_a_time_are_counted_when_one_is_needed():
    path = file_of('{"timestamp":"2026-01-01T00:00:01Z","name":"a","outcome":"error"}',
                   '{"timestamp":"2026-01-01T00:00:01","name":"a"}', '{"timestamp":7,"name":"a"}', '{"name":"a"}')
    for verb in (["stats"], ["cat"], ["schema"], ["grep", "name=a"]):
        code, _, err = run(verb[0], "--since", "2026-01-01", *verb[1:], path)
        check(f"{verb} says what has no time", "3 events" in err and "time" in err and code == 1, code, err)
        check(f"{verb} says it once", err.count("time") <= 2, err)
        check(f"{verb} does not speak of it without need", "time" not in run(*verb, path)[2])
    code, out, err = run("tail", "-n", "2", path)
    check("tail says how many count as the oldest",
          code == 0 and "3 events have no time that can be read and count as the oldest" in err and len(out.splitlines()) == 2, code, out, err)
    check("tail does not speak of it when no event has a time", run("tail", file_of('{"a":1}'))[2] == "")


def test_the_empty_key_is_a_key_everywhere():
    path = file_of('{"":1,"a":2}', '{"":"x"}', '{"a":1}')
    same('grep of the empty key', [count(path, '""=1'), count(path, '""!=1'), count(path, '""~^x')], [1, 1, 1])
    check("cat --fields of the empty key", run("cat", "--fields", "", path)[1].splitlines()[:2] == ['{"":1}', '{"":"x"}'])
    same("SQL of the empty key", value("select count(_) from events", path), 2)


if not has_duckdb(file_of('{"a":1}')):
    sys.exit(SKIPPED)
for name, test in list(globals().items()):
    if name.startswith("test_"):
        test()
sys.exit(verdict("every verb gave the same answer"))
