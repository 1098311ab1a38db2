"""placeholder"""
from pathlib import Path
from tools import paths
def folder() -> Path:
    p = paths.images_dir() / "none"
    p.mkdir(parents=True, exist_ok=True)
    return p
def setup() -> Path:
    return folder()
