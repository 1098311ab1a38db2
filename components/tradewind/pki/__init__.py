"""Stage 3: keys and certificates.

`catalog` lists them (pure); `assets` walks the list and makes the resources.
"""
