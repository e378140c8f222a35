"""check_wheel.py VERSION WHEEL...: checks what pip and PyPI check: names, metadata, tags, hashes and modes."""

import base64
import csv
import email
import hashlib
import io
import re
import sys
import zipfile
from pathlib import Path

version, *paths = sys.argv[1:]


def check(path):
    name, found, tag_python, tag_abi, platforms = path.stem.split("-")
    assert (name, found, tag_python, tag_abi) == ("enrichment_mock", version, "py3", "none"), path
    with zipfile.ZipFile(path) as wheel:
        assert wheel.testzip() is None
        files = {each.filename: (wheel.read(each), each.external_attr >> 16) for each in wheel.infolist()}
        assert len(files) == len(wheel.infolist()), "a file is there twice"
    about = f"{name}-{version}.dist-info"
    check_record(files, about)

    metadata = email.message_from_string(files[f"{about}/METADATA"][0].decode())
    assert metadata["Metadata-Version"] == "2.1"
    assert (metadata["Name"], metadata["Version"], metadata["Requires-Python"]) == ("enrichment-mock", version, ">=3.9")
    assert len(metadata["Summary"]) < 200 and metadata["Description-Content-Type"] == "text/markdown"
    readme = metadata.get_payload()
    assert readme.startswith("# enrichment-mock\n")
    assert not re.search(r"\]\((?!https://|#)", readme), "PyPI cannot follow a relative link"

    wheel_file = email.message_from_string(files[f"{about}/WHEEL"][0].decode())
    assert wheel_file["Wheel-Version"] == "1.0"
    assert wheel_file.get_all("Tag") == [f"py3-none-{each}" for each in platforms.split(".")]
    assert wheel_file["Root-Is-Purelib"] == str(platforms == "any").lower()

    program = f"{name}-{version}.data/scripts/enrichment-mock"
    assert (program in files) == (platforms != "any")
    for each, (content, mode) in files.items():
        assert mode == (0o100755 if each == program else 0o100644), each
        if each.endswith(".py"):
            compile(content, each, "exec", dont_inherit=True)
    assert "enrichment_mock/py.typed" in files


def check_record(files, about):
    record = files[f"{about}/RECORD"][0].decode()
    rows = {row[0]: row[1:] for row in csv.reader(io.StringIO(record))}
    assert sorted(rows) == sorted(files)
    for each, (content, _) in files.items():
        hashed = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        expected = ["", ""] if each == f"{about}/RECORD" else [f"sha256={hashed}", str(len(content))]
        assert rows[each] == expected, each


for each in paths:
    check(Path(each))
print(f"{len(paths)} wheels are as expected")
