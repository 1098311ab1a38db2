"""The plugin that records, as a process: what it accepts, what it makes up, what replaces."""

import re
from contextlib import ExitStack

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2

from tests.support.plugin_process import running_plugin
from tools.plugins.base.values import UNKNOWN, Secret
from tools.plugins.base.wire import encode
from tools.venv import clouds_folder, site_packages

VPC = "aws:ec2/vpc:Vpc"
INSTANCE = "aws:ec2/instance:Instance"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
GROUP = "aws:lb/targetGroup:TargetGroup"
MACHINE = "azure-native:compute:VirtualMachine"
DROPLET = "digitalocean:index/droplet:Droplet"
GOOGLE = "gcp:compute/instance:Instance"
PROFILE = "matchbox:index/profile:Profile"
BOOT = {"bootDisk": {"initializeParams": {"image": "one"}}, "machineType": "n1", "zone": "europe-west1-a"}
INPUTS = {
    VPC: {"cidrBlock": "10.0.0.0/16"},
    INSTANCE: {"ami": "ami-1", "instanceType": "t3.small", "userData": "one"},
    TEMPLATE: {"name": "template", "imageId": "ami-1", "userData": "one"},
    GROUP: {"name": "group", "protocol": "TCP", "port": 443},
    MACHINE: {
        "vmName": "machine",
        "resourceGroupName": "group",
        "osProfile": {"customData": "one"},
        "hardwareProfile": {"vmSize": "small"},
    },
    DROPLET: {"name": "machine", "image": "1", "size": "small", "userData": "one"},
    GOOGLE: {"name": "machine", **BOOT, "networkInterfaces": [{"network": "n", "accessConfigs": [{}]}]},
    PROFILE: {"name": "machine", "kernel": "one"},
}


@pytest.fixture(scope="module")
def plugin(tmp_path_factory):
    """Starts the plugin of a token's package, once each."""
    running = {}
    kept = tmp_path_factory.mktemp("descriptions")
    with ExitStack() as stack, pytest.MonkeyPatch.context() as variables:
        variables.setenv("TRADEWIND_SDKS", str(site_packages(clouds_folder())))
        variables.setenv("TRADEWIND_DESCRIPTIONS", str(kept))

        def of(token):
            name = token.split(":")[0]
            if name not in running:
                variables.setenv("TRADEWIND_RECORDED", name)
                running[name] = stack.enter_context(running_plugin("recording", kept))
            return running[name]

        yield of


def failures(plugin, token, **changes):
    _, found = plugin(token).check(token, INPUTS[token] | changes)
    return found


def test_declared_inputs_are_fine(plugin):
    assert [failures(plugin, token) for token in INPUTS] == [[]] * len(INPUTS)


@pytest.mark.parametrize(
    ("token", "changes", "problem"),
    [
        (VPC, {"cidrBlok": "x"}, 'cidrBlok = "x": the package declares no such property (is cidrBlock meant?)'),
        (VPC, {"cidrBlock": 10}, "cidrBlock = 10: must be a string"),
        (VPC, {"enableDnsSupport": "true"}, 'enableDnsSupport = "true": must be true or false'),
        (VPC, {"ipv4NetmaskLength": True}, "ipv4NetmaskLength = true: must be a whole number"),
        (VPC, {"tags": ["a"]}, 'tags = ["a"]: must be a map'),
        (VPC, {"tags": {"a": 1}}, "tags.a = 1: must be a string"),
        (VPC, {"cidrBlock": Secret(10)}, "cidrBlock = [secret]: must be a string"),
        (
            INSTANCE,
            {"rootBlockDevice": {"volumSize": 30}},
            "rootBlockDevice.volumSize = 30: the package declares no such property (is volumeSize meant?)",
        ),
        (GOOGLE, {"machineType": None}, "machineType = nothing: is required"),
        (GOOGLE, {"networkInterfaces": [{"nicTyp": "x"}]}, "networkInterfaces[0].nicTyp"),
        (MACHINE, {"resourceGroupName": None}, "resourceGroupName = nothing: is required"),
    ],
)
def test_a_wrong_input_is_told_by_type_path_value_and_rule(plugin, token, changes, problem):
    (found,) = failures(plugin, token, **changes)
    name, _, reason = found.partition(": ")
    assert reason.startswith(f"{token} {problem}")
    assert name in problem


HTTPS = {"protocol": "HTTPS", "interval": 5}


@pytest.mark.parametrize(
    "check",
    [HTTPS, HTTPS | {"protocol": "HTTP"}, HTTPS | {"timeout": 5}, HTTPS | {"interval": 10}, {"timeout": 30}],
)
def test_health_is_not_asked_for_more_often_than_an_answer_may_take(plugin, check):
    (problem,) = failures(plugin, GROUP, healthCheck=Secret(check))
    assert problem.startswith("healthCheck: ValidationError: Health check interval must be greater than the timeout")


@pytest.mark.parametrize(
    "check",
    [HTTPS | {"timeout": 4}, HTTPS | {"protocol": "HTTP", "interval": 7}, HTTPS | {"timeout": UNKNOWN}, {}, UNKNOWN],
)
def test_health_that_is_asked_for_after_an_answer(plugin, check):
    assert failures(plugin, GROUP, healthCheck=check) == []


def test_what_is_not_known_yet_is_fine(plugin):
    assert failures(plugin, VPC, cidrBlock=UNKNOWN, tags={"a": Secret(UNKNOWN)}) == []


def test_a_type_that_the_package_does_not_declare_is_refused(plugin):
    with pytest.raises(grpc.RpcError, match="pulumi_aws declares no aws:ec2/vpc:Vcp"):
        plugin(VPC).check("aws:ec2/vpc:Vcp", {})


@pytest.mark.parametrize(
    ("token", "form"),
    [
        (VPC, r"vpc-[0-9a-f]{17}"),
        (INSTANCE, r"i-[0-9a-f]{17}"),
        (TEMPLATE, r"lt-[0-9a-f]{17}"),
        (
            MACHINE,
            "/subscriptions/[0-9a-f-]{36}/resourceGroups/group/providers/Microsoft.Compute/virtualMachines/machine",
        ),
        (DROPLET, r"4\d{8}"),
        (GOOGLE, "projects/example-project/zones/europe-west1-a/instances/machine"),
        (PROFILE, "machine"),
    ],
)
def test_ids_have_the_form_of_the_cloud(plugin, token, form):
    made = plugin(token).create(token, INPUTS[token])

    assert re.fullmatch(form, made.id)


def test_outputs_are_the_inputs_and_what_the_cloud_adds(plugin):
    outputs = plugin(GOOGLE).create(GOOGLE, INPUTS[GOOGLE]).outputs
    (interface,) = outputs["networkInterfaces"]
    assert interface["network"] == "n"
    assert interface["networkIp"].startswith("10.0.")
    assert interface["accessConfigs"][0]["natIp"].startswith(("198.18.", "198.19."))
    assert outputs["selfLink"].endswith("/instances/machine")


def test_a_name_that_is_not_given_is_made_of_the_resources(plugin):
    made = plugin(TEMPLATE).create(TEMPLATE, {"imageId": "ami-1"})
    assert re.fullmatch("thing-[0-9a-f]{7}", made.outputs["name"])
    with_prefix = plugin(TEMPLATE).create(TEMPLATE, {"namePrefix": "own-"})
    assert re.fullmatch("own-[0-9a-f]{10}", with_prefix.outputs["name"])


def test_two_of_a_kind_differ(plugin):
    first, second = (plugin(INSTANCE).create(INSTANCE, INPUTS[INSTANCE]) for _ in range(2))
    assert first.id != second.id
    assert first.outputs["publicIp"] != second.outputs["publicIp"]


def test_a_preview_knows_the_inputs_only(plugin):
    outputs = plugin(GOOGLE).create(GOOGLE, INPUTS[GOOGLE], preview=True).outputs
    assert outputs["name"] == "machine"
    assert outputs["selfLink"] is UNKNOWN
    assert outputs["networkInterfaces"][0]["accessConfigs"][0]["natIp"] is UNKNOWN


def test_secrets_stay_secret(plugin):
    made = plugin(INSTANCE).create(INSTANCE, INPUTS[INSTANCE] | {"userData": Secret("boot")})
    assert made.outputs["userData"] == Secret("boot")


@pytest.mark.parametrize(
    ("token", "changes", "replaced"),
    [
        (INSTANCE, {"ami": "ami-2"}, ["ami"]),
        (INSTANCE, {"instanceType": "t3.large"}, []),
        (INSTANCE, {"userData": "two"}, []),
        (INSTANCE, {"userData": "two", "userDataReplaceOnChange": True}, ["userData"]),
        (TEMPLATE, {"imageId": "ami-2", "userData": "two"}, []),
        (MACHINE, {"hardwareProfile": {"vmSize": "large"}}, []),
        (MACHINE, {"resourceGroupName": "other"}, ["resourceGroupName"]),
        (DROPLET, {"size": "large"}, []),
        (DROPLET, {"userData": "two"}, ["userData"]),
        (GOOGLE, {"machineType": "n2"}, []),
        (GOOGLE, {"bootDisk": {"initializeParams": {"image": "two"}}}, ["bootDisk"]),
        (PROFILE, {"kernel": "two"}, ["kernel"]),
    ],
)
def test_what_needs_a_new_resource(plugin, token, changes, replaced):
    client = plugin(token)
    made = client.create(token, INPUTS[token])
    answer = client.diff(made, INPUTS[token] | changes)
    assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert list(answer.replaces) == replaced
    # Only one can have the name that they are given.
    assert answer.deleteBeforeReplace is (bool(replaced) and token in (MACHINE, DROPLET, GOOGLE, PROFILE))


def test_an_update_of_a_launch_template_is_a_new_version(plugin):
    client = plugin(TEMPLATE)
    made = client.create(TEMPLATE, INPUTS[TEMPLATE])
    changed = client.update(made, INPUTS[TEMPLATE] | {"userData": "two"})
    assert (made.outputs["latestVersion"], changed.outputs["latestVersion"]) == (1, 2)
    assert changed.outputs["arn"] == made.outputs["arn"]
    assert client.update(made, INPUTS[TEMPLATE], preview=True).outputs["latestVersion"] is UNKNOWN


def test_azure_refuses_another_first_boot(plugin):
    client = plugin(MACHINE)
    made = client.create(MACHINE, INPUTS[MACHINE])
    with pytest.raises(grpc.RpcError, match=r"PropertyChangeNotAllowed: changing property osProfile\.customData"):
        client.update(made, INPUTS[MACHINE] | {"osProfile": {"customData": "two"}})


def test_functions_give_results_of_the_declared_form(plugin):
    client = plugin(VPC)
    zones = client.invoke("aws:index/getAvailabilityZones:getAvailabilityZones", {})
    assert zones["names"] == ["us-east-1a", "us-east-1b", "us-east-1c"]
    image = client.invoke("aws:ec2/getAmi:getAmi", {"owners": ["1"]})
    assert image == client.invoke("aws:ec2/getAmi:getAmi", {"owners": ["1"]})
    assert image["id"] != client.invoke("aws:ec2/getAmi:getAmi", {"owners": ["2"]})["id"]
    with pytest.raises(grpc.RpcError, match=r"owner = .*is owners meant"):
        client.invoke("aws:ec2/getAmi:getAmi", {"owner": "1"})


def test_the_providers_own_inputs_are_checked(plugin):
    request = provider_pb2.CheckRequest(urn="urn", news=encode({"regoin": "x", "maxRetries": "many"}))
    reasons = sorted(each.reason for each in plugin(VPC).stub.CheckConfig(request).failures)
    assert reasons == [
        'provider aws maxRetries = "many": must be a whole number',
        'provider aws regoin = "x": the package declares no such property (is region meant?)',
    ]
