#!/usr/bin/env python3
"""The samples of the pages in docs are what the examples say that the tests run: each block after `<!-- from FILE -->`."""
import os
import re
from pathlib import Path

ROOT = Path(os.environ["SOURCE_DIR"])

quoted = set()
for page in (ROOT / "docs").glob("*.md"):
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"<!-- from (\S+) -->\n```cpp\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == text.count("<!-- from "), f"{page.name}: something stands between the name of a file and its block"
    for file, block in blocks:
        assert block in (ROOT / file).read_text(encoding="utf-8"), f"{page.name} has it otherwise than {file}:\n{block}"
        quoted.add(file)
assert quoted, "the pages quote no file"

programs = {path.relative_to(ROOT).as_posix() for folder in ("async", "logs") for path in (ROOT / "examples" / folder).glob("*.cpp")}
quoted |= set(re.findall(r"<!-- the file (\S+) -->", (ROOT / "README.md").read_text(encoding="utf-8")))
assert programs <= quoted, f"not quoted: {programs - quoted}"
