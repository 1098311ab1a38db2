"""The life of a cluster on AWS, with plugins that record."""

from tests.clouds.lifecycle import CloudLifecycle
from tests.unit.platforms.aws_arguments import ARGS


class TestFedoraCoreos(CloudLifecycle):
    platform = "aws"
    example = "aws-fedora-coreos"
    cluster = {**ARGS, "workers": 2}  # noqa: RUF012
    larger = {"worker_machine": {"instance_type": "m7i.large"}}  # noqa: RUF012
    settings = {"aws:region": "eu-central-1"}  # noqa: RUF012
