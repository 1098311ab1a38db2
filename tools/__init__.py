"""Tool set-up, stand-in plugins, local machines, images: nothing that a program of a user imports."""
