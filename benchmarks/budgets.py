#!/usr/bin/env python3
"""Runs the benchmarks and holds what they say against the budgets, beside the peers of the same run.

    benchmarks/budgets.py BUILD_DIR [--write]      (./dev bench calls it)

A figure is the median of its repetitions; "noise" is how far the farthest of our repetitions lies from it. --write puts
the table into docs/performance.md too. Exits with 1 where a benchmark did not run, never because a budget was missed.
"""
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import search

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- ./dev bench --write: begin -->\n", "<!-- ./dev bench --write: end -->\n"
REPETITIONS = 5


# --- measuring

class Figures(dict):
    """name -> the repetitions' figures; absent where a peer, or the benchmark, is not there."""

    def median(self, name):
        return statistics.median(self[name]) if name in self else None

    def noise(self, name):
        middle = self.median(name)
        return max(abs(value - middle) for value in self[name]) / middle if middle else 0


def google_benchmark(program, figures, allocations):
    """Nanoseconds an iteration: CPU time of all its threads, or the manual time where only bursts are timed."""
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        subprocess.run([program, "--benchmark_min_time=0.08", f"--benchmark_repetitions={REPETITIONS}",
                        "--benchmark_enable_random_interleaving=true", f"--benchmark_out={out.name}",
                        "--benchmark_out_format=json"], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        runs = json.loads(Path(out.name).read_text())["benchmarks"]
    unit = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}
    for run in runs:
        if run.get("error_occurred"):
            raise SystemExit(f"{program.name}: {run['name']}: {run['error_message']}")
        if run["run_type"] != "iteration":
            continue
        manual = "/manual_time" in run["run_name"]
        name = run["run_name"].replace("/manual_time", "").replace("/threads:1", "").split("/iterations:")[0]
        figures.setdefault(name, []).append(run["real_time" if manual else "cpu_time"] * unit[run["time_unit"]])
        if "allocations" in run:
            allocations.setdefault(name, []).append(run["allocations"])
        if "bytes_per_second" in run:
            figures.setdefault(name + " MB/s", []).append(run["bytes_per_second"] / 1e6)


def compile_seconds(command):
    if shutil.which(command[0]) is None:
        return None
    seconds = []
    for _ in range(REPETITIONS + 1):  # the first one reads the files
        began = time.monotonic()
        if subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0:
            return None
        seconds.append(time.monotonic() - began)
    return seconds[1:]


def compile_times(figures, directory):
    prefixes = [path for path in os.environ.get("CMAKE_PREFIX_PATH", "").replace(";", ":").split(":") if path]
    includes = [f"-I{ROOT}/include"] + [f"-isystem{path}/include" for path in prefixes]
    sources = {
        "wideline.hpp": "#include <wideline/wideline.hpp>\n",
        "spdlog.h": "#define SPDLOG_COMPILED_LIB\n#define SPDLOG_FMT_EXTERNAL\n#include <spdlog/spdlog.h>\n",
        "quill": "#include <quill/Backend.h>\n#include <quill/Frontend.h>\n#include <quill/LogMacros.h>\n"
                 "#include <quill/Logger.h>\n#include <quill/sinks/ConsoleSink.h>\n",
    }
    for compiler in ("g++", "clang++"):
        for name, text in sources.items():
            source = directory / "header.cpp"
            source.write_text(text)
            seconds = compile_seconds([compiler, "-std=c++20", *includes, "-fsyntax-only", str(source)])
            if seconds:
                figures[f"{compiler} {name}"] = seconds
        seconds = compile_seconds([compiler, "-std=c++20", *includes, "-O2", "-c", "-o", str(directory / "o.o"),
                                   str(ROOT / "examples" / "checkout.cpp")])
        if seconds:
            figures[f"{compiler} checkout.cpp"] = seconds


def program_size(build, directory, source):
    program = directory / "program"
    subprocess.run(["g++", "-std=c++20", "-O2", f"-I{ROOT}/include", str(source), "-s", "-o", str(program),
                    str(build / "src" / "libwideline.a"), "-lfmt", "-lzstd"], check=True)
    return program.stat().st_size


# --- the table

def number(value, digits=3):
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.{digits}g}"


class Table:
    head = ("what", "ours", "noise", "peer", "peer's", "ratio", "budget", "")

    def __init__(self, figures):
        self.figures = figures
        self.rows = []

    def ratio(self, what, ours, peer_name, peer, unit="ns", at_most=None, at_least=None):
        """A row "ours : peer". at_most and at_least bound ours / peer. Left out where we or the peer were not measured."""
        us, them = self.figures.median(ours), self.figures.median(peer) if isinstance(peer, str) else peer
        if us is None or them is None:
            return
        ratio = us / them
        bound, met = "", ""
        if at_most is not None:
            bound, met = f"<= {at_most:.3g}", "met" if ratio <= at_most else "missed"
        if at_least is not None:
            bound, met = f">= {at_least:.3g}", "met" if ratio >= at_least else "missed"
        self.rows.append((what, f"{number(us)} {unit}", f"{self.figures.noise(ours):.0%}", peer_name,
                          f"{number(them)} {unit}", f"{ratio:.3g}", bound, met))

    def limit(self, what, ours, unit, at_most):
        value = self.figures.median(ours)
        if value is None:
            return
        self.rows.append((what, f"{number(value)} {unit}", f"{self.figures.noise(ours):.0%}", "", "", "",
                          f"<= {at_most:g} {unit}", "met" if value <= at_most else "missed"))

    def at_least(self, what, ours, unit, bound):
        value = self.figures.median(ours)
        if value is None:
            return
        self.rows.append((what, f"{number(value)} {unit}", f"{self.figures.noise(ours):.0%}", "", "", "",
                          f">= {bound:g} {unit}", "met" if value >= bound else "missed"))

    def figure(self, what, ours, unit):
        if ours in self.figures:
            self.rows.append((what, f"{number(self.figures.median(ours))} {unit}", f"{self.figures.noise(ours):.0%}", "",
                              "", "", "", ""))


def plain(rows, right):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(cell.rjust(w) if i in right else cell.ljust(w)
                               for i, (cell, w) in enumerate(zip(row, widths))).rstrip() for row in rows)


def markdown(rows, right):
    line = "|" + "|".join("---:" if i in right else "---" for i in range(len(rows[0]))) + "|"
    head, *rest = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([head, line, *rest])


def budgets(figures, allocations):
    table = Table(figures)
    away, bare, clocks = "SampledAway/wideline", figures.median("bare_append"), figures.median("two_clock_reads")
    table.ratio("40 fields, sampled away", away, "2 x bare append + 2 clock reads", 2 * bare + clocks, at_most=1)
    table.ratio("", away, "bare append of the same bytes", "bare_append")
    table.ratio("", away, "opentelemetry-cpp, head decision", "opentelemetry_head", at_most=1)
    table.ratio("", away, "opentelemetry-cpp, tail decision", "opentelemetry_tail", at_most=1 / 20)
    table.ratio("", away, "nlohmann::json", "nlohmann_json", at_most=1 / 20)
    table.ratio("", away, "Boost.Log", "boost_log")
    table.ratio("", away, "spdlog, line by fmt", "spdlog_line")
    table.ratio("", away, "vector of pairs", "vector_of_pairs")
    table.ratio("the same by ten rules", "SampledAwayByTenRules/wideline", "no rule", away)
    rules = figures.median("SampledAwayByTenRules/wideline")
    if rules and figures.median(away):
        more = rules - figures.median(away)
        table.rows.append(("", f"{number(more)} ns more", "", "", "", "", "<= 60 ns", "met" if more <= 60 else "missed"))
    table.ratio("the same before a journal, in memory that outlives the process", "SampledAwayBeforeJournal/wideline",
                "in the process's own", away)
    table.ratio("the same, waiting for its trace to fail", "SampledAwayRetained/wideline", "not waiting", away)
    kept = "Kept/wideline"
    table.limit("40 fields, kept: the request's thread", kept, "ns", 250)
    table.ratio("the same before a journal", "KeptInJournal/wideline", "in the process's own memory", kept)
    table.ratio("", kept, "quill, 40 named arguments", "quill_named_arguments")
    table.ratio("", kept, "spdlog, asynchronous", "spdlog_async_line")
    table.ratio("", kept, "opentelemetry-cpp, batch", "opentelemetry_batch")
    for events in ("varied", "one"):
        table.ratio(f"a JSON line ({events})", f"encode_wideline/{events}", "rapidjson's Writer",
                    f"encode_rapidjson/{events}", at_most=0.4)
        table.ratio("", f"encode_wideline/{events}", "a plain writer by hand", f"encode_by_hand/{events}")
        table.ratio("", f"encode_wideline/{events}", "nlohmann::json dump", f"encode_nlohmann/{events}")
    table.ratio("encode, index, compress, append", "pipeline_wideline MB/s", "zstd -1 alone, same frames",
                "pipeline_zstd_alone MB/s", unit="MB/s", at_least=0.65)
    table.ratio("with the default redaction", "pipeline_wideline MB/s", "without redaction", "pipeline_no_redaction MB/s",
                unit="MB/s", at_least=0.97)
    table.ratio("with all detectors", "pipeline_all_detectors MB/s", "without redaction", "pipeline_no_redaction MB/s",
                unit="MB/s", at_least=0.75)
    for name, peer in (("allocations a request, warm", away), ("", "vector_of_pairs"), ("", "boost_log"),
                       ("", "opentelemetry_tail"), ("", "nlohmann_json")):
        if peer in allocations:
            made = statistics.median(allocations[peer])
            table.rows.append((name, number(made), "", "", "", "", "0", "met" if made == 0 else "missed")
                              if peer == away else ("", "", "", peer.replace("_", " "), number(made), "", "", ""))
    table.ratio("CPU a request, two threads", away + "/threads:2", "one thread", away, at_most=1.1)
    table.ratio("", away + "/threads:4", "one thread", away, at_most=1.1)
    for peer in ("bare_append", "nlohmann_json", "opentelemetry_tail"):
        one, two = figures.median(peer), figures.median(peer + "/threads:2")
        if one and two:
            table.rows.append(("", "", "", peer.replace("_", " ") + ", two : one", f"{number(two)} ns",
                               f"{two / one:.3g}", "", ""))
    add_frameworks(table)
    table.figure("a scrape of 200 names, 8 threads", "SampledAway/metrics/names:200/threads:8", "ns")
    for compiler in ("g++", "clang++"):
        table.limit(f"wideline.hpp, {compiler}", f"{compiler} wideline.hpp", "s", 0.5)
        for peer in ("spdlog.h", "quill"):
            table.ratio("", f"{compiler} wideline.hpp", peer, f"{compiler} {peer}", unit="s")
        table.figure(f"README's example, {compiler} -O2", f"{compiler} checkout.cpp", "s")
    table.ratio("README's example, stripped", "program", "an empty main", "empty program", unit="KiB")
    search.add_rows(table)
    return table


def add_frameworks(table):
    """A framework with wideline beside the framework alone."""
    table.ratio("a hop of a coroutine, in a flow", "asio_hop/flow(strand), request", "Boost.Asio's strand alone", "asio_hop/strand")
    table.ratio("", "asio_hop/flow_executor(io)", "Boost.Asio's io_context alone", "asio_hop/io")
    table.ratio("a coroutine of four hops, with an event", "asio_request/wideline", "alone", "asio_request/alone")
    table.ratio("a switch of fibers, in flows", "fiber_switch/wideline", "Boost.Fiber alone", "fiber_switch/alone")
    table.ratio("a fiber, with an event", "fiber_request/wideline", "alone", "fiber_request/alone")
    table.ratio("an HTTP request and response, with an event", "beast_exchange/wideline", "Boost.Beast alone",
                "beast_exchange/alone")
    table.ratio("", "httplib_exchange/wideline", "cpp-httplib alone", "httplib_exchange/alone")
    table.ratio("an RPC, with an event", "grpc_synchronous/wideline", "gRPC alone", "grpc_synchronous/alone")
    table.ratio("and a call of the client's request", "grpc_synchronous/wideline, client too", "gRPC alone", "grpc_synchronous/alone")
    table.ratio("by the callback API", "grpc_callback/wideline", "gRPC alone", "grpc_callback/alone")


def latency_rows(rows):
    percents = ("p50", "p90", "p99", "p99.9", "p99.99", "p100")
    return [("ns a request", *percents[:-1], "worst", "lost"),
            *((row["name"], *(f"{row[p]:,}" for p in percents), str(row["lost"])) for row in rows)]


def machine():
    def first_line(*command):
        if shutil.which(command[0]) is None:
            return None
        text = subprocess.run(command, capture_output=True, text=True).stdout
        return text.splitlines()[0] if text else None

    model = next((line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    packages = ("libspdlog-dev", "libboost-log1.74-dev", "rapidjson-dev", "nlohmann-json3-dev", "libfmt-dev", "libzstd-dev")
    versions = []
    for package in packages:
        version = subprocess.run(["dpkg-query", "-W", "-f=${Version}", package], capture_output=True, text=True).stdout \
            if shutil.which("dpkg-query") else ""
        if version:
            versions.append(f"{package} {version}")
    for prefix in os.environ.get("CMAKE_PREFIX_PATH", "").replace(";", ":").split(":"):
        for file in sorted(Path(prefix).glob("lib/cmake/*/*-config-version.cmake")) if prefix else []:
            for line in file.read_text().splitlines():
                if line.strip().lower().startswith("set(package_version "):
                    versions.append(f"{file.parent.name} {line.split()[1].strip(chr(34) + ')')}")
                    break
    return "\n".join([
        f"* {model}, {os.cpu_count()} cores; {platform.system()} {platform.release()}",
        f"* {first_line('g++', '--version')}; {first_line('clang++', '--version') or 'no clang++'}",
        f"* {'; '.join(versions)}",
        f"* commit {first_line('git', '-C', str(ROOT), 'rev-parse', '--short', 'HEAD')}, {time.strftime('%Y-%m-%d')}, "
        f"load {os.getloadavg()[0]:.1f} when it ended; medians of {REPETITIONS} repetitions, of searching fewer",
    ])


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--write"]
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print("usage: ./dev bench [--write]", file=sys.stderr)
        return 2
    build, figures, allocations, latency = Path(arguments[0]), Figures(), {}, []
    for program in sorted((build / "benchmarks").glob("bench_*_benchmark")):
        began = time.monotonic()
        print(f"{program.name[6:]:44}", end="", flush=True)
        if program.name == "bench_latency_benchmark":
            latency = json.loads(subprocess.run([program, "--json"], check=True, capture_output=True, text=True).stdout)
        else:
            google_benchmark(program, figures, allocations)
        print(f"{time.monotonic() - began:7.1f} s")
    print(f"{'search':44}", end="", flush=True)
    began = time.monotonic()
    search.measure(build, figures)
    print(f"{time.monotonic() - began:7.1f} s")
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        compile_times(figures, directory)
        empty = directory / "empty.cpp"
        empty.write_text("int main() {}\n")
        figures["program"] = [program_size(build, directory, ROOT / "examples" / "checkout.cpp") / 1024]
        figures["empty program"] = [program_size(build, directory, empty) / 1024]

    table = budgets(figures, allocations)
    tables = [([table.head, *table.rows], {1, 2, 4, 5}), (latency_rows(latency), set(range(1, 8)))]
    print("\n" + "\n\n".join([*(plain(*each) for each in tables), machine()]))
    if "--write" in sys.argv:
        page = PAGE.read_text()
        before, rest = page.split(BEGIN)
        after = rest.split(END)[1]
        PAGE.write_text(before + BEGIN + "\n" + "\n\n".join([machine(), *(markdown(*each) for each in tables)]) +
                        "\n\n" + END + after)
        print(f"\nwritten into {PAGE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
