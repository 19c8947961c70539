"""The prompt of `wideline query`, by keys pressed at a terminal: statements, mistakes, Ctrl-C, Ctrl-D, and tables that fit."""
import fcntl, os, pty, re, select, signal, struct, subprocess, sys, tempfile, termios, time, unicodedata

from support.checks import SKIPPED, WIDELINE, check, has_duckdb, verdict

CTRL_C, CTRL_D = b"\x03", b"\x04"
PROMPT, MORE = "events> ", "   ...> "


class Person:
    """Sits before a terminal of `columns` columns, where the program runs."""

    def __init__(self, columns, *arguments):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
            os.execv(WIDELINE, [WIDELINE, *arguments])

    def sees(self, wanted, most=60):
        """What comes until `wanted` does, without it."""
        text, end = b"", time.monotonic() + most
        while not text.endswith(wanted.encode()):
            if not select.select([self.terminal], [], [], max(0, end - time.monotonic()))[0]:
                break
            try:
                more = os.read(self.terminal, 1)
            except OSError:  # The program has gone.
                break
            text += more
        check(f"{wanted!r} comes", text.endswith(wanted.encode()), text[-500:])
        return text.decode(errors="replace").replace("\r\n", "\n").removesuffix(wanted)

    def types(self, text):
        os.write(self.terminal, text if isinstance(text, bytes) else text.encode())

    def asks(self, statement):
        """The answer, without the statement, which the terminal shows as it is typed."""
        self.types(statement + "\n")
        return self.sees(PROMPT).split("\n", statement.count("\n") + 1)[-1]

    def ends(self, most=60):
        end = time.monotonic() + most
        while time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                os.close(self.terminal)
                return status
            time.sleep(0.02)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        return "does not end"


def columns_of(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in text)


def test_statements(journal):
    person = Person(100, "query", journal)
    check("the prompt says how to use it", "Ctrl-D" in person.sees(PROMPT))
    person.types("select count(*) n,\n")
    person.sees(MORE)
    person.types("  sum(a) s\n")
    person.sees(MORE)
    answer = person.asks("from events;")
    check("a statement over several lines is answered", re.search(r"\b300 +44850\b", answer.replace(",", "")), answer)

    answer = person.asks("select nowhere from events;")
    check("a mistake is one sentence, and the prompt goes on",
          answer.startswith("wideline: ") and answer.count("\n") == 1, answer)
    check("and the next statement is answered", "42" in person.asks("select 42;"))

    started = time.monotonic()
    person.types("select sum(x.range * y.range) from range(10000000) x, range(10000000) y;\n")
    time.sleep(1)
    person.types(CTRL_C)
    person.sees(PROMPT)
    check("a statement that is stopped ends at once", time.monotonic() - started < 45, time.monotonic() - started)
    check("Ctrl-C stops the statement and not the program", "43" in person.asks("select 43;"))

    person.types("select 1\n")
    person.sees(MORE)
    person.types(CTRL_C)
    person.sees(PROMPT)
    check("Ctrl-C leaves a statement that is not ended", "44" in person.asks("select 44;"))
    person.types("selec" + CTRL_C.decode())
    person.sees(PROMPT)
    person.types(CTRL_C)
    person.sees(PROMPT)
    check("and at an empty prompt nothing", "45" in person.asks("select 45;"))

    person.types(CTRL_D)
    check("Ctrl-D ends, with status 0", person.ends() == 0)


def test_tables(journal):
    for columns in (40, 120):
        person = Person(columns, "query", journal)
        person.sees(PROMPT)
        answer = person.asks("select a, text, nothing, wide from events order by a limit 5;")
        table = [line for line in answer.split("\n") if line]
        check("a table fits its terminal", all(columns_of(line) <= columns for line in table), columns, answer)
        check("what is cut ends with …", "…" in answer, answer)
        check("null is told from a text", re.search(r"(?i)null", answer), answer)
        check("rows are rows", sum("日本" in line for line in table) == 5 or columns == 40, answer)
        ends = {columns_of(match[0]) for line in table for match in [re.match(r" *[0-4](?= )", line)] if match}
        check("numbers are aligned to the right", len(ends) == 1, ends, answer)
        person.types(CTRL_D)
        check("Ctrl-D ends", person.ends() == 0)


def main(directory):
    journal = directory + "/events.jsonl"
    with open(journal, "w", encoding="utf-8") as file:
        for i in range(300):
            file.write(f'{{"a":{i},"text":"{"long " * 60}","nothing":null,"wide":"日本語の長い文"}}\n')
    if not has_duckdb(journal):
        return SKIPPED
    test_statements(journal)
    test_tables(journal)
    return verdict("the prompt answers, stops and ends")


with tempfile.TemporaryDirectory() as name:
    result = main(name)
sys.exit(result)
