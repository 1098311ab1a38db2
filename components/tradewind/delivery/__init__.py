"""Stage 6: what reaches machines that already run.

`files` delivers over SSH, `bootstrap` starts the one-time apply, `objects` owns the objects in the cluster afterwards.
"""
