from nautobot.apps.filters import NautobotFilterSet, SearchFilter

from .models import Carrier, Peering


class CarrierFilterSet(NautobotFilterSet):
    q = SearchFilter(filter_predicates={"name": "icontains"})

    class Meta:
        model = Carrier
        fields = "__all__"


class PeeringFilterSet(NautobotFilterSet):
    q = SearchFilter(filter_predicates={"description": "icontains"})

    class Meta:
        model = Peering
        fields = "__all__"
