#!/usr/bin/env python3
"""The samples of docs/async.md are what the examples say that the tests run: each block after `<!-- from FILE -->`."""
import os
import re
from pathlib import Path

ROOT = Path(os.environ["SOURCE_DIR"])
page = (ROOT / "docs" / "async.md").read_text(encoding="utf-8")

blocks = re.findall(r"<!-- from (\S+) -->\n```cpp\n(.*?)```", page, re.DOTALL)
assert blocks, "docs/async.md quotes no file"
assert len(blocks) == page.count("<!-- from "), "something stands between the name of a file and its block"
for file, block in blocks:
    assert block in (ROOT / file).read_text(encoding="utf-8"), f"docs/async.md has it otherwise than {file}:\n{block}"

programs = {path.relative_to(ROOT).as_posix() for path in (ROOT / "examples" / "async").glob("*.cpp")}
quoted = {file for file, _ in blocks} | set(re.findall(r"<!-- the file (\S+) -->", (ROOT / "README.md").read_text(encoding="utf-8")))
assert programs <= quoted, f"not quoted: {programs - quoted}"
