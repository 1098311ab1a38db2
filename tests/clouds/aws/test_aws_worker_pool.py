"""A pool of workers beside a cluster on AWS."""

import json
from base64 import b64decode

from tests.clouds.aws import mocks


def test_it_is_a_group_in_the_network_of_its_cluster() -> None:
    made = mocks.pool(workers=2)
    component = made.component("tradewind:aws:WorkerPool")
    (group,) = made.of_type("aws:autoscaling/group:Group")
    (template,) = made.of_type("aws:ec2/launchTemplate:LaunchTemplate")
    assert {group.parent, template.parent} == {component.urn}
    assert group.name == "test-gpu"
    assert group.inputs["desiredCapacity"] == 2
    assert group.inputs["vpcZoneIdentifiers"] == ["subnet-a", "subnet-b"]
    assert group.inputs["targetGroupArns"] == ["arn-http", "arn-https"]
    assert template.inputs["networkInterfaces"][0]["securityGroups"] == ["sg-workers"]
    assert {each.type for each in made.resources if each.request.custom} == {group.type, template.type}


def test_its_machines_join_and_let_in_users_and_deliveries() -> None:
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGZ1bGx5LW1hZGUtdXAta2V5LWZvci10ZXN0cy0w operator"
    made = mocks.pool({"ssh_authorized_keys": [key]})
    (template,) = made.of_type("aws:ec2/launchTemplate:LaunchTemplate")
    assert template.secrets == {"userData"}
    data = json.loads(b64decode(template.inputs["userData"]))
    assert data["passwd"]["users"][0]["sshAuthorizedKeys"] == [mocks.ACCESS["ssh_public_key"], key]
    assert "/etc/kubernetes/kubeconfig" in {file["path"] for file in data["storage"]["files"]}


def test_it_is_the_group_that_the_cluster_itself_would_make() -> None:
    pool = {"name": "gpu", "workers": 2, "machine": {"instance_type": "g6.xlarge"}}
    own = mocks.cluster(worker_pools=[pool])
    beside = mocks.pool(**pool)
    for token in ("aws:autoscaling/group:Group", "aws:ec2/launchTemplate:LaunchTemplate"):
        (inside,) = [each for each in own.of_type(token) if each.name.startswith("test-gpu")]
        (outside,) = beside.of_type(token)
        assert (inside.name, set(inside.inputs)) == (outside.name, set(outside.inputs))


def revision(**access: str) -> str:
    (group,) = mocks.pool(access={**mocks.ACCESS, **access}).of_type("aws:autoscaling/group:Group")
    found: str = group.inputs["tags"][-1]["value"]
    return found


def test_a_new_token_is_for_new_machines() -> None:
    assert revision(bootstrap_kubeconfig="another token") == revision()
    assert revision(ca_cert_pem="another authority") != revision()
