"""Two existing machines that share the paths of build and programs, reached as mpirun reaches them."""

import json
import pathlib
import shlex
import subprocess
import tempfile

import job
from compare import adapters, machine, runner

SECONDS = 60  # for a command on a host
# In --devices: what all run over that have no tunnel; the adapters of those over RDMA.
LINK, ADAPTER = "link", "adapter"


class Hosts:
    def __init__(self, plan, scratch, names, rsh, devices):
        self._plan, self._names, self._rsh, self._devices = plan, names, rsh, devices
        self._scratch = pathlib.Path(scratch)
        self._keys = self._encrypted = None
        self._copied = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for host in self._copied:
            self.on(host, f"rm -rf {shlex.quote(str(self._keys))}")

    def on(self, host, command, text=None):
        """(status, standard output) of a shell command there."""
        try:
            done = subprocess.run([self._rsh, host, command], check=False, timeout=SECONDS, input=text or b"",
                                  capture_output=True)
        except subprocess.TimeoutExpired:
            raise runner.Error(f"expected '{self._rsh} {host}' to end within {SECONDS} s, found that it did not: "
                               "it must need no password") from None
        if done.returncode == 255:  # ssh's own
            raise runner.Error(f"expected '{self._rsh} {host}' to run a command, found: {done.stderr.decode()}")
        return done.returncode, done.stdout

    def machine(self):
        """Of both hosts: their identities together tell whether two runs were made in the same place."""
        source = pathlib.Path(machine.__file__).read_bytes() + b"\nimport json\nprint(json.dumps(describe()))\n"
        found = []
        for host in self._names:
            status, text = self.on(host, "python3 -", source)
            if status != 0:
                raise runner.Error(f"expected python3 to describe {host}, found that it failed")
            found.append(json.loads(text))
        return {**found[0], "identity": "+".join(each["identity"] for each in found), "hosts": found}

    def lacks(self, configuration):
        if configuration.tunnel and configuration.name not in self._devices:
            return ("expected a tunnel between the hosts, which is not made there: set it up and name its device "
                    f"with --devices {configuration.name}=DEVICE")
        device = self._device(configuration)
        if configuration.adapters:
            for host in self._names:
                if reason := adapters.missing(self.on(host, adapters.command())[1].decode(), device, host):
                    return reason
        needed = [f"/sys/class/net/{device}"] if device and not configuration.adapters else []
        if configuration.encrypted:
            needed += [str(self._plan.build / "ucx_crypto" / "cli" / "ucx-crypto")]
        return self._absent(needed)

    def _device(self, configuration):
        """Empty: UCX's choice."""
        return self._devices.get(
            configuration.name if configuration.tunnel else ADAPTER if configuration.adapters else LINK, "")

    def lacks_program(self, workload):
        return self._absent([str(self._plan.build / "bench" / workload.program)])

    def _absent(self, paths):
        for host in self._names:
            for path in paths:
                if self.on(host, f"test -e {shlex.quote(path)}")[0] != 0:
                    return f"expected {path} on {host}, found none"
        return ""

    def encrypted(self):
        """crypto_tcp with keys that both hosts have at one path while this runs."""
        self._keys = self._scratch / "keys"
        made = job.encrypted(self._plan.build, str(self._keys))
        archive = subprocess.run(["tar", "-C", "/", "-c", str(self._keys).lstrip("/")], check=True,
                                 capture_output=True, timeout=SECONDS).stdout
        for host in self._names:
            if self.on(host, f"test -e {shlex.quote(str(self._keys))}")[0] == 0:
                continue  # this machine, or a file system that they share
            self._copied.append(host)
            if self.on(host, "umask 077 && tar -C / -x", archive)[0] != 0:
                raise runner.Error(f"expected to copy keys to {host}, found that tar failed there")
        return made

    def run(self, configuration, workload):
        if configuration.encrypted and self._encrypted is None:
            self._encrypted = self.encrypted()
        device = self._device(configuration)
        over = runner.transport(configuration, workload, self._encrypted, device)
        ranks = workload.ranks_per_host
        program, *arguments = workload.command(configuration)
        command = [*over.launcher, "mpirun", "-np", str(2 * ranks), "--bind-to", "none", "--host",
                   ",".join(f"{host}:{ranks}" for host in self._names), "--mca", "plm_rsh_agent", self._rsh,
                   str(self._plan.build / "bench" / program), *arguments]
        environment = over.environment()
        with tempfile.TemporaryFile(mode="w+") as out, tempfile.TemporaryFile(mode="w+") as err:
            process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
            try:
                status = process.wait(timeout=workload.timeout)
            except subprocess.TimeoutExpired:
                status = 124
            finally:
                job.end(process)
            out.seek(0)
            err.seek(0)
            text, errors = out.read(), err.read()
        if status != 0:
            raise runner.Error(f"{workload.name} over {configuration.name} failed with status {status}: {errors[-8000:]}")
        mtu = self.on(self._names[0], f"cat /sys/class/net/{shlex.quote(device)}/mtu 2>/dev/null")[1] if device else b""
        return {"device": device, "mtu": int(mtu) if mtu else None, "cpus": {host: "all" for host in self._names},
                "yields": ranks > 1}, text
