"""Which changes need a new resource, and which the cloud refuses, for the types that cluster platforms use.

Reads: `conditions`.
Makes: `replaces`, `refused`. A type that is not in the tables changes in place, but for its name and place.

Sources: `ForceNew`, `RequiresReplace` and `CustomizeDiff` of the Terraform providers that the packages are made from
(hashicorp/aws, hashicorp/google, digitalocean/digitalocean, poseidon/matchbox on https://registry.terraform.io), their
documentation in the SDKs, and for Azure https://www.pulumi.com/registry/packages/azure-native/.
"""

from collections.abc import Iterable

from tools.plugins.base.diff import Path
from tools.plugins.base.values import UNKNOWN, Props
from tools.plugins.recording.conditions import CONDITIONS

ANY = "*"
"""Stands for every index of a list; alone, for every property."""

_ALWAYS = {
    "aws": "name namePrefix region",
    "azure-native": "resourceGroupName location",
    "digitalocean": "region",
    "gcp": "name namePrefix project region zone",
    "kubernetes": "metadata.name metadata.namespace",
    "matchbox": ANY,
    "command": "triggers",
}
"""What replaces a resource of any type of a package."""

BY_TYPE = {
    "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway": "vpcId",
    "aws:ec2/eip:Eip": "domain networkBorderGroup publicIpv4Pool",
    "aws:ec2/instance:Instance": """ami availabilityZone subnetId keyName privateIp associatePublicIpAddress
        ipv6AddressCount ipv6Addresses placementGroup tenancy hibernation networkInterfaces cpuOptions
        rootBlockDevice.encrypted rootBlockDevice.kmsKeyId instanceMarketOptions""",
    "aws:ec2/keyPair:KeyPair": "keyName publicKey",
    "aws:ec2/natGateway:NatGateway": "subnetId connectivityType allocationId privateIp vpcId",
    "aws:ec2/route:Route": "routeTableId destinationCidrBlock destinationIpv6CidrBlock destinationPrefixListId",
    "aws:ec2/routeTable:RouteTable": "vpcId",
    "aws:ec2/routeTableAssociation:RouteTableAssociation": "subnetId gatewayId",
    "aws:ec2/securityGroup:SecurityGroup": "description vpcId",
    "aws:ec2/subnet:Subnet": "availabilityZone cidrBlock ipv6CidrBlock vpcId ipv6Native",
    "aws:ec2/vpc:Vpc": "cidrBlock ipv4IpamPoolId",
    "aws:iam/instanceProfile:InstanceProfile": "path",
    "aws:iam/role:Role": "path",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ANY,
    "aws:lb/listener:Listener": "loadBalancerArn",
    "aws:lb/loadBalancer:LoadBalancer": "internal loadBalancerType",
    "aws:lb/targetGroup:TargetGroup": "port protocol protocolVersion targetType vpcId ipAddressType",
    "aws:lb/targetGroupAttachment:TargetGroupAttachment": ANY,
    "aws:route53/record:Record": "zoneId",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": "securityGroupId",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "securityGroupId",
    "azure-native:compute:VirtualMachineScaleSet": "orchestrationMode platformFaultDomainCount",
    "azure-native:dns:RecordSet": "recordType zoneName",
    "azure-native:network:PublicIPAddress": "publicIPAddressVersion publicIPPrefix sku",
    "azure-native:network:Subnet": "virtualNetworkName",
    "digitalocean:index/dnsRecord:DnsRecord": "domain type",
    "digitalocean:index/domain:Domain": "name",
    "digitalocean:index/droplet:Droplet": "image userData sshKeys vpcUuid dropletAgent monitoring publicNetworking",
    "digitalocean:index/loadBalancer:LoadBalancer": "vpcUuid network type",
    "digitalocean:index/projectResources:ProjectResources": "project",
    "digitalocean:index/sshKey:SshKey": "publicKey",
    "digitalocean:index/tag:Tag": "name",
    "digitalocean:index/vpc:Vpc": "ipRange",
    "digitalocean:index/vpcNatGateway:VpcNatGateway": "vpcs.*.vpcUuid",
    "gcp:compute/address:Address": ANY,
    "gcp:compute/backendService:BackendService": "loadBalancingScheme",
    "gcp:compute/firewall:Firewall": "network direction",
    "gcp:compute/forwardingRule:ForwardingRule": """allPorts backendService description ipAddress ipProtocol ipVersion
        loadBalancingScheme network ports portRange subnetwork""",
    "gcp:compute/globalAddress:GlobalAddress": ANY,
    "gcp:compute/globalForwardingRule:GlobalForwardingRule": """ipAddress ipProtocol ipVersion loadBalancingScheme
        network portRange subnetwork""",
    "gcp:compute/instance:Instance": """bootDisk description hostname metadataStartupScript scratchDisks
        guestAccelerators networkInterfaces.*.networkIp networkInterfaces.*.nicType networkInterfaces.*.queueCount
        scheduling.preemptible scheduling.provisioningModel""",
    "gcp:compute/instanceGroup:InstanceGroup": "description network",
    "gcp:compute/instanceGroupMembership:InstanceGroupMembership": ANY,
    "gcp:compute/instanceTemplate:InstanceTemplate": ANY,
    "gcp:compute/network:Network": "autoCreateSubnetworks description",
    "gcp:compute/regionBackendService:RegionBackendService": "loadBalancingScheme network",
    "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager": """baseInstanceName description
        distributionPolicyTargetShape distributionPolicyZones""",
    "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate": ANY,
    "gcp:compute/router:Router": "network",
    "gcp:compute/routerNat:RouterNat": "router",
    "gcp:compute/subnetwork:Subnetwork": "description network purpose",
    "gcp:compute/targetPool:TargetPool": "description failoverRatio sessionAffinity",
    "gcp:compute/targetTCPProxy:TargetTCPProxy": "description proxyBind",
    "gcp:dns/managedZone:ManagedZone": "dnsName visibility",
    "gcp:dns/recordSet:RecordSet": "managedZone",
    "kubernetes:apps/v1:DaemonSet": "spec.selector",
    "kubernetes:apps/v1:Deployment": "spec.selector",
    "kubernetes:core/v1:ConfigMap": "data binaryData",
    "kubernetes:core/v1:Secret": "type",
    "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding": "roleRef",
    "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding": "roleRef",
}
"""What replaces a resource of a type; `CONDITIONS` has what does so only sometimes."""

REFUSED = {
    "azure-native:compute:AvailabilitySet": "platformFaultDomainCount platformUpdateDomainCount",
    "azure-native:compute:VirtualMachine": """osProfile.adminUsername osProfile.computerName osProfile.customData
        osProfile.linuxConfiguration.ssh storageProfile.imageReference availabilitySet zones""",
    "azure-native:compute:VirtualMachineScaleSet": """virtualMachineProfile.osProfile.adminUsername
        virtualMachineProfile.osProfile.computerNamePrefix""",
    "azure-native:network:LoadBalancer": "sku",
    "azure-native:network:PublicIPAddress": "publicIPAllocationMethod zones",
}
"""What Azure answers with PropertyChangeNotAllowed, or the like. The custom data of a scale set may change, that of a
machine not. Source: https://learn.microsoft.com/azure/virtual-machines/custom-data"""


def replaces(token: str, own_name: str | None, path: Path, old: Props, new: Props) -> bool:
    """Whether a change at the path, of the `old` inputs to the `new`, needs a new resource; one of its name does."""
    plugin = token.partition(":")[0]
    condition = CONDITIONS.get(token, {}).get(str(path[0]))
    if condition:
        # The providers decide by values that are known.
        return new.get(str(path[0])) is not UNKNOWN and condition(old, new)
    if path == (own_name,) and plugin in ("aws", "azure-native", "gcp"):
        return True
    return _matches(path, _ALWAYS.get(plugin, ""), BY_TYPE.get(token, ""))


def refused(token: str, paths: Iterable[Path]) -> list[Path]:
    """The changes that the cloud refuses."""
    return [path for path in paths if _matches(path, REFUSED.get(token, ""))]


def _matches(path: Path, *tables: str) -> bool:
    return any(_covers(pattern.split("."), path) for table in tables for pattern in table.split())


def _covers(pattern: list[str], path: Path) -> bool:
    """Whether the path is the pattern's property, a part of it, or something that holds it."""
    return all(part in (ANY, str(step)) for part, step in zip(pattern, path, strict=False))
