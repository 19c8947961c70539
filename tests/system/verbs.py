#!/usr/bin/env python3
"""cost, schema, stats and diff beside a slow plain oracle: the same worked out here from the lines as json.loads reads them."""
import collections, datetime, json, math, os, random, shutil, subprocess, sys, tempfile

from support.checks import WIDELINE, check, verdict



def run(*arguments, stdin=None):
    done = subprocess.run([WIDELINE, *arguments], capture_output=True, input=stdin or b"")
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def answer(*arguments, status=0, stdin=None):
    code, out, err = run(*arguments, "--json", stdin=stdin)
    check(f"{arguments} ends with {status}", code == status, code, err)
    return json.loads(out) if out else {}


def near(a, b):
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-6)


def random_event(rng, number):
    """Every kind of value, absent fields, an error whose cause is planted."""
    region = rng.choice(["eu", "us", "ap", "sa"])
    failed = rng.random() < (0.5 if region == "ap" else 0.02)
    event = {
        "timestamp": f"2026-11-23T{10 + number % 3600 // 1800:02d}:{number % 60:02d}:01.{number:06d}Z",
        "name": rng.choice(["search", "checkout", "größe \"1\"\n"]),
        "duration_ms": rng.choice([0, 12.5, rng.expovariate(0.01), -3]),
        "outcome": "error" if failed else "success",
        "event_id": f"id-{number}",
        "sample_weight": 1 if failed else rng.choice([1, 2.5, 40]),
        "sample_rule": "error" if failed else rng.choice(["otherwise", "slow"]),
        "region": region,
    }
    if rng.random() < 0.3:
        event["flag"] = rng.random() < 0.5
    if rng.random() < 0.2:
        event["mixed"] = rng.choice([None, 1, "x", [1, "a"], {"deep": {"er": [1]}}, 2.5, []])
    if rng.random() < 0.1:
        event["big"] = rng.choice([2**63, 7, 2**64])
    if failed:
        event["error.type"] = "timeout"
    event["items"] = [rng.randrange(5) for _ in range(rng.randrange(3))]
    return event


def line_of(event):
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


# --- oracles


def kind(value):
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    names = {str: "string", float: "number", type(None): "null", list: "array", dict: "object"}
    return names[type(value)]


def weight_of(event):
    return event.get("sample_weight", 1)


def satisfies(value, schema):
    """JSON Schema, as far as ours goes."""
    types = schema.get("type", [])
    types = types if isinstance(types, list) else [types]
    if types and kind(value) not in types and not (kind(value) == "integer" and "number" in types):
        return False
    if isinstance(value, list) and "items" in schema:
        return all(satisfies(item, schema["items"]) for item in value)
    if isinstance(value, dict):
        return all(key in value for key in schema.get("required", [])) and all(
            satisfies(value[key], part) for key, part in schema.get("properties", {}).items() if key in value)
    return True


def g2(a, n_a, b, n_b):
    both = (a * n_a + b * n_b) / (n_a + n_b)
    total = 0
    for own, n in ((a, n_a), (b, n_b)):
        for seen, expected in ((own, both), (1 - own, 1 - both)):
            if seen > 0:
                total += 2 * n * seen * math.log(seen / expected)
    return total


# --- cost


def check_cost(lines, paths, status=0, stdin=None, sampled_away=None):
    events = [json.loads(line) for line in lines]
    cost = answer("cost", *paths, status=status, stdin=stdin)
    check("cost counts events", cost["events"] == len(events), cost["events"], len(events))
    check("cost counts bytes", cost["raw_bytes"] == sum(len(line.encode()) + 1 for line in lines))
    raw, having = collections.Counter(), collections.Counter()
    for event in events:
        for i, (key, value) in enumerate(event.items()):
            raw[key] += len(line_of({key: value}).encode()) - 2 + (1 if i + 1 < len(event) else 0)
            having[key] += 1
    ours = {field["field"]: field for field in cost["fields"]}
    check("cost counts each field's bytes", {k: f["raw_bytes"] for k, f in ours.items()} == raw)
    check("cost counts each field's events", {k: f["events"] for k, f in ours.items()} == having)
    check("the dearest field comes first", cost["fields"] == sorted(
        cost["fields"], key=lambda field: (-field["compressed_bytes"], field["field"])) or
        [f["compressed_bytes"] for f in cost["fields"]] == sorted((f["compressed_bytes"] for f in cost["fields"]), reverse=True))
    stored = sum(field["compressed_bytes"] for field in cost["fields"]) + cost["braces_and_line_ends"]["compressed_bytes"]
    stored += cost.get("bad_lines", {}).get("compressed_bytes", 0)
    whole = stored + cost["index_bytes"] + cost["other_bytes"] + cost["left_out_bytes"]
    size = len(stdin) if stdin is not None else sum(
        os.path.getsize(os.path.join(folder, name)) if folder else os.path.getsize(name)
        for path in paths for folder, name in
        ([(path, n) for n in os.listdir(path) if n.endswith((".jsonl.zst", ".jsonl")) and n[0] != "." and
          os.path.isfile(os.path.join(path, n))] if os.path.isdir(path) else [("", path)]))
    check("what is told adds up to the files", near(whole, size) and cost["file_bytes"] == size, whole, size)
    rules = collections.defaultdict(lambda: [0, 0, 0.0])
    for event, line in zip(events, lines):
        rule = rules[event.get("sample_rule")]
        rule[0] += 1
        rule[1] += len(line.encode()) + 1
        rule[2] += weight_of(event)
    for name, (count, size, weight) in rules.items():
        found = [rule for rule in cost["rules"] if rule["rule"] == name]
        check("cost has each rule", len(found) == 1 and found[0]["events"] == count and found[0]["raw_bytes"] == size
              and near(found[0]["requests"], weight), name)
    for name, requests in (sampled_away or {}).items():
        found = [rule["sampled_away"] for rule in cost["rules"] if rule["rule"] == name]
        check("cost says what was sampled away", found == [requests], name, found)
    if sampled_away:
        per_event = cost["raw_bytes"] / cost["events"]
        check("what was saved is what was sampled away, as large as what was kept",
              near(cost["saved_raw_bytes"], per_event * sum(sampled_away.values())))
    return cost


def check_selected(events, plain, foreign):
    """stats and cost of some events: what is told is theirs, and what a file takes is shared between them and the others."""
    middle = sorted(event["timestamp"] for event in events)[len(events) // 2]
    later = [event for event in events if event["timestamp"] >= middle]
    failed = [event for event in later if event["outcome"] != "success"]
    for path in (plain, foreign):
        whole = answer("cost", path)
        sides = [answer("cost", path, option, middle) for option in ("--since", "--until")]
        for key in ("events", "raw_bytes", "compressed_bytes"):
            check("two spans of time cost what both do", near(sum(side[key] for side in sides), whole[key]), key)
        for chosen, options in ((later, ()), (failed, ("--errors",))):
            cost = answer("cost", path, "--since", middle, *options)
            check("cost is of what is selected", cost["events"] == len(chosen) and cost["raw_bytes"] == sum(
                len(line_of(event).encode()) + 1 for event in chosen), options, cost["events"])
            stats = answer("stats", path, "--since", middle, *options)
            check("stats is of what is selected", stats["total"]["kept"] == len(chosen) and near(
                stats["total"]["requests"], sum(map(weight_of, chosen))), options, stats["total"])
        check("what is known of whole frames is not told of a time", all(
            told["sampled_away"] is None for told in (cost, stats)) and cost["index_bytes"] is None)


# --- schema


def check_schema(lines, paths, status=0, stdin=None):
    events = [json.loads(line) for line in lines]
    schema = answer("schema", *paths, status=status, stdin=stdin)
    total = sum(weight_of(event) for event in events)
    values, order = collections.defaultdict(list), []
    for event in events:
        for key, value in event.items():
            if key not in values:
                order.append(key)
            values[key].append((value, weight_of(event)))
    check("schema has the fields in their order", [field["field"] for field in schema["fields"]] == order)
    for field in schema["fields"]:
        mine = values[field["field"]]
        name = field["field"]
        check("schema counts events", field["events"] == len(mine), name)
        check("schema knows types", set(field["types"]) == {kind(value) for value, _ in mine}, name, field["types"])
        check("schema knows the share of requests", near(field["share_of_requests"], sum(w for _, w in mine) / total), name)
        distinct = len({line_of({"v": value}) for value, _ in mine})
        bound = 0 if distinct <= 512 else 0.08 * distinct
        check("schema counts values", abs(field["distinct"] - distinct) <= bound, name, field["distinct"], distinct)
        example = field["example"]
        check("schema's example is a value", example is None or any(value == example for value, _ in mine) or
              any(line_of({"v": value})[5:].startswith(example[:50]) for value, _ in mine), name, example)
    code, out, _ = run("schema", "--json-schema", *paths, stdin=stdin)
    check("--json-schema ends as schema does", code == status)
    json_schema = json.loads(out)
    check("each event satisfies the JSON Schema", all(satisfies(event, json_schema) for event in events))
    check("a schema says its dialect", json_schema["$schema"] == "https://json-schema.org/draft/2020-12/schema")
    check("the JSON Schema requires what all have", set(json_schema["required"]) == {
        key for key in order if all(key in event for event in events)})
    return json_schema


def check_changes(dir, schema, path):
    def changes(edited, status):
        with open(os.path.join(dir, "before.json"), "w") as file:
            json.dump(edited, file)
        return answer("schema", "--check", os.path.join(dir, "before.json"), path, status=status)

    copy = lambda: json.loads(json.dumps(schema))
    check("nothing changed", changes(schema, 0) == {"added": [], "removed": [], "retyped": []})
    edited = copy()
    del edited["properties"]["region"]
    check("an added field is named and breaks nothing", [c["field"] for c in changes(edited, 0)["added"]] == ["region"])
    edited = copy()
    edited["properties"]["gone"] = {"type": "string"}
    check("a removed field breaks", [c["field"] for c in changes(edited, 1)["removed"]] == ["gone"])
    edited = copy()
    edited["properties"]["region"] = {"type": "integer"}
    check("a retyped field breaks", changes(edited, 1)["retyped"] ==
          [{"field": "region", "before": "integer", "now": "string"}])
    edited = copy()
    edited["properties"]["region"] = {"type": ["string", "null"]}
    check("fewer types break nothing", changes(edited, 0)["retyped"] == [])
    edited = copy()
    edited["properties"]["items"]["items"] = {"type": "string"}
    check("other items in an array break", [c["field"] for c in changes(edited, 1)["retyped"]] == ["items"])
    for wrong in ("{", "[]", '{"properties": {"a": {"type": 5}}}', '{"properties": {"a": {"type": "text"}}}'):
        with open(os.path.join(dir, "before.json"), "w") as file:
            file.write(wrong)
        code, out, err = run("schema", "--check", os.path.join(dir, "before.json"), path)
        check("a file that is no schema is refused in one sentence", code == 2 and err.count("\n") == 1, wrong, code, err)


# --- diff


def check_diff(lines, paths, selects, *options, status=0, stdin=None):
    events = [json.loads(line) for line in lines]
    found = answer("diff", *options, *paths, status=status, stdin=stdin)
    sides = {True: [e for e in events if selects(e)], False: [e for e in events if not selects(e)]}
    weights = {side: sum(map(weight_of, sides[side])) for side in sides}
    effective = {side: weights[side]**2 / sum(weight_of(e)**2 for e in sides[side]) for side in sides}
    check("diff counts both sides", [found["selected"]["events"], found["rest"]["events"]] ==
          [len(sides[True]), len(sides[False])] and near(found["selected"]["requests"], weights[True]))

    def holds(one, event):
        if one["field"] not in event:
            return "absent" in one
        value = event[one["field"]]
        if "absent" in one:
            return False
        return one["from"] <= value <= one["to"] if "from" in one else line_of({"v": value}) == line_of({"v": one["value"]})

    for one in found["differences"]:
        share = {}
        for side, name in ((True, "selected"), (False, "rest")):
            matching = [event for event in sides[side] if holds(one, event)]
            share[side] = sum(map(weight_of, matching)) / weights[side]
            check("diff counts", one[name]["events"] == len(matching), one, len(matching))
            check("diff weighs", near(one[name]["share"], share[side]), one, share[side])
        ratio = g2(share[True], effective[True], share[False], effective[False])
        check("diff measures", math.isclose(one["g2"], ratio, rel_tol=1e-6, abs_tol=1e-6), one, ratio)
        chance = min(1, math.erfc(math.sqrt(ratio / 2)) * found["tested"])
        check("diff shows what is no chance", chance < 0.05 and math.isclose(one["p"], chance, rel_tol=1e-3, abs_tol=1e-12), one)
    sizes = [abs(one["difference"]) for one in found["differences"]]
    check("the largest difference comes first", sizes == sorted(sizes, reverse=True))
    # Nothing significant is left out: every value of every field of few values, by hand.
    shown = {(one["field"], line_of({"v": one.get("value")})) for one in found["differences"]}
    for field in ("region", "name", "flag"):
        for value in {line_of({"v": event[field]}) for event in events if field in event}:
            one = {"field": field, "value": json.loads(value)["v"]}
            share = {side: sum(weight_of(e) for e in sides[side] if holds(one, e)) / weights[side] for side in sides}
            ratio = g2(share[True], effective[True], share[False], effective[False])
            if math.erfc(math.sqrt(ratio / 2)) * found["tested"] < 0.049 and not (options and field in options[1]):
                check("diff leaves out nothing significant", (field, value) in shown, field, value)
    return found


def check_all(lines, paths, status=0, stdin=None, sampled_away=None):
    check_cost(lines, paths, status, stdin, sampled_away)
    check_schema(lines, paths, status, stdin)
    check_diff(lines, paths, lambda e: e["outcome"] != "success", status=status, stdin=stdin)


def quantile(numbers, share):
    """The definition, literally, of (value, weight)."""
    wanted, reached = share * sum(weight for _, weight in numbers) * (1 - 1e-12), 0
    for value, weight in sorted(numbers):
        reached += weight
        if reached >= wanted:
            return value


def check_counted_in_part(counted, dir):
    """A frame without counts is estimated, and those of the others stay counted."""
    shutil.copytree(counted, dir)
    whole = answer("stats", counted)
    weights = [1, 1, 2.5, 40, 0]
    lines = [line_of({"name": name, "outcome": outcome, "duration_ms": 5000, "sample_weight": weight})
             for name in ("load", "late") for outcome in ("success", "error") for weight in weights]
    plain = write(os.path.join(os.path.dirname(dir), "late.jsonl"), "".join(line + "\n" for line in lines).encode())
    subprocess.run(["zstd", "-q", plain, "-o", os.path.join(dir, "late.jsonl.zst")], check=True)
    stats = answer("stats", dir)
    groups = {group["key"]: group for group in stats["groups"]}
    for name, before in (("load", whole["groups"][0]), ("late", {"requests": 0, "errors": 0})):
        group = groups[name]
        check("what was counted and what is estimated are added up", near(group["requests"], before["requests"] + 2 * sum(weights)) and
              near(group["errors"], before["errors"] + sum(weights)), group, before)
        check("it is said which is which", not group["counted"] and group["counted_requests"] == before["requests"] and
              group["estimated_from"] == 8 and group["requests_low"] < group["requests"] < group["requests_high"], group)
        check("what was counted is sure", group["requests_low"] >= before["requests"], group)
    total = stats["total"]
    check("the total has both", near(total["requests"], 900 + 4 * sum(weights)) and total["counted_requests"] == 900 and
          total["estimated_from"] == 16 and stats["frames_estimated"] == 1 and stats["frames_counted"] == whole["frames_counted"] > 0, total)
    slow = 4 * sum(weights) / total["requests"]
    check("percentiles are of both", slow > 0.1 and abs(total["p99_ms"] / 5000 - 1) < 0.013 and total["p50_ms"] < 1000, total)
    out = run("stats", dir)[1]
    check("people are told how much of each", f"Counted: 900 requests, in {whole['frames_counted']} frame" in out and
          "from 16 events in 1 frame without counts" in out, out)
    by = answer("stats", "--by", "outcome", dir)
    check("by another field the total is the same", near(by["total"]["requests"], total["requests"]), by["total"])


def summary_is_right(found, numbers, kept):
    """Of --of, beside (value, weight) of its events."""
    weight = sum(weight for _, weight in numbers)
    wanted = {"mean": sum(value * weight for value, weight in numbers) / weight, "max": max(value for value, _ in numbers)}
    for name, share in (("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99)):
        wanted[name] = quantile(numbers, share)
    return near(found["requests"], weight) and found["kept"] == kept and found["percentiles_exact"] and all(
        near(found[name], value) for name, value in wanted.items())


def check_numbers(lines, paths, foreign):
    """stats --of: any number, below zero too, by any field."""
    events = [json.loads(line) for line in lines]
    number = lambda event, field: event.get(field) if isinstance(event.get(field), (int, float)) and not isinstance(event.get(field), bool) else None
    for field, by, options in (("duration_ms", "name", ()), ("duration_ms", "region", ("--by", "region")),
                               ("mixed", "name", ()), ("sample_weight", "flag", ("--by", "flag"))):
        found = answer("stats", "--of", field, *options, *paths)
        having = [event for event in events if number(event, field) is not None]
        check("events without a number are counted", found["events_without"] == len(events) - len(having), field)
        pairs = lambda some: [(number(event, field), weight_of(event)) for event in some]
        check("the numbers of all are described", summary_is_right(found["total"], pairs(having), len(having)), field, found["total"])
        groups = collections.defaultdict(list)
        for event in having:
            groups[event.get(by)].append(event)
        check("each group is there", {group["key"] for group in found["groups"]} == set(groups), field, by)
        for group in found["groups"]:
            some = groups[group["key"]]
            check("the numbers of a group are described", summary_is_right(group, pairs(some), len(some)), field, group)
        requests = [group["requests"] for group in found["groups"]]
        check("the most requests come first", requests == sorted(requests, reverse=True))
        check("a foreign file gives the same", answer("stats", "--of", field, *options, foreign) == found)
    rows = run("stats", "--of", "duration_ms", "--by", "region", *paths)[1].splitlines()
    check("people get a table", rows[0].split() == ["region", "requests", "mean", "p50", "p90", "p95", "p99", "max", "kept"], rows[0])
    code, out, err = run("stats", "--of", "region", *paths)
    check("a field without numbers is said", (code, out) == (1, "") and "no event has a number in region" in err, err)


def check_over_time(lines, path):
    """stats --over: each span by hand."""
    events = [json.loads(line) for line in lines]
    def begin(event, seconds):
        time = datetime.datetime.fromisoformat(event["timestamp"].replace("Z", "+00:00")).timestamp()
        return datetime.datetime.fromtimestamp(time // seconds * seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    for text, seconds in (("1m", 60), ("10s", 10), ("1h", 3600), ("1d", 86400)):
        found = answer("stats", "--over", text, path)
        numbers = answer("stats", "--over", text, "--of", "duration_ms", path)
        spans = collections.defaultdict(list)
        for event in events:
            spans[begin(event, seconds)].append(event)
        for one in (found, numbers):
            check("spans are in their order", one["over"] == text and [group["key"] for group in one["groups"]] == sorted(spans), text)
        for group, summary in zip(found["groups"], numbers["groups"]):
            some = spans[group["key"]]
            durations = [(max(0, event["duration_ms"]), weight_of(event)) for event in some]
            check("a span has its requests", near(group["requests"], sum(map(weight_of, some))) and group["kept"] == len(some) and
                  near(group["errors"], sum(weight_of(e) for e in some if e["outcome"] != "success")), group)
            check("a span has its percentiles", all(near(group[f"p{share}_ms"], quantile(durations, share / 100)) for share in (50, 90, 99)), group)
            check("and those of a field", summary_is_right(summary, [(e["duration_ms"], weight_of(e)) for e in some], len(some)), summary)
    code, out, err = run("stats", "--over", "1h", path)
    rows = out.splitlines()
    check("a pipe gets rows without bars", code == 0 and rows[0].startswith("time") and "█" not in out and
          rows[1].startswith("2026-11-23T10:00:00Z"), out)
    for wrong in ("1x", "0s", "m"):
        code, out, err = run("stats", f"--over={wrong}", path)
        check("a span that is none is refused in one sentence", code == 2 and err.count("\n") == 1 and not out, wrong, code, err)
    check("--over and --by exclude each other", run("stats", "--over", "1m", "--by", "region", path)[0] == 2)
    some = [{"timestamp": f"2026-11-23T{hour}:00:30Z"} for hour in ("10", "10", "12", "23")] + [{"timestamp": "yesterday"}, {}]
    gaps = "".join(line_of(event) + "\n" for event in some).encode()
    labels = [tuple(row.split()[:2]) for row in run("stats", "--over", "1h", "-", stdin=gaps)[1].splitlines()[1:] if row[0] != "─"]
    check("a span without events is a row", labels[:4] == [("2026-11-23T10:00:00Z", "2"), ("2026-11-23T11:00:00Z", "0"),
                                                           ("2026-11-23T12:00:00Z", "1"), ("2026-11-23T13:00:00Z", "0")], labels)
    check("what has no time comes last", labels[-2] == ("(none)", "2") and labels[-3][0] == "2026-11-23T23:00:00Z", labels)
    minutes = run("stats", "--over", "1m", "-", stdin=gaps)[1]
    check("many spans without events are one row", "(119 spans without events)" in minutes and "(659 spans without events)" in minutes, minutes)


def check_greatest(lines, path):
    """grep --sort gives what a stable sort gives."""
    def by(line):
        value = json.loads(line).get("duration_ms")
        return (2, value, "") if isinstance(value, (int, float)) else (1, 0, value) if isinstance(value, str) else (0, 0, "")
    failed = [line for line in lines if json.loads(line)["outcome"] == "error"]
    expected = sorted(failed, key=by, reverse=True)
    check("grep --sort has the greatest first", run("grep", "outcome=error", "--sort", "duration_ms", path)[1].splitlines() == expected)
    check("grep --sort --max N finds the greatest N",
          run("grep", "outcome=error", "--sort", "duration_ms", "--max", "5", path)[1].splitlines() == expected[:5])
    check("and counts them", run("grep", "outcome=error", "--sort", "duration_ms", "--max", "5", "--count", path)[1] == "5\n")


def check_tail_of_some(lines, path):
    """tail with expressions gives the newest of those that match."""
    some = [line for line in lines if json.loads(line)["region"] == "eu" and json.loads(line)["outcome"] == "error"]
    newest = sorted(some, key=lambda line: json.loads(line)["timestamp"])[-7:]
    check("tail takes expressions", run("tail", "-n", "7", "region=eu", "outcome=error", path)[1].splitlines() == newest)
    code, out, err = run("tail", "region=nowhere", path)
    check("tail says that none matches", (code, out) == (1, "") and "no event matches" in err, err)


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)
    return path


def main(dir):
    # A journal as it is written, torn and flipped: what is whole is counted, what is not is said.
    logs = os.path.join(dir, "logs")
    subprocess.run([os.environ["PROGRAMS_DIR"] + "/write_journal", logs, "3000", "250"], check=True)
    segment = os.path.join(logs, os.listdir(logs)[0])
    whole = open(segment, "rb").read()
    cat = lambda path: subprocess.run([WIDELINE, "cat", path], capture_output=True).stdout.decode().splitlines()
    check_all(cat(logs), [logs], sampled_away={"otherwise": 40 * 12, "health": 2 * 12})
    check_all(cat(logs), ["-"], stdin=whole)
    torn = write(os.path.join(dir, "torn.jsonl.zst"), whole[:-900])
    flipped = write(os.path.join(dir, "flipped.jsonl.zst"), whole[:len(whole) // 2] + b"XXXX" + whole[len(whole) // 2 + 4:])
    for damaged in (torn, flipped):
        check_all(cat(damaged), [damaged], status=1)
        check("damage is said", "at byte" in run("schema", damaged)[2])

    # What a service counted is exact where all of its frames can be read, and estimated where one cannot.
    counted = os.path.join(dir, "counted")
    subprocess.run([os.environ["PROGRAMS_DIR"] + "/journal_life", "log", counted, "900"], check=True, capture_output=True)
    check("what was counted is exact", answer("stats", counted)["total"]["counted"])
    check("all of it was read", answer("stats", counted)["all_read"])
    check("of a time it is not", not answer("stats", counted, "--since", "1h")["total"]["counted"])
    check_counted_in_part(counted, os.path.join(dir, "in_part"))
    first = os.path.join(counted, sorted(os.listdir(counted))[0])
    data = bytearray(open(first, "rb").read())
    data[len(data) // 2] ^= 255
    write(first, data)
    lost = answer("stats", counted, status=1)
    check("what is lost with a frame is said to be missing, and in no figure",
          not lost["all_read"] and 0 < lost["total"]["requests"] < 900 and lost["total"]["counted"], lost["total"])
    check("people are told so", "could not be read are in none" in run("stats", counted)[1])

    # Random events of every kind, plain, foreign, and with lines that are no events.
    for seed in range(3):
        rng = random.Random(seed)
        lines = [line_of(random_event(rng, number)) for number in range(2000)]
        text = "".join(line + "\n" for line in lines).encode()
        plain = write(os.path.join(dir, f"plain{seed}.jsonl"), text)
        foreign = os.path.join(dir, f"foreign{seed}.jsonl.zst")
        subprocess.run(["zstd", "-q", plain, "-o", foreign], check=True)
        streamed = subprocess.run(["zstd", "-q", "-19"], input=text, capture_output=True, check=True).stdout
        for paths, stdin in (([plain], None), ([foreign], None), (["-"], streamed)):
            check_cost(lines, paths, stdin=stdin)
            schema = check_schema(lines, paths, stdin=stdin)
            found = check_diff(lines, paths, lambda e: e["outcome"] != "success", stdin=stdin)
            first = found["differences"][0]
            check("the planted cause comes first", (first["field"], first.get("value")) == ("region", "ap"), first)
            check("ids are left out", found["left_out"] == ["event_id"] or "event_id" not in
                  [one["field"] for one in found["differences"]])
        check_diff(lines, [plain], lambda e: e["region"] == "eu" and e["duration_ms"] > 12.5,
                   "--where", "region=eu", "--where", "duration_ms>12.5")
        check_diff(lines, [plain], lambda e: e["name"] != "search", "--where", "name!=search")
        check_diff(lines, [plain], lambda e: e.get("flag", True) not in (True, None), "--where", "flag!=true")
        check_diff(lines, [plain], lambda e: "flag" in e, "--where", "flag")
        check_diff(lines, [plain], lambda e: "a" in e["region"], "--where", "region~a")
        check_diff([line for line in lines if json.loads(line)["region"] == "eu"], [plain], lambda e: e["outcome"] != "success",
                   "--within", "region=eu")
        check_numbers(lines, [plain], foreign)
        check_over_time(lines, plain)
        check_greatest(lines, plain)
        check_tail_of_some(lines, plain)
        check_selected([json.loads(line) for line in lines], plain, foreign)
        middle = sorted(json.loads(line)["timestamp"] for line in lines)[len(lines) // 2]
        later = [line for line in lines if json.loads(line)["timestamp"] >= middle]
        failed = [line for line in later if json.loads(line)["outcome"] != "success"]
        for paths in ([plain], [foreign]):
            check_diff(later, paths, lambda e: e["outcome"] != "success", "--since", middle)
            check("schema reads what is selected", json.loads(run(
                "schema", "--json", "--errors", "--since", middle, *paths)[1])["events"] == len(failed))
        mixed = os.path.join(dir, f"mixed{seed}")
        os.makedirs(os.path.join(mixed, "deeper.jsonl"))
        write(os.path.join(mixed, "a.jsonl"), "".join(line + "\n" for line in lines[:900]).encode())
        write(os.path.join(mixed, ".hidden.jsonl"), text)
        write(os.path.join(mixed, "notes.txt"), b"no events\n")
        subprocess.run(["zstd", "-q", "-o", os.path.join(mixed, "b.jsonl.zst")], check=True,
                       input="".join(line + "\n" for line in lines[900:]).encode())
        check("a directory is all the lines in it, plain and compressed", cat(mixed) == lines, seed)
        check_cost(lines, [mixed])
        bad = write(os.path.join(dir, "bad.jsonl"), text + b"no json\n{\"cut\":\n")
        check("lines that are no events are said", all(
            run(verb, bad)[0] == 1 and "2 lines" in run(verb, bad)[2] for verb in ("cost", "schema", "diff")))
    check_changes(dir, schema, plain)

    code, out, err = run("schema", "--until", "2001-01-01", segment)
    check("nothing selected is said", code == 1 and "no event was selected" in err, err)

    # People: ids left out are counted; wrong usage is one sentence; closed pipes are quiet.
    out = run("diff", segment, "--where", "name=search")[1]
    check("diff's heading says the selection", out.startswith("name=search: "), out[:80])
    for arguments in (["diff", "--where", "=x", plain], ["diff", "--where", "a~(", plain],
                      ["schema", "--json-schema", "--clickhouse", plain], ["schema", "--check", "/nowhere", plain],
                      ["cost"], ["cost", "/nowhere"]):
        code, out, err = run(*arguments)
        check("wrong usage is one sentence", code == 2 and err.count("\n") == 1 and not out, arguments, code, err)
    empty = write(os.path.join(dir, "empty.jsonl"), b"")
    for verb in ("cost", "schema", "diff"):
        code, out, err = run(verb, empty)
        check("no events are said", code == 1 and err == "wideline: there are no events\n", verb, code, err)
        piped = subprocess.Popen([WIDELINE, verb, "--json", segment], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        piped.stdout.close()
        check("a closed pipe ends quietly", piped.stderr.read() == b"" and piped.wait() == 0, verb)
    code, out, err = run("diff", "--where", "region=nowhere", plain)
    check("an empty selection is said", code == 1 and "no event" in err, err)
    hostile = write(os.path.join(dir, "hostile.jsonl"), b'{"a\\u001b[31m":"\\u009b","outcome":"error"}\n{"b":"\\u001b"}\n' * 50)
    for verb in ("cost", "schema", "diff"):
        out = run(verb, hostile)[1]
        check("an event does not reach the terminal's controls", "\x1b" not in out and "\x9b" not in out, verb)


with tempfile.TemporaryDirectory() as directory:
    main(directory)
sys.exit(verdict("the verbs say what the lines say"))
