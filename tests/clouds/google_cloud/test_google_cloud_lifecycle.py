"""The life of a cluster on Google Cloud, with plugins that record."""

from tests.clouds.lifecycle import Lifecycle, WholeLifecycle
from tests.unit.platforms.google_cloud_arguments import ARGS, OWN_NETWORK

SETTINGS = {"gcp:project": "example-project"}


class TestFedoraCoreos(WholeLifecycle):
    platform = "google-cloud"
    example = "google-cloud-fedora-coreos"
    cluster = {**ARGS, "workers": 2}  # noqa: RUF012
    larger = {"worker_machine": {"type": "e2-standard-4"}}  # noqa: RUF012
    settings = SETTINGS


class TestFlatcar(Lifecycle):
    platform = "google-cloud"
    example = "google-cloud-flatcar"
    cluster = {  # noqa: RUF012
        **ARGS,
        **OWN_NETWORK,
        "workers": 2,
        "operating_system": "flatcar",
        "private_nodes": True,
        "internal_api": True,
    }
    settings = SETTINGS
