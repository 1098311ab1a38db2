"""Stage 5: what is on a host before it joins, and what is delivered to it afterwards.

Pure. Reads: `ClusterSpec`, `HostOptions` and the asset map. Makes: `HostConfig` for the first boot (Ignition) and
`HostFile`s for later deliveries (an archive over SSH).

Read in this order: `roles` is the story; `units`, `settings` and `scripts` are its parts; `assets` says which role may
hold which secret; `ignition` and `archive` are the two ways onto a machine; `options` names the differences.
"""
