"""RDMA adapters of a host: those that a figure may come from, and those that a kernel emulates."""

FOLDER = "/sys/class/infiniband"

# A line for each: "real NAME", or "emulated NAME" for soft-RoCE (which names the device below it), for iWARP
# in software, which UCX does not use, and for what no driver of hardware is bound to.
LIST = """for adapter in {folder}/*; do
    [ -e "$adapter" ] || continue
    kind=emulated
    if [ -e "$adapter/device/driver" ] && [ ! -e "$adapter/parent" ] && ! grep -q RNIC "$adapter/node_type"; then
        kind=real
    fi
    echo "$kind ${{adapter##*/}}"
done"""


def command(folder=FOLDER):
    """For a host's shell."""
    return LIST.format(folder=folder)


def missing(listed, device, host):
    """Why a job over `device` ("mlx5_0:1", or empty for UCX's choice) cannot run on `host`, whose adapters
    were `listed` by command(); empty if it can."""
    kinds = dict(line.split()[::-1] for line in listed.splitlines() if line.strip())
    if not kinds:
        return f"expected an RDMA adapter on {host}, found none"
    chosen = [name for name in kinds if name == device.partition(":")[0]] if device else list(kinds)
    if not chosen:
        return f"expected the RDMA adapter {device} on {host}, found {', '.join(kinds)}"
    emulated = [name for name in chosen if kinds[name] != "real"]
    if emulated:
        return (f"expected an RDMA adapter on {host}, found {', '.join(emulated)}, which its kernel emulates: "
                "times over it mean nothing")
    return ""
