"""What figures depend on: processor, kernel, versions, source, load."""

import hashlib
import os
import pathlib
import platform
import subprocess


def first_line(command):
    """Of what the command prints; empty where it cannot be run."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    try:
        done = subprocess.run(command, check=False, timeout=20, capture_output=True, text=True,
                              env={**os.environ, "PATH": path, "LC_ALL": "C"})
    except (OSError, subprocess.TimeoutExpired):
        return ""
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    return lines[0].strip().lstrip("# ") if lines else ""


def processor():
    """(model, sorted flags) of the first processor."""
    found = {}
    for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        found.setdefault(name.strip(), value.strip())
    return (found.get("model name") or platform.machine(),
            sorted((found.get("flags") or found.get("Features", "")).split()))


def describe():
    model, flags = processor()
    try:
        own = pathlib.Path("/etc/machine-id").read_text(encoding="ascii").strip()
    except OSError:
        own = platform.node()
    cpus = sorted(os.sched_getaffinity(0))
    # Tells machines apart without naming them.
    identity = hashlib.sha256("\n".join([own, model, " ".join(flags), str(cpus)]).encode()).hexdigest()[:16]
    return {"identity": identity, "cpu": model, "cpu_flags": flags, "cpus": cpus, "kernel": platform.release()}


def versions():
    commands = {
        "ucx": ["ucx_info", "-v"], "open_mpi": ["mpirun", "--version"], "openssl": ["openssl", "version"],
        "openvpn": ["openvpn", "--version"], "wireguard-go": ["wireguard-go", "--version"],
    }
    return {name: first_line(command) for name, command in commands.items()}


def commit(root):
    git = ["git", "-C", str(root)]
    name = first_line([*git, "rev-parse", "HEAD"])
    changed = first_line([*git, "status", "--porcelain", "--untracked-files=no"])
    return name + (" with changes" if changed else "")


def load():
    """Processes that wanted to run, averaged over the last minute."""
    return os.getloadavg()[0]
