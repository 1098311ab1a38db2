# etcd.conf and the members that it names, for scripts that talk to etcd.
setting() { sed -n "s/^$1=//p" "$settings"; }

others() { # Client URLs of the other members.
  own=$(setting ETCD_ADVERTISE_CLIENT_URLS)
  setting ETCD_INITIAL_CLUSTER | tr ',' '\n' | sed 's/^[^=]*=//; s/:2380$/:2379/' | grep -vxF "$own"
}

ask() { # URL [CURL-OPTION...]
  curl --silent --show-error --fail-with-body --connect-timeout 3 --max-time 10 --cacert "$pki/server-ca.crt" \
    --cert "$pki/server.crt" --key "$pki/server.key" "$@"
}
