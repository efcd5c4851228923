from nautobot.apps.api import NautobotModelViewSet

from nautobot_peerings.filters import CarrierFilterSet, PeeringFilterSet
from nautobot_peerings.models import Carrier, Peering

from .serializers import CarrierSerializer, PeeringSerializer


class CarrierViewSet(NautobotModelViewSet):
    queryset = Carrier.objects.all()
    serializer_class = CarrierSerializer
    filterset_class = CarrierFilterSet


class PeeringViewSet(NautobotModelViewSet):
    queryset = Peering.objects.all()
    serializer_class = PeeringSerializer
    filterset_class = PeeringFilterSet
