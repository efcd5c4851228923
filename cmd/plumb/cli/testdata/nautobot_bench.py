"""A job of nautobot-ssot as its documentation recommends it, on contrib's NautobotModel and NautobotAdapter: tenants, locations and N prefixes from memory into Nautobot."""

from typing import Optional

from diffsync import Adapter
from nautobot.apps.jobs import IntegerVar, register_jobs
from nautobot.dcim.models import Location
from nautobot.ipam.models import Prefix
from nautobot.tenancy.models import Tenant
from nautobot_ssot.contrib import NautobotAdapter, NautobotModel
from nautobot_ssot.jobs.base import DataSource

name = "Benchmark"


class TenantModel(NautobotModel):
    _model = Tenant
    _modelname = "tenant"
    _identifiers = ("name",)
    _attributes = ("description",)
    name: str
    description: str = ""


class LocationModel(NautobotModel):
    _model = Location
    _modelname = "location"
    _identifiers = ("name",)
    _attributes = ("location_type__name", "status__name", "description")
    name: str
    location_type__name: str
    status__name: str
    description: str = ""


class PrefixModel(NautobotModel):
    _model = Prefix
    _modelname = "prefix"
    _identifiers = ("network", "prefix_length", "namespace__name")
    _attributes = ("description", "status__name", "tenant__name")
    network: str
    prefix_length: int
    namespace__name: str
    description: str = ""
    status__name: str
    tenant__name: Optional[str] = None


class Target(NautobotAdapter):
    tenant = TenantModel
    location = LocationModel
    prefix = PrefixModel
    top_level = ("tenant", "location", "prefix")


class Source(Adapter):
    tenant = TenantModel
    location = LocationModel
    prefix = PrefixModel
    top_level = ("tenant", "location", "prefix")

    def load(self, n, changed):
        for i in range(40 if n else 0):
            self.add(self.tenant(name=f"ten{i}", description=f"tenant {i}"))
            self.add(self.location(name=f"loc{i}", location_type__name="Bench", status__name="Active", description=f"location {i}"))
        for i in range(n):
            text = f"changed {i}" if changed and i % (100 // changed) == 0 else f"prefix {i}"
            self.add(self.prefix(network=f"10.{i // 256}.{i % 256}.0", prefix_length=24, namespace__name="Global", description=text, status__name="Active", tenant__name=f"ten{i % 40}"))


class BenchSource(DataSource):
    n = IntegerVar(default=2000)
    changed = IntegerVar(default=0)

    class Meta:
        name = "Benchmark"
        data_source = "Memory"
        dryrun_default = False

    def run(self, dryrun, memory_profiling, parallel_loading=False, n=2000, changed=0, *args, **kwargs):
        self.n, self.changed = n, changed
        super().run(dryrun=dryrun, memory_profiling=memory_profiling, parallel_loading=parallel_loading)

    def load_source_adapter(self):
        self.source_adapter = Source()
        self.source_adapter.load(self.n, self.changed)

    def load_target_adapter(self):
        self.target_adapter = Target(job=self, sync=self.sync)
        self.target_adapter.load()


register_jobs(BenchSource)
