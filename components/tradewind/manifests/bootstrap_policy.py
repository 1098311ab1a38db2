"""What a bootstrap token may not ask for: the certificate of a node that is alive.

Pure. Makes: two ValidatingAdmissionPolicies and their bindings. Without them whoever holds the token is issued a
certificate in the name of any node, as the automatic approval looks at the form of a name only.

CEL has no parser for signing requests: it sees base64 of PEM, so of base64 of DER. So the first policy takes requests
in the very bytes that kubelets send only. One with a second common name, another string type, another key or a second
PEM block is refused, as the signer could read another name in it. The second policy then knows where the name is. It
is evaluated for every Node (its parameter), so it decodes as little as it can.

Sources: https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/,
https://kubernetes.io/docs/reference/using-api/cel/ and RFC 2986. Why: docs/decisions/0009
"""

import string
from collections.abc import Mapping
from typing import Final

from tradewind.constants import SYSTEM_BOOTSTRAPPERS, SYSTEM_NODES
from tradewind.manifests import objects
from tradewind.serialize import Object

_API: Final = "admissionregistration.k8s.io/v1"
_FORM: Final = "bootstrap-request-form"
_NAME: Final = "bootstrap-node-name"
_SIGNER: Final = "kubernetes.io/kube-apiserver-client-kubelet"

_USER_PREFIX: Final = "system:node:"
_P256_KEY: Final = "3059301306072A8648CE3D020106082A8648CE3D030107034200"
"""How the public key of every kubelet begins, in DER: ECDSA on P-256, uncompressed."""
_AFTER_NAME: Final = "0Y0"
"""The first bytes of that, as characters."""

_BASE64: Final = f"{string.ascii_uppercase}{string.ascii_lowercase}{string.digits}+/"
_HEX: Final = f"{string.digits}ABCDEF"
_TEXT: Final = frozenset(f"{_BASE64}=-.: \n")
"""What PEM and names hold."""
_ASCII: Final = "".join(chr(code) if chr(code) in _TEXT else "?" for code in range(256))
"""Characters by code; those that neither holds are one."""


def request_form() -> Object:
    """Refuses requests of bootstrap tokens in another form than kubelets'."""
    return _policy(_FORM, _form_variables(), _is_kubelets(), {})


def request_form_binding() -> Object:
    """Applies the policy of forms."""
    return _binding(_FORM, {})


def node_name() -> Object:
    """Refuses requests of bootstrap tokens in the name of a node that is alive."""
    return _policy(_NAME, _name_variables(), _is_free(), {"paramKind": {"apiVersion": "v1", "kind": "Node"}})


def node_name_binding() -> Object:
    """Applies the policy of names with every Node as its parameter; while there is none, every name is free."""
    # Every kubelet gives its Node this label; an empty selector is what servers leave out.
    labelled = {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "Exists"}]}
    return _binding(_NAME, {"paramRef": {"parameterNotFoundAction": "Allow", "selector": labelled}})


def _policy(name: str, variables: Mapping[str, str], validation: Object, more: Object) -> Object:
    rule = {
        "apiGroups": ["certificates.k8s.io"],
        "apiVersions": ["v1"],
        "operations": ["CREATE"],
        "resources": ["certificatesigningrequests"],
        "scope": "*",
    }
    return {
        "apiVersion": _API,
        "kind": "ValidatingAdmissionPolicy",
        "metadata": objects.cluster_metadata(name),
        "spec": {
            "failurePolicy": "Fail",
            **more,
            "matchConstraints": {"resourceRules": [rule]},
            "matchConditions": [
                {"name": "bootstrap-token", "expression": f"'{SYSTEM_BOOTSTRAPPERS}' in request.userInfo.groups"},
                {"name": "kubelet-client", "expression": f"object.spec.signerName == '{_SIGNER}'"},
            ],
            "variables": [{"name": key, "expression": expression} for key, expression in variables.items()],
            "validations": [dict(validation)],
        },
    }


def _binding(name: str, more: Object) -> Object:
    return {
        "apiVersion": _API,
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": objects.cluster_metadata(name),
        "spec": {"policyName": name, **more, "validationActions": ["Deny"]},
    }


def _form_variables() -> dict[str, str]:
    """Later variables use earlier ones. 240 characters of the request hold names of up to 81 characters."""
    return {
        **_tables(),
        "hex": _literal(_HEX),
        # Padding becomes zero bytes.
        "pem": _decoded("object.spec.request.replace('=', 'A')"),
        # Two characters are 12 bits: three hexadecimal digits.
        "der": (
            "variables.pem.split('-----')[2].replace('\\n', '').substring(0, 240).findAll('..')"
            f".map(c, {_number('c', 2)})"
            ".map(n, variables.hex.charAt(n / 256) + variables.hex.charAt(n / 16 % 16)"
            " + variables.hex.charAt(n % 16)).join()"
        ),
        # After the lengths of the request and of its signed part, and the version.
        "subject": "variables.der.substring(size(variables.der.find('^30(81..|82....)30(81..|82....)020100')))",
        "nameLength": (
            "variables.hex.indexOf(variables.subject.charAt(70)) * 16"
            f" + variables.hex.indexOf(variables.subject.charAt(71)) - {len(_USER_PREFIX)}"
        ),
        "nameBytes": "variables.subject.substring(96, 96 + 2 * variables.nameLength)",
        # The four lengths around the name, from the outermost in.
        "lengths": (
            "[46, 21, 19, 12].map(n, n + variables.nameLength)"
            ".map(n, variables.hex.charAt(n / 16) + variables.hex.charAt(n % 16))"
        ),
    }


def _is_kubelets() -> Object:
    frame = (
        r"^-----BEGIN CERTIFICATE REQUEST-----\n[A-Za-z0-9+/\n]+={0,2}\n-----END CERTIFICATE REQUEST-----\n[?]{0,2}$"
    )
    shape = [
        "30",
        f"31153013060355040A130C{_bytes(SYSTEM_NODES)}31",
        "30",
        "060355040313",
        _bytes(_USER_PREFIX),
    ]
    # The lengths between these parts are any, then those that fit the name.
    exact = " + ".join(f"'{part}' + variables.lengths[{index}]" for index, part in enumerate(shape[:-1]))
    return {
        "expression": (
            f"variables.pem.matches({_literal(frame)}) && variables.subject.matches('^{'..'.join(shape)}')"
            f" && variables.subject.startsWith({exact} + '{shape[-1]}' + variables.nameBytes + '{_P256_KEY}')"
        ),
        "message": "must be a signing request as kubelets make it, for a node name of at most 81 characters",
        "reason": "Forbidden",
    }


def _name_variables() -> dict[str, str]:
    """The request from byte 36 on, as far as a name goes that is as long as the Node's and begins at byte 59."""
    return {
        **_tables(),
        "pem": _decoded("object.spec.request.substring(112, 4 * (42 + size(params.metadata.name) / 2))"),
        "text": _decoded("variables.pem.replace('\\n', '')"),
    }


def _is_free() -> Object:
    return {
        # Unknown: the node has not been heard of for 50 seconds.
        "expression": (
            f"!variables.text.contains('{_USER_PREFIX}' + params.metadata.name + '{_AFTER_NAME}')"
            " || !params.?status.?conditions.orValue([]).exists(c, c.type == 'Ready' && c.status != 'Unknown')"
        ),
        "messageExpression": (
            "'node ' + params.metadata.name + ' is alive; its name is free when it is deleted or"
            " its Ready condition is Unknown'"
        ),
        "reason": "Forbidden",
    }


def _tables() -> dict[str, str]:
    return {"base64": _literal(_BASE64), "ascii": _literal(_ASCII)}


def _decoded(text: str) -> str:
    """CEL: the characters of whole groups of base64. Four of its characters are three bytes."""
    return (
        f"{text}.findAll('.{{4}}').map(c, {_number('c', 4)})"
        ".map(n, variables.ascii.charAt(n / 65536) + variables.ascii.charAt(n / 256 % 256)"
        " + variables.ascii.charAt(n % 256)).join()"
    )


def _bytes(text: str) -> str:
    """Text as hexadecimal digits."""
    return text.encode().hex().upper()


def _number(text: str, count: int) -> str:
    """CEL: the number that `count` characters of base64 stand for."""
    return " + ".join(
        f"variables.base64.indexOf({text}.charAt({index})) * {64 ** (count - 1 - index)}" for index in range(count)
    )


def _literal(text: str) -> str:
    """A CEL string of plain characters."""
    return "'" + text.replace("\\", "\\\\").replace("\n", "\\n") + "'"
