"""Small programs, one a cloud: a network and a machine in it, as platforms make them.

Each takes `test:type`, the type of its machine, and `test:boot`, what the machine boots.
"""

_GIVEN = """
import pulumi

given = pulumi.Config("test")
machine_type, boot = given.require("type"), pulumi.Output.secret(given.require("boot"))
"""

AWS = f"""{_GIVEN}
import pulumi_aws as aws

zones = aws.get_availability_zones_output(state="available")
image = aws.ec2.get_ami_output(most_recent=True, owners=["125523088429"])
network = aws.ec2.Vpc("network", cidr_block="10.0.0.0/16", assign_generated_ipv6_cidr_block=True)
subnet = aws.ec2.Subnet(
    "subnet",
    vpc_id=network.id,
    cidr_block="10.0.0.0/20",
    availability_zone=zones.names[0],
    ipv6_cidr_block=network.ipv6_cidr_block,
)
machine = aws.ec2.Instance(
    "machine",
    ami=image.id,
    instance_type=machine_type,
    subnet_id=subnet.id,
    user_data=boot,
    user_data_replace_on_change=True,
    root_block_device={{"volume_type": "gp3", "volume_size": 30}},
    opts=pulumi.ResourceOptions(ignore_changes=["ami"]),
)
pulumi.export("address", machine.public_ip)
"""

AZURE = f"""{_GIVEN}
import pulumi_azure_native as azure

group = azure.resources.ResourceGroup("group", resource_group_name="example")
network = azure.network.VirtualNetwork(
    "network", resource_group_name=group.name, address_space={{"address_prefixes": ["10.0.0.0/16"]}}
)
subnet = azure.network.Subnet(
    "subnet", resource_group_name=group.name, virtual_network_name=network.name, address_prefix="10.0.0.0/17"
)
address = azure.network.PublicIPAddress("address", resource_group_name=group.name)
interface = azure.network.NetworkInterface(
    "interface",
    resource_group_name=group.name,
    ip_configurations=[
        {{"name": "ipv4", "subnet": {{"id": subnet.id}}, "public_ip_address": {{"id": address.id}}, "primary": True}}
    ],
)
machine = azure.compute.VirtualMachine(
    "machine",
    resource_group_name=group.name,
    vm_name="example-machine",
    hardware_profile={{"vm_size": machine_type}},
    os_profile={{"computer_name": "example", "admin_username": "core", "custom_data": boot}},
    network_profile={{"network_interfaces": [{{"id": interface.id, "primary": True}}]}},
)
pulumi.export("address", address.ip_address)
"""

GOOGLE_CLOUD = f"""{_GIVEN}
import pulumi_gcp as gcp

zones = gcp.compute.get_zones_output(region="europe-west1")
image = gcp.compute.get_image_output(project="fedora-coreos-cloud", family="fedora-coreos-stable")
network = gcp.compute.Network("network", auto_create_subnetworks=False)
subnet = gcp.compute.Subnetwork("subnet", network=network.id, ip_cidr_range="10.0.0.0/16", region="europe-west1")
machine = gcp.compute.Instance(
    "machine",
    name="example-machine",
    zone=zones.names[0],
    machine_type=machine_type,
    boot_disk={{"initialize_params": {{"image": image.self_link, "size": 30}}}},
    network_interfaces=[{{"subnetwork": subnet.id, "access_configs": [{{}}]}}],
    metadata={{"user-data": boot}},
    opts=pulumi.ResourceOptions(ignore_changes=["bootDisk.initializeParams.image"]),
)
pulumi.export("address", machine.network_interfaces[0].access_configs[0].nat_ip)
"""

DIGITAL_OCEAN = f"""{_GIVEN}
import pulumi_digitalocean as digitalocean

image = digitalocean.get_image_output(name="fedora-coreos")
network = digitalocean.Vpc("network", region="fra1")
machine = digitalocean.Droplet(
    "machine",
    name="example-machine",
    region="fra1",
    size=machine_type,
    image=image.id.apply(str),
    vpc_uuid=network.id,
    user_data=boot,
    opts=pulumi.ResourceOptions(ignore_changes=["image"]),
)
pulumi.export("address", machine.ipv4_address)
"""

BARE_METAL = f"""{_GIVEN}
import pulumiverse_matchbox as matchbox

server = matchbox.Provider("server", endpoint="matchbox:8081", ca="ca", client_cert="certificate", client_key="key")
opts = pulumi.ResourceOptions(provider=server)
profile = matchbox.Profile("machine", name="example-machine", kernel=machine_type, raw_ignition=boot, opts=opts)
group = matchbox.Group(
    "network", name="example", profile=profile.name, selector={{"mac": "52:54:00:00:00:01"}}, opts=opts
)
pulumi.export("address", group.selector["mac"])
"""

PROGRAMS = {
    "aws": AWS,
    "azure": AZURE,
    "google-cloud": GOOGLE_CLOUD,
    "digital-ocean": DIGITAL_OCEAN,
    "bare-metal": BARE_METAL,
}
