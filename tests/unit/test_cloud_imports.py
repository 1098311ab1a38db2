"""Packages of clouds are imported module by module: mypy takes minutes and gigabytes for a whole one.

`import pulumi_aws.ec2 as ec2` is the form. `import pulumi_aws` reads every module; `from pulumi_aws import ec2` is for
mypy Any, as the package loads its modules when they are used.
"""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "components"
PACKAGES = ("pulumi_aws", "pulumi_azure_native", "pulumi_gcp")
"""Those with modules; pulumi_digitalocean and pulumiverse_matchbox are small and have all resources in the package."""
MODULES = sorted(SOURCE.rglob("*.py"))


def refused(text):
    """Imports of a cloud's package in another form."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found += [ast.unparse(node) for alias in node.names if alias.name in PACKAGES]
        elif isinstance(node, ast.ImportFrom) and node.module in PACKAGES:
            found.append(ast.unparse(node))
    return found


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_module_imports_modules_of_clouds(module):
    assert refused(module.read_text()) == []


@pytest.mark.parametrize("text", ["import pulumi_aws", "import pulumi_aws as aws", "from pulumi_gcp import compute"])
def test_a_whole_package_is_refused(text):
    assert refused(text) == [text]


@pytest.mark.parametrize(
    "text", ["import pulumi_aws.ec2 as ec2", "from pulumi_aws.ec2 import Vpc", "import pulumi_tls"]
)
def test_a_module_is_not(text):
    assert refused(text) == []
