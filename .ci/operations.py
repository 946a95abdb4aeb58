#!/usr/bin/env python3
"""List the operations of BigCommerce's API descriptions: method, API generation, path.

    operations.py FOLDER > fixtures/operations.txt

The list is kept in the repository, so that a test can hold every path that vortex asks for against
it without the descriptions; CI compares it with them. Needs PyYAML.
"""
import glob
import os
import re
import sys

import yaml

METHODS = ("get", "put", "post", "delete", "patch", "head")
SERVER = re.compile(r"/stores/\{store_hash\}/(v[23])/?$")

lines = set()
for path in glob.glob(os.path.join(sys.argv[1], "**", "*.y*ml"), recursive=True):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    spec = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    server = spec["servers"][0]["url"]
    found = SERVER.search(server)
    if not found:
        continue
    for where, item in spec["paths"].items():
        where = re.sub(r"\{[^}]*\}", "{}", where)
        for method in METHODS:
            if method in item:
                lines.add(f"{method.upper()} {found.group(1)} {where}")
print("\n".join(sorted(lines, key=lambda l: (l.split(" ", 1)[1], l))))
