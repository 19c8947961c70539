"""What the system tests in Python share: checks that are counted, and what is needed for some of them."""
import os
import subprocess

WIDELINE = os.environ["WIDELINE_BIN"]
SKIPPED = 77
_failed = 0


def check(what, holds, *shown):
    global _failed
    if not holds:
        _failed += 1
        print("FAILED:", what, *(str(one)[:600] for one in shown))


def verdict(good):
    """Prints `good`, or how many checks failed; gives the exit status."""
    print(good if _failed == 0 else f"{_failed} checks failed")
    return 1 if _failed else 0


def has_duckdb(path):
    """Asked of any file of events. Where there is none, it is said."""
    asked = subprocess.run([WIDELINE, "query", "select 1 a", path], capture_output=True)
    there = not (asked.returncode == 2 and b"libduckdb" in asked.stderr)
    if not there:
        print("skipped: there is no DuckDB (./dev duckdb)")
    return there
