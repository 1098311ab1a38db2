"""The pinned tools: found, downloaded or built once, kept in the cache. Run `python3 -m tools.toolchain`."""
