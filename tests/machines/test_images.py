"""Images that machines have without a registry."""

from dataclasses import asdict

from tools.machines import images
from tradewind.versions import DEFAULT_VERSION, RELEASES


def test_every_image_of_the_library_is_there() -> None:
    groups = images.catalogue()
    made = {*groups.store, *groups.pods}
    missing = {name for name, image in asdict(RELEASES[DEFAULT_VERSION].images).items() if image not in made}
    # Its programs are in no Go module, so a local cluster with it is refused.
    assert missing == {"calico_cni", "calico_node", "calico_kube_controllers"}
