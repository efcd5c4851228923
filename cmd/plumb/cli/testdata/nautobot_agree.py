"""Compares what nautobot-ssot reads out of Nautobot with what Plumbline wrote into a folder of CSV files. Run inside Nautobot, with FOLDER set, and of lists with what it wrote into a folder LISTS of JSON files; prints differences and how many records agree."""

import csv
import json
import logging
import os
from types import SimpleNamespace
from typing import List, Optional

from nautobot.dcim import models as dcim
from nautobot.extras import models as extras
from nautobot.ipam import models as ipam
from nautobot.tenancy import models as tenancy
from nautobot_ssot.contrib import NautobotAdapter, NautobotModel
from typing_extensions import TypedDict

# Of each kind: Nautobot's model, and nautobot-ssot's names of fields behind the columns of the file, identifiers first. Two fields in one column are an address and its length.
KINDS = {
    "location_type": (dcim.LocationType, 1, {"name": "name", "up": "parent__name"}),
    "location": (dcim.Location, 1, {"name": "name", "up": "parent__name", "location_type": "location_type__name", "status": "status__name", "description": "description"}),
    "tenant": (tenancy.Tenant, 1, {"name": "name", "description": "description"}),
    "manufacturer": (dcim.Manufacturer, 1, {"name": "name"}),
    "device_type": (dcim.DeviceType, 2, {"manufacturer": "manufacturer__name", "model": "model", "u_height": "u_height"}),
    "vlan": (ipam.VLAN, 2, {"vid": "vid", "name": "name", "status": "status__name", "tenant": "tenant__name"}),
    "prefix": (ipam.Prefix, 2, {"prefix": "network/prefix_length", "namespace": "namespace__name", "type": "type", "status": "status__name", "tenant": "tenant__name", "description": "description"}),
    "device": (dcim.Device, 1, {
        "name": "name", "location": "location__name", "manufacturer": "device_type__manufacturer__name", "model": "device_type__model", "role": "role__name", "status": "status__name",
        "serial": "serial", "tenant": "tenant__name", "primary_ip4": "primary_ip4__host/primary_ip4__mask_length",
    }),
    "interface": (dcim.Interface, 2, {"device": "device__name", "name": "name", "type": "type", "enabled": "enabled", "status": "status__name", "description": "description"}),
    "ip_address": (ipam.IPAddress, 1, {"address": "host/mask_length", "status": "status__name", "dns_name": "dns_name"}),
    "assignment": (ipam.IPAddressToInterface, 3, {"ip_address": "ip_address__host/ip_address__mask_length", "device": "interface__device__name", "interface": "interface__name"}),
}

# Of each kind with lists: Nautobot's model, the fields that identify it, and the lists with what of their objects is compared.
LISTS = {
    "location_type": (dcim.LocationType, {"name": "name", "up": "parent__name"}, {"content_types": {"app_label": str, "model": str}}),
    "role": (extras.Role, {"name": "name"}, {"content_types": {"app_label": str, "model": str}}),
    "device": (dcim.Device, {"name": "name"}, {"tags": {"name": str}}),
    "interface": (dcim.Interface, {"device": "device__name", "name": "name"}, {"tags": {"name": str}, "tagged_vlans": {"vid": int, "name": str}}),
}


def listed(name, of, ids, lists):
    hints = {f: Optional[str] for f in ids.values()} | {f: List[TypedDict(f, parts)] for f, parts in lists.items()}
    body = {"__module__": "agree", "_model": of, "_modelname": name, "_identifiers": tuple(ids.values()), "_attributes": tuple(lists), "__annotations__": hints}
    return type(name.title() + "Lists", (NautobotModel,), body | {f: [] for f in lists})


def element(of):
    """An element of a list as Plumbline has it: a name, a content type's text, or an object."""
    if "app_label" in of:
        return of["app_label"] + "." + of["model"]
    return of["name"] if len(of) == 1 else of


def canonical(of):
    return json.dumps({k: sorted(json.dumps(e, sort_keys=True) for e in v) if isinstance(v, list) else v for k, v in of.items() if v is not None}, sort_keys=True)


def model(name, of, ids, columns):
    fields = [f for c in columns.values() for f in c.split("/")]
    first = sum(len(c.split("/")) for c in list(columns.values())[:ids])
    body = {"__module__": "agree", "_model": of, "_modelname": name, "_identifiers": tuple(fields[:first]), "_attributes": tuple(fields[first:])}
    types = {"vid": int, "prefix_length": int, "mask_length": int, "u_height": int, "enabled": bool}
    hints = {}
    for f in fields:
        t = types.get(f.rsplit("__", 1)[-1], str)
        hints[f] = t if f in fields[:first] else Optional[t]
        if f not in fields[:first]:
            body[f] = None
    body["__annotations__"] = hints
    return type(name.title(), (NautobotModel,), body)


def text(value):
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def row(columns, of):
    out = []
    for c in columns.values():
        parts = [text(of(f)) for f in c.split("/")]
        out.append("/".join(parts) if parts[0] else "")
    return tuple(out)


body = {name: model(name, of, ids, columns) for name, (of, ids, columns) in KINDS.items()}
body["top_level"] = tuple(KINDS)
adapter = type("Theirs", (NautobotAdapter,), body)(job=SimpleNamespace(logger=logging.getLogger("agree")))
adapter.load()
agreed = 0
for name, (_, _, columns) in KINDS.items():
    theirs = {row(columns, lambda f, o=o: getattr(o, f)) for o in adapter.get_all(name)}
    with open(os.path.join(os.environ["FOLDER"], name + ".csv"), encoding="utf-8", newline="") as file:
        ours = {tuple(r[c] for c in columns) for r in csv.DictReader(file)}
    for only in sorted(theirs - ours):
        print("only nautobot-ssot has", name, only)
    for only in sorted(ours - theirs):
        print("only Plumbline has", name, only)
    agreed += len(ours & theirs)
body = {name: listed(name, *rest) for name, rest in LISTS.items()}
body["top_level"] = tuple(LISTS)
adapter = type("Lists", (NautobotAdapter,), body)(job=SimpleNamespace(logger=logging.getLogger("agree")))
adapter.load()
for name, (_, ids, lists) in LISTS.items():
    theirs = set()
    for o in adapter.get_all(name):
        r = {ours: getattr(o, f) for ours, f in ids.items()} | {f: [element(e) for e in getattr(o, f)] for f in lists}
        if name != "role" or "dcim.device" in r["content_types"]:  # which is what the job reads
            theirs.add(canonical(r))
    with open(os.path.join(os.environ["LISTS"], name + ".json"), encoding="utf-8") as file:
        ours = {canonical(r) for r in json.load(file)}
    for only in sorted(theirs - ours):
        print("only nautobot-ssot has", name, only)
    for only in sorted(ours - theirs):
        print("only Plumbline has", name, only)
    agreed += len(ours & theirs)
print("agreed:", agreed)
