"""Which control groups a machine gets on which kind of host."""

import os
from pathlib import Path

from tools.machines.cgroups import Hierarchy, hierarchies, remove

V1 = "24 23 0:20 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
SYSTEMD = "25 23 0:21 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n"
V2 = "26 23 0:22 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
V2_BESIDE = "27 23 0:23 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
PART = "28 23 0:24 /docker/1 /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"


def test_version_1_goes_below_the_callers_groups() -> None:
    found = hierarchies("3:memory:/\n2:cpu,cpuacct:/user\n1:name=systemd:/user/1\n", V1 + SYSTEMD)
    assert found == (
        Hierarchy("cpu,cpuacct", Path("/sys/fs/cgroup/cpu,cpuacct/user")),
        Hierarchy("name=systemd", Path("/sys/fs/cgroup/systemd/user/1")),
    )


def test_version_2_beside_version_1() -> None:
    found = hierarchies("2:cpu,cpuacct:/\n0::/user\n", V1 + V2_BESIDE)
    assert found[1:] == (Hierarchy("unified", Path("/sys/fs/cgroup/unified/user")),)


def test_version_2_alone_starts_at_the_root() -> None:
    assert hierarchies("0::/user.slice/session\n", V2) == (Hierarchy("", Path("/sys/fs/cgroup")),)


def test_a_host_that_is_a_container_itself() -> None:
    found = hierarchies("1:memory:/docker/1/mine\n", PART)
    assert found == (Hierarchy("memory", Path("/sys/fs/cgroup/memory/mine")),)


def test_removes_what_is_below_and_tolerates_what_is_gone(tmp_path: Path) -> None:
    (tmp_path / "a/b/c").mkdir(parents=True)
    remove([tmp_path / "a", tmp_path / "gone"])
    assert os.listdir(tmp_path) == []  # noqa: PTH208
