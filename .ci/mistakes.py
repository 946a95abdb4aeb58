"""Deletes what a careless import deletes: some of every kind that can be brought back.

Usage: mistakes.py BASE TOKEN, where BASE ends in the store hash.
"""

import json
import sys
import urllib.request

base, token = sys.argv[1:3]


def call(method, path):
    request = urllib.request.Request(base + path, method=method)
    request.add_header("X-Auth-Token", token)
    request.add_header("Accept", "application/json")
    with urllib.request.urlopen(request) as answer:
        body = answer.read()
    return json.loads(body) if body else []


def rows(path):
    answer = call("GET", path)
    return answer["data"] if isinstance(answer, dict) else answer


def some(path, filter, member="id", most=3, listed=None):
    ids = [row[member] for row in rows(listed or path)][:most]
    if ids:
        call("DELETE", f"{path}?{filter}=" + ",".join(map(str, ids)))


trees = ",".join(str(tree["id"]) for tree in rows("/v3/catalog/trees"))
some(
    "/v3/catalog/trees/categories",
    "category_id:in",
    "category_id",
    listed=f"/v3/catalog/trees/categories?tree_id:in={trees}",
)
some("/v3/storefront/redirects", "id:in")
some("/v3/content/pages", "id:in")
some("/v3/customers", "id:in")
some("/v3/catalog/products", "id:in", most=12)
for path in ["/v2/coupons", "/v2/gift_certificates", "/v2/blog/posts"]:
    for row in rows(path)[:2]:
        if row.get("type") != "promotion":
            call("DELETE", f"{path}/{row['id']}")
