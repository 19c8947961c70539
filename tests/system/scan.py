#!/usr/bin/env python3
"""wideline scan: finds what redaction would take, in plain lines and in journals, and never prints it. In the demo's recorded
traffic, which has no secrets, it finds the addresses that crawlers give for contact, and nothing else."""
import csv, gzip, json, os, re, subprocess, sys, tempfile

from support.checks import WIDELINE, check, verdict

TRAFFIC = os.path.join(os.environ["SOURCE_DIR"], "examples", "data", "site_traffic.csv.gz")


def scan(*paths, given=None):
    done = subprocess.run([WIDELINE, "scan", *paths], input=given, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def rows_of(table):
    return [line.split() for line in table.splitlines()[1:]]


def traffic():
    with gzip.open(TRAFFIC, "rt") as file:
        for row in csv.DictReader(file):
            yield {"timestamp": "2026-11-23T22:00:00.000000Z", "name": row["method"], "url.path": row["path"],
                   "url.full": "https://site.example" + row["path"], "http.response.status_code": int(row["status"]),
                   "referrer": row["referrer_host"], "user_agent.original": row["user_agent"],
                   "client": row["client"], "event_id": "0193482a-4111-7111-8111-111111111111",
                   "bytes": row["bytes"]}


def main(dir):
    lines = "".join(json.dumps(event) + "\n" for event in traffic())
    out = scan("-", given=lines)[1]
    contacts = sum(bool(re.search(r"[\w.-]+@[\w-]+\.\w+", event["user_agent.original"])) for event in traffic())
    check("recorded traffic has nothing but contacts", rows_of(out) == [["user_agent.original", "emails", str(contacts)]], out)
    check("nor has a journal of the library's own", scan_of_journal(dir)[0] == 0, scan_of_journal(dir))

    secrets = ["hunter2hunter2", "planted@example.com", "4111111111111111", "GB82WEST12345698765432"]
    events = [{"name": "GET /?token=" + secrets[0], "password": secrets[0], "auth": {"apiKey": secrets[0], "n": 1}},
              {"user.mail": secrets[1], "list": ["a", "b " + secrets[1]], secrets[1]: 1, "note": "m\u0061il " + secrets[1]},
              {"payment": "card " + secrets[2], "to": secrets[3], "token.count": 7, "password": 5, "cookie": "***"}]
    code, out, err = scan("-", given="".join(json.dumps(event) + "\n" for event in events))
    check("what is there is found", code == 1, out + err)
    for secret in secrets:
        check("no value is printed", secret not in out + err, out + err)
    found = {(key, kind): int(count) for key, kind, count in rows_of(out)}
    check("by key and kind, with counts", found == {
        ("name", "urls"): 1, ("password", "defaults"): 1, ("auth", "defaults"): 1, ("user.mail", "emails"): 1,
        ("list", "emails"): 1, ("[email]", "keys"): 1, ("note", "emails"): 1, ("payment", "cards"): 1,
        ("to", "ibans"): 1}, out)

    code, out, err = scan("-", given='{"a": 1}\nno json\n')
    check("lines that are not JSON are said", code == 1 and "1 line" in err, err)
    check("a path that is not there", scan(os.path.join(dir, "nothing"))[0] == 2)


def scan_of_journal(dir):
    logs = os.path.join(dir, "logs")
    if not os.path.exists(logs):
        subprocess.run([os.environ["PROGRAMS_DIR"] + "/write_journal", logs, "500", "40"], check=True)
    return scan(logs)


with tempfile.TemporaryDirectory() as directory:
    main(directory)
sys.exit(verdict("scan found what there was, and said none of it"))
