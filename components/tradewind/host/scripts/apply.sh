#!/bin/sh
# Applies /assets/manifests to the cluster, once its API server is ready. Can be run again.
# APPLY_TIMEOUT: seconds after which it gives up, for each of the two steps.
# ROOT=FOLDER puts a folder before /assets, for tests.
set -u
export KUBECONFIG=/etc/kubernetes/super-admin.conf
limit=${APPLY_TIMEOUT:-420}
manifests=${ROOT:-}/assets/manifests

kubectl() { command kubectl --request-timeout=20s "$@"; }

now() { cut -d. -f1 /proc/uptime; }

retry() { # WHAT COMMAND...: prints the last answer of the command, and fails when it never succeeds.
  what=$1; shift
  end=$(($(now) + limit))
  echo "apply: waiting for $what"
  until output=$("$@" 2>&1); do
    if [ "$(now)" -ge "$end" ]; then
      echo "apply: $what: not within ${limit}s; the last answer was:" >&2
      echo "$output" >&2
      return 1
    fi
    sleep 0.2 2> /dev/null || sleep 1
  done
}

apply() {
  kubectl apply --server-side --force-conflicts --field-manager=tradewind "$@"
}

# kubectl names the object that the API server refuses, and not its file.
name_refused() {
  find "$manifests" -name '*.yaml' | sort | while read -r file; do
    output=$(apply --filename "$file" 2>&1) || printf 'apply: refused: %s\n%s\n' "${file#"$manifests"/}" "$output" >&2
  done
}

retry "the API server to be ready" kubectl get --raw '/readyz?verbose' || exit 1
retry "every manifest to be accepted" apply --recursive --filename "$manifests" || { name_refused; exit 1; }
echo "$output"
