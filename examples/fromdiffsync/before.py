"""The job as it was: a data source in the shape of Nautobot SSoT, on DiffSync 2.2. A test runs it beside what became of it.

python before.py           prints summary, dict and str of the diff
python before.py --export  writes exports/cmdb.json and exports/assets.json
python before.py --sync    changes the database
"""

import csv
import json
import sqlite3
import sys
from typing import ClassVar, List, Optional

from diffsync import Adapter, DiffSyncModel
from diffsync.enum import DiffSyncFlags, DiffSyncModelFlags


class Site(DiffSyncModel):
    _modelname = "site"
    _identifiers = ("name",)
    _attributes = ("region",)
    _children = {"device": "devices"}
    # Sites that only the database knows are somebody else's.
    model_flags: DiffSyncModelFlags = DiffSyncModelFlags.SKIP_UNMATCHED_DST
    name: str
    region: Optional[str] = None
    devices: List[str] = []
    pk: Optional[int] = None


class Device(DiffSyncModel):
    _modelname = "device"
    _identifiers = ("name",)
    _attributes = ("serial", "status")
    _children = {"interface": "interfaces"}
    name: str
    site: str
    serial: Optional[str] = None
    status: Optional[str] = None
    interfaces: List[str] = []
    pk: Optional[int] = None


class Interface(DiffSyncModel):
    _modelname = "interface"
    _identifiers = ("device", "name")
    _shortname = ("name",)
    _attributes = ("mtu", "description")
    device: str
    name: str
    mtu: Optional[int] = None
    description: Optional[str] = None
    pk: Optional[int] = None


class AssetSite(Site):
    @classmethod
    def create(cls, adapter, ids, attrs):
        adapter.db.execute("INSERT INTO sites (name, region) VALUES (?, ?)", (ids["name"], attrs["region"]))
        return super().create(adapter, ids, attrs)

    def update(self, attrs):
        self.adapter.db.execute("UPDATE sites SET region = ? WHERE name = ?", (attrs["region"], self.name))
        return super().update(attrs)

    def delete(self):
        self.adapter.db.execute("DELETE FROM sites WHERE name = ?", (self.name,))
        return super().delete()


class AssetDevice(Device):
    COLUMNS: ClassVar = {"serial": "serial_number", "status": "status"}

    @classmethod
    def create(cls, adapter, ids, attrs):
        # DiffSync hands over neither the parent nor its key, so the site is read off the name.
        site = ids["name"].split("-")[0]
        adapter.db.execute(
            "INSERT INTO devices (name, serial_number, status, site_id) SELECT ?, ?, ?, id FROM sites WHERE name = ?",
            (ids["name"], attrs["serial"], attrs["status"], site),
        )
        return super().create(adapter, {**ids, "site": site}, attrs)

    def update(self, attrs):
        for name, value in attrs.items():
            self.adapter.db.execute(f"UPDATE devices SET {self.COLUMNS[name]} = ? WHERE name = ?", (value, self.name))
        return super().update(attrs)

    def delete(self):
        # The children come after their parent, so they have to go first by hand.
        self.adapter.db.execute("DELETE FROM interfaces WHERE device_id = ?", (self.pk,))
        self.adapter.db.execute("DELETE FROM devices WHERE id = ?", (self.pk,))
        return super().delete()


class AssetInterface(Interface):
    @classmethod
    def create(cls, adapter, ids, attrs):
        adapter.db.execute(
            "INSERT INTO interfaces (device_id, name, mtu, description) SELECT id, ?, ?, ? FROM devices WHERE name = ?",
            (ids["name"], attrs["mtu"], attrs["description"], ids["device"]),
        )
        return super().create(adapter, ids, attrs)

    def update(self, attrs):
        for name, value in attrs.items():
            self.adapter.db.execute(f"UPDATE interfaces SET {name} = ? WHERE id = ?", (value, self.pk))
        return super().update(attrs)

    def delete(self):
        self.adapter.db.execute("DELETE FROM interfaces WHERE id = ?", (self.pk,))
        return super().delete()


class CMDB(Adapter):
    site, device, interface = Site, Device, Interface
    top_level = ["site"]
    STATES = {"Up": "active", "Down": "offline", "Staged": "staged"}

    def rows(self, name):
        with open(f"cmdb/{name}.csv", encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield {key: value or None for key, value in row.items()}

    def load(self):
        for row in self.rows("sites"):
            self.add(self.site(name=row["Site"], region=row["Region"]))
        for row in self.rows("devices"):
            name = row["Hostname"].split(".")[0].lower()
            device = self.device(name=name, site=row["Site"], serial=row["Serial Number"], status=self.STATES[row["State"]])
            self.add(device)
            self.get("site", device.site).add_child(device)
        for row in self.rows("interfaces"):
            device = row["Hostname"].split(".")[0].lower()
            port = self.interface(device=device, name=row["Port"], mtu=int(row["MTU"]), description=row["Description"])
            self.add(port)
            self.get("device", device).add_child(port)


class Assets(Adapter):
    site, device, interface = AssetSite, AssetDevice, AssetInterface
    top_level = ["site"]

    def __init__(self, db, **kwargs):
        super().__init__(**kwargs)
        self.db = db

    def load(self):
        for pk, name, region in self.db.execute("SELECT id, name, region FROM sites"):
            self.add(self.site(pk=pk, name=name, region=region))
        query = "SELECT d.id, d.name, s.name, serial_number, status FROM devices d JOIN sites s ON s.id = site_id"
        for pk, name, site, serial, status in self.db.execute(query):
            device = self.device(pk=pk, name=name, site=site, serial=serial, status=status)
            self.add(device)
            self.get("site", site).add_child(device)
        query = "SELECT i.id, d.name, i.name, mtu, description FROM interfaces i JOIN devices d ON d.id = device_id"
        for pk, device, name, mtu, description in self.db.execute(query):
            port = self.interface(pk=pk, device=device, name=name, mtu=mtu, description=description)
            self.add(port)
            self.get("device", device).add_child(port)

    def sync_complete(self, source, diff, flags=DiffSyncFlags.NONE, logger=None):
        self.db.commit()


class DataSource:
    """The four hooks of SSoT's DataSource, in the order in which it calls them."""

    def load_source_adapter(self):
        self.source_adapter = CMDB(name="CMDB")
        self.source_adapter.load()

    def load_target_adapter(self):
        self.target_adapter = Assets(sqlite3.connect("assets.db"), name="assets")
        self.target_adapter.load()

    def calculate_diff(self):
        self.diff = self.target_adapter.diff_from(self.source_adapter, flags=DiffSyncFlags.CONTINUE_ON_FAILURE)

    def execute_sync(self):
        self.target_adapter.sync_from(self.source_adapter, flags=DiffSyncFlags.CONTINUE_ON_FAILURE, diff=self.diff)


def export(adapter, path):
    """Write all that an adapter holds, defaults too: what is left out is not compared."""
    with open(path, "w", encoding="utf-8") as file:
        json.dump(adapter.dict(exclude_defaults=False), file, indent=1, sort_keys=True, default=lambda flags: flags.value)


if __name__ == "__main__":
    job = DataSource()
    job.load_source_adapter()
    job.load_target_adapter()
    if "--export" in sys.argv:
        export(job.source_adapter, "exports/cmdb.json")
        export(job.target_adapter, "exports/assets.json")
    job.calculate_diff()
    print(json.dumps({"summary": job.diff.summary(), "dict": job.diff.dict(), "str": job.diff.str()}))
    if "--sync" in sys.argv:
        job.execute_sync()
