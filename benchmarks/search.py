"""Searching and asking a journal of a million events, beside zstdcat | grep, jq and DuckDB on the same bytes.

    measure(build, figures)   seconds and GB/s of lines into figures
    add_rows(table)           their rows

Everything is read from the page cache. Repetitions take turns, so that what disturbs the machine disturbs all. A command
whose answer is not the one that the plain lines give ends the run.
"""
import ctypes
import os
import shutil
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EVENTS = 1_000_000
REPETITIONS = 3
JQ_EVENTS = 20_000
LINES_A_SECOND = "GB/s"
QUESTION = 'select "http.route", sum(sample_weight), count(*) from events group by all order by 1'


class SearchFailed(Exception):
    pass


def run(command, cores=None, shell=False, may_find_nothing=False):
    """Standard output and seconds. On the first `cores` cores, or all."""
    pin = (lambda: os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])) if cores else None
    began = time.monotonic()
    done = subprocess.run(command, shell=shell, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=pin)
    seconds = time.monotonic() - began
    if done.returncode != 0 and not (may_find_nothing and done.returncode == 1):
        raise SearchFailed(f"{command}: exit {done.returncode}: {done.stderr.decode(errors='replace')[:300]}")
    return done.stdout, seconds


class Journal:
    """Written once; build/release/search may be deleted at any time."""

    def __init__(self, build):
        self.command = str(build / "bin" / "wideline")
        writer = build / "benchmarks" / "bench_search_journal"
        self.directory = build / "search" / "journal"
        if not self.directory.exists() or writer.stat().st_mtime > self.directory.stat().st_mtime:
            shutil.rmtree(self.directory.parent, ignore_errors=True)
            fresh = build / "search" / "unfinished"
            subprocess.run([writer, fresh, str(EVENTS)], check=True)
            fresh.rename(self.directory)
        self.segments = sorted(str(path) for path in self.directory.glob("*.jsonl.zst"))
        self.zstdcat = "zstdcat " + " ".join(f"'{path}'" for path in self.segments)
        self.raw_bytes = int(run(self.zstdcat + " | wc -c", shell=True)[0])  # Into the page cache, too.
        self.trace_id = run(self.zstdcat + f" | sed -n '{EVENTS * 7 // 10}{{p;q}}' | grep -o '\"trace_id\":\"[0-9a-f]*' "
                            "| cut -d'\"' -f4", shell=True)[0].decode().strip()

    def grep(self, *expressions, cores=None):
        return run([self.command, "grep", *expressions, str(self.directory)], cores, may_find_nothing=True)

    def keep_no_columns(self):
        shutil.rmtree(self.directory / ".wideline-cache", ignore_errors=True)


def expect(what, got, wanted):
    if got != wanted:
        raise SearchFailed(f"{what}: {got!r:.200} where the plain lines give {wanted!r:.200}")


def one_trace(journal, note):
    plain = f"{journal.zstdcat} | LC_ALL=C grep -F {journal.trace_id}"
    for _ in range(REPETITIONS):
        theirs, seconds = run(plain, shell=True)
        note("zstdcat to grep", seconds)
        ours, seconds = journal.grep(f"trace_id={journal.trace_id}")
        note("one trace id", seconds)
        expect("grep trace_id=…", ours, theirs)


def scans(journal, note):
    """Conditions that no index serves, each with a plain regular expression for the same events."""
    text = "c_" + journal.trace_id[:6]
    conditions = {"a number above": ("db.duration_ms>400", '"db.duration_ms":([4-9][0-9]{2}|[0-9]{4,})\\.'),
                  "a regular expression": ("cart.id~^c_0000", '"cart.id":"c_0000'),
                  "free text": (text, text)}
    for name, (condition, pattern) in conditions.items():
        theirs, _ = run(f"{journal.zstdcat} | LC_ALL=C grep -E '{pattern}'", shell=True, may_find_nothing=True)
        for _ in range(REPETITIONS):
            for cores in (1, 2):
                ours, seconds = journal.grep(condition, cores=cores)
                note(f"{name}, {cores} cores {LINES_A_SECOND}", journal.raw_bytes / seconds / cores / 1e9)
                expect(f"grep {condition}", ours, theirs)
    for _ in range(REPETITIONS):
        _, seconds = run(["zstd", "-dc", *journal.segments, "-o", "/dev/null", "-f"], cores=1)
        note(f"zstd -dc {LINES_A_SECOND}", journal.raw_bytes / seconds / 1e9)
        _, seconds = run(journal.zstdcat + " | LC_ALL=C grep -cE '\"cart.id\":\"c_0000'", shell=True)
        note(f"zstdcat to grep {LINES_A_SECOND}", journal.raw_bytes / seconds / 1e9)
    if shutil.which("jq") is None:
        return
    slice_of_lines = f"{journal.zstdcat} 2>/dev/null | head -n {JQ_EVENTS}"
    bytes_of_slice = int(run(slice_of_lines + " | wc -c", shell=True)[0])
    for _ in range(REPETITIONS):
        _, seconds = run(slice_of_lines + " | jq -c 'select(.\"db.duration_ms\" > 400)'", shell=True)
        note(f"zstdcat to jq {LINES_A_SECOND}", bytes_of_slice / seconds / 1e9)


class DuckDb:
    """One statement in a new database by libduckdb's C API, as `wideline query` has it."""

    def __init__(self, path):
        self.library = ctypes.CDLL(path)
        self.library.duckdb_result_error.restype = ctypes.c_char_p
        self.library.duckdb_value_varchar.restype = ctypes.c_void_p
        self.library.duckdb_row_count.restype = ctypes.c_uint64
        self.library.duckdb_value_varchar.argtypes = [ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint64]

    def rows(self, sql):
        database, connection, result = ctypes.c_void_p(), ctypes.c_void_p(), (ctypes.c_uint64 * 6)()
        if self.library.duckdb_open(None, ctypes.byref(database)) != 0:
            raise SearchFailed("DuckDB does not open")
        self.library.duckdb_connect(database, ctypes.byref(connection))
        try:
            if self.library.duckdb_query(connection, sql.encode(), result) != 0:
                raise SearchFailed(self.library.duckdb_result_error(result).decode())
            return [[self.text(result, column, row) for column in range(3)]
                    for row in range(self.library.duckdb_row_count(result))]
        finally:
            self.library.duckdb_destroy_result(result)
            self.library.duckdb_disconnect(ctypes.byref(connection))
            self.library.duckdb_close(ctypes.byref(database))

    def text(self, result, column, row):
        owned = self.library.duckdb_value_varchar(result, column, row)
        text = ctypes.cast(owned, ctypes.c_char_p).value.decode()
        self.library.duckdb_free(ctypes.c_void_p(owned))
        return text


def questions(journal, note):
    """Nothing where DuckDB's library is not there (./dev duckdb brings it)."""
    library = os.environ.get("WIDELINE_DUCKDB", str(ROOT / "build" / "duckdb" / "libduckdb.so"))
    if not Path(library).exists():
        return
    os.environ["WIDELINE_DUCKDB"] = library
    duckdb = DuckDb(library)
    plain = f"(select * from read_json('{journal.directory}/*.jsonl.zst', format = 'newline_delimited'))"
    lines = journal.directory.parent / "plain.jsonl"
    run(f"{journal.zstdcat} > '{lines}'", shell=True)
    try:
        for source, table in (("plain lines", f"read_json('{lines}', format = 'newline_delimited')"),
                              ("the same files", plain)):
            for _ in range(2):
                began = time.monotonic()
                theirs = duckdb.rows(QUESTION.replace("from events", f"from {table}"))
                note(f"DuckDB, {source}", time.monotonic() - began)
    finally:
        lines.unlink()
    ask = [journal.command, "query", "--csv", QUESTION, str(journal.directory)]
    journal.keep_no_columns()
    _, seconds = run(ask)
    note("first question", seconds)
    for _ in range(2 * REPETITIONS):
        answer, seconds = run(ask)
        note("second question", seconds)
    ours = [line.split(",") for line in answer.decode().splitlines()[1:]]
    expect("query", [[route, float(weight), int(count)] for route, weight, count in ours],
           [[route, float(weight), int(count)] for route, weight, count in theirs])


def measure(build, figures):
    journal = Journal(build)

    def note(name, value):
        figures.setdefault("search: " + name, []).append(value)

    one_trace(journal, note)
    scans(journal, note)
    questions(journal, note)


def add_rows(table):
    def name(text):
        return "search: " + text

    table.ratio("one trace id among a million events", name("one trace id"), "zstdcat to grep", name("zstdcat to grep"),
                unit="s", at_most=1 / 50)
    for what in ("a number above", "a regular expression", "free text"):
        for cores in (1, 2):
            rate = name(f"{what}, {cores} cores {LINES_A_SECOND}")
            table.at_least(f"a scan for {what}, {'one core' if cores == 1 else 'each of two cores'}", rate, LINES_A_SECOND,
                           1.5)
        for peer in ("zstd -dc", "zstdcat to grep", "zstdcat to jq"):
            table.ratio("", name(f"{what}, 1 cores {LINES_A_SECOND}"), peer, name(f"{peer} {LINES_A_SECOND}"),
                        unit=LINES_A_SECOND)
    table.limit("a second question by SQL", name("second question"), "s", 0.1)
    for what in ("first question", "second question"):
        for source in ("plain lines", "the same files"):
            table.ratio(f"the {what} by SQL", name(what), f"DuckDB, {source}", name(f"DuckDB, {source}"), unit="s")
