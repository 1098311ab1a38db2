"""The clouds' platforms and components, for the type checker: this file is never run."""

from collections.abc import Mapping
from typing import assert_type

import pulumi

from tradewind import aws, azure, google_cloud
from tradewind.platforms.aws.cluster import AwsPlatform
from tradewind.platforms.azure.cluster import AzurePlatform
from tradewind.platforms.base import Platform
from tradewind.platforms.digital_ocean.cluster import DigitalOceanPlatform
from tradewind.platforms.google_cloud.cluster import GoogleCloudPlatform


def platforms(
    aws: AwsPlatform, azure: AzurePlatform, digital_ocean: DigitalOceanPlatform, google_cloud: GoogleCloudPlatform
) -> list[Platform]:
    return [aws, azure, digital_ocean, google_cloud]


def components(args: aws.AwsClusterArgs, pool: aws.AwsPoolArgs) -> aws.WorkerPool:
    cluster = aws.Cluster("production", args)
    assert_type(cluster.kubeconfig, pulumi.Output[str])
    assert_type(cluster.worker_access, pulumi.Output[Mapping[str, str]])
    return aws.WorkerPool("gpu", {"cluster": args, "pool": pool, "worker_access": cluster.worker_access})


def mistakes(args: azure.AzureClusterArgs) -> None:
    azure.Cluster("a", {"name": "a"})  # type: ignore[typeddict-item]
    google_cloud.Cluster("a", {"name": "a"})  # type: ignore[typeddict-item]
    aws.Cluster("a", args)  # type: ignore[arg-type]
    aws.WorkerPool("a", {"pool": {"name": "a"}})  # type: ignore[typeddict-item]
