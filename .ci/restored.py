"""Fails where a restore left undone what it could have done. Usage: restored.py REPORT"""

import json
import sys

report = json.load(open(sys.argv[1]))
bad = [s for s in report["steps"] if s["status"] in ("failed", "begun")]
bad += report["differing"]
made = sum(1 for s in report["steps"] if s["status"] == "done")
print(f"{made} steps done, {len(bad)} not as wanted")
sys.exit(json.dumps(bad, indent=1) if bad or not made else 0)
