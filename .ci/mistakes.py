"""Deletes and spoils what a careless import does: some of every kind that can be brought back.

Usage: mistakes.py BASE TOKEN, where BASE ends in the store hash.
"""

import json
import sys
import urllib.request

base, token = sys.argv[1:3]


def call(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(base + path, data=data, method=method)
    if body is not None:
        request.add_header("Content-Type", "application/json")
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

# What the API serves beside an object, of the living: changed, gone, and one too many.
values = rows("/v3/customers/attribute-values")
for row in values[:1]:
    body = {"attribute_id": row["attribute_id"], "customer_id": row["customer_id"], "value": "spoilt"}
    call("PUT", "/v3/customers/attribute-values", [body])
if values[1:]:
    call("DELETE", f"/v3/customers/attribute-values?id:in={values[1]['id']}")
for group in rows("/v2/customer_groups")[:2]:
    call("DELETE", f"/v2/customer_groups/{group['id']}")

assigned = rows("/v3/catalog/products/channel-assignments")
channels = sorted({row["channel_id"] for row in assigned})
for row in assigned[:3]:
    pair = f"product_id:in={row['product_id']}&channel_id:in={row['channel_id']}"
    call("DELETE", f"/v3/catalog/products/channel-assignments?{pair}")
more = [{"product_id": row["product_id"], "channel_id": channels[-1]} for row in assigned[3:6]]
call("PUT", "/v3/catalog/products/channel-assignments", more)

# An id beyond 32 bits is for reading: the description takes none to write.
customs = rows("/v3/shipping/products/customs-information")
customs = [row for row in customs if row["product_id"] < 2**31]
if customs:
    call("DELETE", f"/v3/shipping/products/customs-information?product_id:in={customs[0]['product_id']}")
for row in customs[1:2]:
    body = {name: row[name] for name in row if not name.endswith("_at")}
    body["commodity_description"] = "Spoilt"
    call("PUT", "/v3/shipping/products/customs-information", [body])

# One of an account of its own can't be changed by another.
fields = [f for f in rows("/v3/catalog/variants/metafields") if f["owner_client_id"].startswith("sandbox")]
for field in fields[:1]:
    path = f"/v3/catalog/products/1/variants/{field['resource_id']}/metafields/{field['id']}"
    call("DELETE", path)
for field in fields[1:2]:
    call("PUT", "/v3/catalog/variants/metafields", [{"id": field["id"], "value": "spoilt"}])

# Variants of the living, a whole row of them; and names that an import moved one row down.
variants = [v for v in rows("/v3/catalog/variants?limit=250") if v["sku_id"] and v["id"] < 2**31]
if variants:
    body = [{"id": v["id"], "purchasing_disabled": not v["purchasing_disabled"]} for v in variants[:8]]
    call("PUT", "/v3/catalog/variants", body)
moved = rows("/v3/catalog/brands?limit=250")[2:5]
for brand in moved:
    call("PUT", f"/v3/catalog/brands/{brand['id']}", {"name": brand["name"] + "-moved"})
for brand, other in zip(moved, moved[1:] + moved[:1]):
    call("PUT", f"/v3/catalog/brands/{brand['id']}", {"name": other["name"]})

# Custom templates of the living: changed, gone, and one too many.
templates = "/v3/storefront/custom-template-associations"
set_now = [t for t in rows(f"{templates}?is_valid=true") if t["entity_id"] < 2**31]
for row in set_now[:1]:
    body = {name: row[name] for name in ("channel_id", "entity_type", "entity_id")}
    call("PUT", templates, [{**body, "file_name": "spoilt.html"}])
for row in set_now[1:2]:
    call("DELETE", f"{templates}?id:in={row['id']}")
for brand in rows("/v3/catalog/brands?limit=250")[1:2]:
    body = {"channel_id": 1, "entity_type": "brand", "entity_id": brand["id"]}
    call("PUT", templates, [{**body, "file_name": "spoilt.html"}])

# Images of the living: gone, said otherwise, and one too many.
pictured = [b for b in rows("/v3/catalog/brands?limit=250") if b.get("image_url")]
for brand in pictured[:1]:
    call("DELETE", f"/v3/catalog/brands/{brand['id']}/image")
living = rows("/v3/catalog/products?include=images&limit=250")
pictured = [p for p in living if p["images"]]
for product in pictured[:2]:
    image = product["images"][-1]
    call("DELETE", f"/v3/catalog/products/{product['id']}/images/{image['id']}")
for product in pictured[2:4]:
    image = product["images"][0]
    body = {"description": "Spoilt"}
    call("PUT", f"/v3/catalog/products/{product['id']}/images/{image['id']}", body)
