"""Delivery of files, the first apply, and the objects that resources own."""

import base64
import io
import subprocess
import tarfile
from dataclasses import replace
from hashlib import sha256

import pulumi
import pulumi_kubernetes as kubernetes
import pytest

from tests.support.recording import record
from tests.unit.manifests.specs import CALICO, DEFAULT, TOKEN
from tradewind.delivery.bootstrap import bootstrap
from tradewind.delivery.files import HostFiles, deliver, variable
from tradewind.delivery.host_keys import READ_HOST_KEY, with_host_keys
from tradewind.delivery.objects import ClusterObjects
from tradewind.host.archive import RECEIVE_COMMAND
from tradewind.host.assets import ASSETS_DIR
from tradewind.host.files import HostFile
from tradewind.manifests import cluster_objects
from tradewind.manifests.token import secret
from tradewind.platforms.base import Bastion, Machine, SshAccess

PLAIN = [
    HostFile(path="/var/lib/kubelet/config.yaml", content="a: 1\n"),
    HostFile(path=f"{ASSETS_DIR}/manifests/coredns.yaml", content="b: 2\n"),
]
HIDDEN = [HostFile(path="/etc/kubernetes/pki/ca.key", content="the key", secret=True, mode=0o600)]
ADDRESS = "10.0.0.10"
TAKEN_OVER = {"pulumi.com/patchForce": "true"}


def machine_and_ssh(identity="id-1", host_key="host key"):
    owner = pulumi.ComponentResource("test:index:Machine", "machine")
    machine = Machine(
        name="node",
        address=pulumi.Output.from_input(ADDRESS),
        identity=pulumi.Output.from_input(identity),
        resource=owner,
        host_key=pulumi.Output.from_input(host_key) if host_key else None,
    )
    return machine, SshAccess(user="core", private_key=pulumi.Output.secret("ssh key"))


def delivery(*, hidden=HIDDEN, **changes):
    def program():
        machine, ssh = machine_and_ssh(**changes)
        files = HostFiles(PLAIN, pulumi.Output.secret(hidden), [file.path for file in HIDDEN])
        deliver("node-files", machine, ssh, files, pulumi.ResourceOptions())

    return record(program)["node-files"]


def members(text):
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(text))) as tar:
        return {member.name: tar.extractfile(member).read().decode() for member in tar}


def test_variables_are_named_after_files():
    assert variable("/etc/kubernetes/pki/ca.key") == "TRADEWIND_etc_kubernetes_pki_ca_key"


def test_a_delivery_shows_plain_files_and_digests_of_secret_ones():
    inputs = delivery().inputs
    assert inputs["environment"] == {
        "TRADEWIND_var_lib_kubelet_config_yaml": "a: 1\n",
        "TRADEWIND_etc_kubernetes_pki_ca_key": f"sha256:{sha256(b'the key').hexdigest()}",
    }


def test_a_delivery_holds_every_file_and_is_secret():
    made = delivery()
    delivered = members(made.inputs["stdin"])
    for file in (*PLAIN, *HIDDEN):
        assert delivered[f"root{file.path}"] == file.content
    # The SSH key is inside the connection, files on standard input; nothing else is hidden from a preview.
    assert made.secrets == {"stdin", "connection"}
    assert made.type == "command:remote:Command"


def test_a_delivery_runs_one_command_that_names_no_content():
    inputs = delivery().inputs
    assert inputs["create"] == inputs["update"] == RECEIVE_COMMAND
    assert "delete" not in inputs
    assert inputs["addPreviousOutputInEnv"] is False


def test_every_dial_is_bounded_and_the_host_key_checked():
    assert delivery().inputs["connection"] == {
        "host": ADDRESS,
        "port": 22,
        "user": "core",
        "privateKey": "ssh key",
        "hostKey": "host key",
        "dialErrorLimit": 60,
        "perDialTimeout": 10,
    }
    assert "hostKey" not in delivery(host_key=None).inputs["connection"]


def test_the_first_contact_tells_the_host_key_of_a_machine_whose_platform_cannot():
    def program():
        machine, ssh = machine_and_ssh(host_key=None)
        (known,) = with_host_keys([machine], ssh, pulumi.ResourceOptions())
        deliver("node-files", known, ssh, HostFiles(PLAIN, pulumi.Output.secret(HIDDEN), []), pulumi.ResourceOptions())

    recording = record(program)
    first, files = recording["machine-host-key"], recording["node-files"]
    assert (first.inputs["create"], first.inputs["triggers"]) == (READ_HOST_KEY, ["id-1"])
    assert "hostKey" not in first.inputs["connection"]
    # Nothing is sent but the question.
    assert {"stdin", "environment"} & set(first.inputs) == set()
    assert files.inputs["connection"]["hostKey"] == "host key of machine-host-key"
    assert first.urn in files.depends_on


def test_a_platform_that_knows_the_host_key_is_believed():
    def program():
        machine, ssh = machine_and_ssh()
        return with_host_keys([machine], ssh, pulumi.ResourceOptions()) == [machine]

    recording = record(program)
    assert recording.result is True
    assert not recording.of_type("command:remote:Command")


@pytest.mark.parametrize(
    ("there", "read"),
    [(("ecdsa", "ed25519", "rsa"), "ecdsa"), (("ed25519", "rsa"), "ed25519")],
)
def test_the_key_that_is_read_is_the_one_that_a_client_is_shown(tmp_path, there, read):
    for kind in there:
        (tmp_path / f"ssh_host_{kind}_key.pub").write_text(f"{kind} key\n")
    command = READ_HOST_KEY.replace("/etc/ssh", str(tmp_path))
    assert subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True).stdout == f"{read} key\n"


def test_a_replaced_machine_gets_its_files_again_and_an_equal_one_does_not():
    assert delivery().inputs == delivery().inputs
    first, second = delivery().inputs, delivery(identity="id-2").inputs
    assert first.pop("triggers") == ["id-1"]
    assert second.pop("triggers") == ["id-2"]
    assert first == second


def test_a_changed_secret_changes_its_digest_and_the_delivery_only():
    changed = [HostFile(path=HIDDEN[0].path, content="other", secret=True, mode=0o600)]
    first, second = delivery().inputs, delivery(hidden=changed).inputs
    assert {key for key in first if first[key] != second[key]} == {"environment", "stdin"}
    assert first["environment"].keys() == second["environment"].keys()


@pytest.mark.parametrize(
    ("objects", "run", "triggers"),
    [
        (None, "sudo systemctl start bootstrap.service || ", ["id-1"]),
        (
            "digest",
            "sudo rm -f /opt/bootstrap/bootstrap.done && sudo systemctl restart bootstrap.service || ",
            ["id-1", "digest"],
        ),
    ],
    ids=["once", "whenever-objects-change"],
)
def test_bootstrap_runs_the_unit_and_tells_its_log_when_it_fails(objects, run, triggers):
    def program():
        digest = pulumi.Output.from_input(objects) if objects else None
        bootstrap("boot", *machine_and_ssh(), digest, pulumi.ResourceOptions())

    made = record(program)["boot"]
    assert made.inputs["create"] == made.inputs["update"]
    assert made.inputs["create"].startswith(run)
    assert "journalctl --unit=bootstrap.service" in made.inputs["create"]
    assert made.inputs["triggers"] == triggers
    assert made.secrets == {"connection"}


def test_machines_are_entered_through_a_bastion():
    def program():
        machine, ssh = machine_and_ssh()
        host, host_key = map(pulumi.Output.from_input, ("bastion.example.com", "its host key"))
        way = Bastion(host, "jump", 2222, pulumi.Output.secret("its key"), host_key)
        bootstrap("boot", machine, replace(ssh, bastion=way), None, pulumi.ResourceOptions())

    connection = record(program)["boot"].inputs["connection"]
    assert connection["host"] == ADDRESS
    proxy = connection["proxy"]
    assert (proxy["host"], proxy["user"], proxy["port"]) == ("bastion.example.com", "jump", 2222)
    assert (proxy["privateKey"], connection["privateKey"]) == ("its key", "ssh key")
    assert (proxy["hostKey"], connection["hostKey"]) == ("its host key", "host key")


@pytest.fixture(scope="module", name="owned")
def fixture_owned():
    return record(lambda: own(DEFAULT))


def own(spec):
    provider = kubernetes.Provider("kubernetes", kubeconfig=pulumi.Output.secret("config"))
    objects = [file.object for file in cluster_objects(spec)]
    ClusterObjects("objects", objects, pulumi.Output.secret(secret(TOKEN)), provider)


def test_fields_with_dashes_have_the_packages_names():
    """The package would not know them, and after a refresh show what the cluster holds as a change."""
    owned = record(lambda: own(CALICO))
    made = owned["objects-customresourcedefinition-ippools.crd.projectcalico.org"]
    (version,) = made.inputs["spec"]["versions"]
    opened = {"type": "object", "x_kubernetes_preserve_unknown_fields": True}
    assert version["schema"]["openAPIV3Schema"]["properties"] == {"spec": opened, "status": opened}
    assert made.inputs["metadata"]["annotations"] == TAKEN_OVER


def test_every_object_has_a_resource_of_its_kind_with_its_content(owned):
    component = owned.component("tradewind:index:ClusterObjects")
    resources = {each.name: each for each in owned.children(component)}
    assert len(resources) == len(cluster_objects(DEFAULT)) + 1
    made = {(each.inputs["kind"], each.inputs["metadata"]["name"]): each for each in resources.values()}
    for file in cluster_objects(DEFAULT):
        each = made[file.object["kind"], file.object["metadata"]["name"]]
        group, _, version = file.object["apiVersion"].rpartition("/")
        assert each.type == f"kubernetes:{group or 'core'}/{version}:{file.object['kind']}"
        assert {**each.inputs, "metadata": None} == {**file.object, "metadata": None}
        assert each.inputs["metadata"] == {
            **file.object["metadata"],
            "annotations": {**file.object["metadata"].get("annotations", {}), **TAKEN_OVER},
        }
        assert each.secrets == set()


def test_every_object_goes_through_the_clusters_provider_in_the_pinned_version(owned):
    provider = owned["kubernetes"]
    for each in owned.children(owned.component("tradewind:index:ClusterObjects")):
        assert each.request.provider.startswith(f"{provider.urn}::")
        assert each.request.version == "4.28.0"


def test_of_the_token_only_its_data_is_secret(owned):
    made = owned["objects-bootstrap-token"]
    assert made.type == "kubernetes:core/v1:Secret"
    assert made.secrets == {"data"}
    assert made.inputs["metadata"]["name"] == f"bootstrap-token-{TOKEN.id}"
    assert made.inputs["type"] == "bootstrap.kubernetes.io/token"
    assert base64.b64decode(made.inputs["data"]["token-secret"]).decode() == TOKEN.secret
