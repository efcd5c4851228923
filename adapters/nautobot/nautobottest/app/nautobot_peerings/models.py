from django.db import models
from nautobot.apps.models import OrganizationalModel, PrimaryModel, extras_features


@extras_features("graphql")
class Carrier(OrganizationalModel):
    name = models.CharField(max_length=100, unique=True)
    asn = models.BigIntegerField()

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name


@extras_features("graphql")
class Peering(PrimaryModel):
    """What a device has with a carrier; known by both and a number."""

    device = models.ForeignKey("dcim.Device", on_delete=models.CASCADE, related_name="peerings")
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="peerings")
    number = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=20, choices=[("up", "Up"), ("shut-down", "Shut down")], default="up")
    description = models.CharField(max_length=100, blank=True)

    natural_key_field_names = ["device", "carrier", "number"]

    class Meta:
        ordering = ["device", "carrier", "number"]
        unique_together = [["device", "carrier", "number"]]

    def __str__(self):
        return f"{self.device} - {self.carrier} {self.number}"
