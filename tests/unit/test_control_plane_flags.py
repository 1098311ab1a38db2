"""A user's flags of the control plane: each of the library's own has a rule, and a value is only a value."""

import re

import pytest

from tests.unit.arguments import arguments
from tests.unit.manifests.specs import BARE, DEFAULT, HIGHLY_AVAILABLE, OPTIONS
from tradewind.errors import SpecError
from tradewind.manifests import static_pods
from tradewind.spec import cluster_spec, flags, known
from tradewind.spec.etcd import variables
from tradewind.spec.flags import FIXED, OPEN, PROGRAMS, RISKS, with_flags
from tradewind.versions import newest_of_each_minor

REASON = "a test of the flag"


def rendered(spec) -> dict[str, dict[str, str]]:
    """Flags by program, as the containers get them."""
    commands = [pod["spec"]["containers"][0]["command"] for pod in static_pods(spec).values()]
    return {words[0]: dict(word.removeprefix("--").split("=", 1) for word in words[1:]) for words in commands}


def with_(field, given, **more):
    return rendered(cluster_spec(arguments(control_plane_flags={field: {"flags": given, **more}})))[PROGRAMS[field]]


@pytest.mark.parametrize("program", PROGRAMS.values())
def test_every_flag_of_the_librarys_own_has_one_rule(program):
    own = {flag for spec in (DEFAULT, HIGHLY_AVAILABLE, BARE) for flag in rendered(spec)[program]}
    tables = [set(FIXED[program]), set(RISKS[program]), set(OPEN[program])]
    assert own <= set.union(*tables)
    assert sum(map(len, tables)) == len(set.union(*tables))
    assert OPEN[program] <= own
    everywhere = {flag for minor in newest_of_each_minor() for flag in known.flags(program, minor)}
    assert set.union(*tables) <= everywhere


@pytest.mark.parametrize("field", PROGRAMS)
def test_a_flag_is_added_and_nothing_else_changes(field):
    own = rendered(cluster_spec(arguments()))[PROGRAMS[field]]
    assert with_(field, {"http2-max-streams-per-connection": "500"}) == {
        **own,
        "http2-max-streams-per-connection": "500",
    }


def test_what_tunes_is_replaced_and_plugins_are_added():
    api = with_(
        "kube_apiserver", {"audit-log-maxage": "90", "enable-admission-plugins": "AlwaysPullImages,NodeRestriction"}
    )
    assert api["audit-log-maxage"] == "90"
    assert api["enable-admission-plugins"] == "NodeRestriction,EventRateLimit,DenyServiceExternalIPs,AlwaysPullImages"
    assert with_("kube_controller_manager", {"kube-api-qps": "50"})["kube-api-qps"] == "50"


def test_a_risk_is_taken_with_its_reason():
    assert with_("kube_apiserver", {"profiling": "true"}, accept_risks={"profiling": REASON})["profiling"] == "true"


@pytest.mark.parametrize(
    "text", ["$(POD_IP)", "$$(POD_IP)", "$5", "a$", "$(", "--profiling=true", '"; reboot', "a,b=c"]
)
def test_a_value_is_what_was_given_after_kubernetes_has_expanded_it(text):
    value = with_flags({"v": "$(POD_IP)"}, {"vmodule": text})["vmodule"]
    expanded = re.sub(r"\$\$|\$\(([A-Z_]+)\)", lambda found: "$" if found[0] == "$$" else "10.0.0.1", value)
    assert expanded == text


def test_the_librarys_own_values_are_left_as_they_are():
    assert with_flags({"advertise-address": "$(POD_IP)"}, {}) == {"advertise-address": "$(POD_IP)"}


def test_every_program_has_its_own_flags():
    found = rendered(OPTIONS)
    assert found["kube-scheduler"]["v"] == "2"
    assert "v" not in found["kube-apiserver"]
    assert set(flags.FIELDS) == set(PROGRAMS)


def test_settings_of_etcd_are_its_variables():
    assert variables({}) == {}
    assert variables({"quota_backend_bytes": 4294967296, "election_timeout": 2000}) == {
        "ETCD_QUOTA_BACKEND_BYTES": "4294967296",
        "ETCD_ELECTION_TIMEOUT": "2000",
    }


DANGEROUS = {
    "kube_apiserver": "anonymous-auth authentication-config authentication-token-webhook-config-file "
    "authorization-config authorization-mode authorization-webhook-config-file bind-address client-ca-file "
    "cors-allowed-origins debug-socket-path disable-admission-plugins encryption-provider-config etcd-prefix "
    "feature-gates oidc-issuer-url audit-policy-file audit-log-path profiling requestheader-client-ca-file "
    "runtime-config secure-port token-auth-file service-account-lookup tls-cipher-suites tls-min-version "
    "enable-bootstrap-token-auth api-audiences insecure-port",
    "kube_controller_manager": "authentication-skip-lookup authorization-always-allow-paths bind-address controllers "
    "cluster-signing-kubelet-client-key-file enable-hostpath-provisioner feature-gates master node-cidr-mask-size "
    "profiling requestheader-client-ca-file root-ca-file secure-port use-service-account-credentials",
    "kube_scheduler": "authentication-skip-lookup authorization-always-allow-paths bind-address config feature-gates "
    "kubeconfig master profiling requestheader-client-ca-file secure-port",
}
"""Written out, so that none is forgotten with its row of a table."""
CASES = [(field, flag) for field, text in DANGEROUS.items() for flag in text.split()]


@pytest.mark.parametrize(("field", "flag"), CASES)
def test_what_would_break_the_cluster_or_its_security_is_refused(field, flag):
    with pytest.raises(SpecError, match=re.escape(f"control_plane_flags.{field}.flags['{flag}']: must ")):
        with_(field, {flag: "x"})
