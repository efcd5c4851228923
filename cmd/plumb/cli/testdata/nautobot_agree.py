"""Compares what nautobot-ssot reads out of Nautobot with what Plumbline wrote into a folder of CSV files. Run inside Nautobot, with FOLDER set; prints differences and how many records agree."""

import csv
import logging
import os
from types import SimpleNamespace
from typing import Optional

from nautobot.dcim import models as dcim
from nautobot.extras import models as extras
from nautobot.ipam import models as ipam
from nautobot.tenancy import models as tenancy
from nautobot_ssot.contrib import NautobotAdapter, NautobotModel

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
print("agreed:", agreed)
