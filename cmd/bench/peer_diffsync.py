"""DiffSync's side of the benchmark: loads source.ndjson and target.ndjson of a folder, compares them, and prints times (ns) and memory (bytes) as JSON."""

import json
import logging
import resource
import sys
import time
from typing import Any, List, Optional

import structlog
from diffsync import Adapter, DiffSyncModel

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


class Device(DiffSyncModel):
    _modelname = "device"
    _identifiers = ("name",)
    _attributes = (
        "site", "serial", "role", "status", "platform", "rack_unit", "tags", "comments", "asset_tag", "mtu", "managed",
    )  # fmt: skip
    name: str
    site: str
    serial: Optional[str] = None
    role: Optional[str] = None
    status: Optional[str] = None
    platform: Optional[str] = None
    rack_unit: Optional[int] = None
    tags: List[str] = []
    comments: Any = None
    asset_tag: Any = None
    mtu: Optional[int] = None
    managed: Optional[bool] = None


class Side(Adapter):
    device = Device
    top_level = ["device"]

    def load(self, path):
        with open(path, encoding="utf-8") as file:
            for line in file:
                self.add(self.device(**json.loads(line)))


def resident():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


before, start = resident(), time.perf_counter_ns()
source, target = Side(name="source"), Side(name="target")
source.load(f"{sys.argv[1]}/source.ndjson")
target.load(f"{sys.argv[1]}/target.ndjson")
loaded = time.perf_counter_ns()
summary = target.diff_from(source).summary()
end = time.perf_counter_ns()
assert summary["create"] and summary["update"] and summary["delete"], summary
print(json.dumps({"Whole": {"wall": end - start, "peak": resident() - before}, "Diff": {"wall": end - loaded}}))
