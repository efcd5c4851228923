from nautobot.apps.api import NautobotModelSerializer, TaggedModelSerializerMixin

from nautobot_peerings.models import Carrier, Peering


class CarrierSerializer(NautobotModelSerializer):
    class Meta:
        model = Carrier
        fields = "__all__"


class PeeringSerializer(NautobotModelSerializer, TaggedModelSerializerMixin):
    class Meta:
        model = Peering
        fields = "__all__"
