"""A small app of Nautobot, for tests: kinds that Plumbline never heard of, one with a natural key of two parts. Its address is not its name, as with most apps."""

from nautobot.apps import NautobotAppConfig


class PeeringsConfig(NautobotAppConfig):
    name = "nautobot_peerings"
    verbose_name = "Peerings"
    description = "Peerings with carriers"
    version = "1.0"
    author = "Plumbline"
    base_url = "bgp"


config = PeeringsConfig
