"""The reference of inputs and outputs, docs/platforms/<platform>-reference.md, from the types in the source.

    source   classes, their fields and the texts below them, read without importing anything
    types    what a field's type is called, and which types it names
    page     the page of a platform

No cloud's packages are needed. A test compares the pages with those that are stored.
"""
