import json, sys
from typing import List, Optional, Any
from diffsync import Adapter, DiffSyncModel
from diffsync.enum import DiffSyncModelFlags, DiffSyncFlags

class Interface(DiffSyncModel):
    _modelname = "interface"
    _identifiers = ("device", "name")
    _shortname = ("name",)
    _attributes = ("mtu", "note")
    device: str
    name: str
    mtu: Optional[int] = None
    note: Any = None

class Device(DiffSyncModel):
    _modelname = "device"
    _identifiers = ("name",)
    _attributes = ("role", "tags")
    _children = {"interface": "interfaces"}
    name: str
    role: Optional[str] = None
    tags: Any = None
    interfaces: List[str] = []

class A(Adapter):
    device = Device
    interface = Interface
    top_level = ["device"]

def fill(name, devs):
    a = A(name=name)
    for d in devs:
        dev = Device(name=d["name"], role=d.get("role"), tags=d.get("tags"))
        if "flags" in d: dev.model_flags = DiffSyncModelFlags(d["flags"])
        a.add(dev)
        for i in d.get("interfaces", []):
            it = Interface(device=d["name"], name=i["name"], mtu=i.get("mtu"), note=i.get("note"))
            if "flags" in i: it.model_flags = DiffSyncModelFlags(i["flags"])
            a.add(it); dev.add_child(it)
    return a

CASES = {
 "golden": dict(
   source=[dict(name="sw1", role="leaf", tags=["a","b"], interfaces=[dict(name="e0", mtu=9000), dict(name="e1", mtu=1500)]),
           dict(name="sw2", role="leaf", tags=[], interfaces=[dict(name="e0", mtu=1500)])],
   target=[dict(name="sw1", role="leaf", tags=["b","a"], interfaces=[dict(name="e0", mtu=1500), dict(name="e2", mtu=1500)]),
           dict(name="sw3", role="leaf", tags=[], interfaces=[dict(name="e0", mtu=1500)])]),
 "equal": dict(source=[dict(name="sw1", role="x")], target=[dict(name="sw1", role="x")]),
 "child": dict(
   source=[dict(name="sw1", role="leaf", interfaces=[dict(name="e0", mtu=1, note={"a":[1,None,True,1.5,"it's","x\ny","é"]})]), dict(name="sw2")],
   target=[dict(name="sw1", role="leaf", interfaces=[dict(name="e0", mtu=1, note=None)]), dict(name="sw2")]),
 "skip_dst": dict(flags=DiffSyncFlags.SKIP_UNMATCHED_DST.value,
   source=[dict(name="sw1", role="leaf", interfaces=[dict(name="e0", mtu=1)])],
   target=[dict(name="sw1", role="leaf", interfaces=[dict(name="e0", mtu=2), dict(name="e1")]), dict(name="sw2", interfaces=[dict(name="e0"), dict(name="e1")])]),
 "flags": dict(
   source=[dict(name="sw1", role="leaf", flags=1, interfaces=[dict(name="e0", mtu=1)]), dict(name="sw2", flags=4, interfaces=[dict(name="e0")]),
           dict(name="sw4", role="a", interfaces=[dict(name="e0", flags=4), dict(name="e1", flags=8), dict(name="e2", flags=1)])],
   target=[dict(name="sw1", role="spine", interfaces=[dict(name="e0", mtu=2)]), dict(name="sw3", flags=8, interfaces=[dict(name="e0")]),
           dict(name="sw4", role="b", interfaces=[dict(name="e2", mtu=2), dict(name="e3", flags=8), dict(name="e4", flags=4)])]),
}
import logging, structlog
structlog.configure(logger_factory=structlog.ReturnLoggerFactory(), wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
out = {}
for n, c in CASES.items():
    s, t = fill("source", c["source"]), fill("target", c["target"])
    d = t.diff_from(s, flags=DiffSyncFlags(c.get("flags", 0)))
    out[n] = dict(case=c, summary=d.summary(), dict=json.dumps(d.dict(), ensure_ascii=False, separators=(",", ":")), str=d.str())
json.dump(out, sys.stdout, indent=1, ensure_ascii=False)
