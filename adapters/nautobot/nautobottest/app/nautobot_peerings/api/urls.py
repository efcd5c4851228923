from nautobot.apps.api import OrderedDefaultRouter

from .views import CarrierViewSet, PeeringViewSet

router = OrderedDefaultRouter()
router.register("carriers", CarrierViewSet)
router.register("peerings", PeeringViewSet)
urlpatterns = router.urls
