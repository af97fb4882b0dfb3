"""MPI jobs in beds of hosts, in clear over UCX's tcp or encrypted over crypto_tcp, bounded in time."""

import dataclasses
import fcntl
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
BED = ROOT / "scripts" / "bed"
SKIPPED = 77  # exit status of a test that cannot run here

# Settings of the caller that would decide what a job runs over.
FOREIGN = ("OMPI_MCA_", "PRTE_MCA_", "PMIX_MCA_", "UCX_", "MPI_UCX_", "BED_")

# Several jobs share the processors: a rank that waits gives its one to those that work.
YIELDING = {"OMPI_MCA_mpi_yield_when_idle": "1"}

# Above osc=sm, by which ranks on one host would reach each other's windows, but shared ones.
WINDOWS_BY_UCX = {"OMPI_MCA_osc_ucx_priority": "200"}

# Open MPI 4.1 over UCX; Debian's configuration would choose its own TCP otherwise.
CLEAR = {
    "OMPI_MCA_pml": "ucx",
    "OMPI_MCA_osc": "ucx,sm",
    "OMPI_MCA_pml_ucx_tls": "any",
    "OMPI_MCA_pml_ucx_devices": "any",
    "OMPI_MCA_btl": "self",
    "UCX_TLS": "tcp",
    # UCX's own tcp would try to reach the other host through its loopback device.
    "UCX_NET_DEVICES": "eth0",
}


# mpirun gives the other ranks no time to end by themselves once one has failed: 0.2 s, not 4, per job.
END_AT_ONCE = {"OMPI_MCA_odls_base_sigkill_timeout": "0"}


# What a process says before it ends because its peer has gone.
LOST_PEER = re.compile(r"connection to peer .* failed: ")


class Error(Exception):
    """A test cannot decide, or has failed: the message is for its log."""


@dataclasses.dataclass
class Outcome:
    status: int  # 124: not ended in time and killed
    out: str
    err: str
    seconds: float

    def lines(self, prefix):
        return [line for line in self.out.splitlines() if line.startswith(prefix)]

    def __str__(self):
        return (f"status {self.status} after {self.seconds:.1f} s\n"
                f"--- standard output\n{self.out[-4000:]}--- standard error\n{self.err[-8000:]}---")


@dataclasses.dataclass
class Transport:
    """What a job's messages cross the network over: settings, and a command that starts mpirun."""
    name: str
    settings: dict
    launcher: list = dataclasses.field(default_factory=list)

    def environment(self, extra=None):
        kept = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN)}
        settings = {**YIELDING, **WINDOWS_BY_UCX, **self.settings, **(extra or {})}
        if not self.launcher:  # else the launcher forwards them to the other hosts
            settings["OMPI_MCA_mca_base_env_list"] = ";".join(
                key for key in settings if not key.startswith("OMPI_MCA_"))
        return {**kept, **settings}


def clear():
    return Transport("clear", dict(CLEAR))


def emulated_keys(cli, folder):
    """Export lines of `ucx-crypto init --emulated FOLDER`. RSA keys take half a second to make, so a
    build makes them once; FOLDER is a copy."""
    kept = cli.parent / "test-keys"
    with open(cli.parent / "test-keys.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (kept / "exports").exists() or (kept / "exports").stat().st_mtime < cli.stat().st_mtime:
            shutil.rmtree(kept, ignore_errors=True)
            kept.mkdir(mode=0o700)
            made = subprocess.run([cli, "init", "--emulated", kept / "keys"], check=False, timeout=60,
                                  capture_output=True, text=True)
            if made.returncode != 0:
                raise Error(f"ucx-crypto init failed with status {made.returncode}: {made.stderr}")
            (kept / "exports").write_text(made.stdout, encoding="utf-8")
    shutil.copytree(kept / "keys", folder)
    return (kept / "exports").read_text(encoding="utf-8").replace(str(kept / "keys"), str(folder))


def encrypted(build, folder, transport="crypto_tcp"):
    """A crypto transport with emulated evidence and keys in `folder`, which does not exist yet."""
    cli = pathlib.Path(build).resolve() / "ucx_crypto" / "cli" / "ucx-crypto"
    if not cli.exists():
        raise Error(f"expected the program {cli}, found none: build it first")
    settings = {"UCX_TLS": transport}
    exports = emulated_keys(cli, folder)
    for line in exports.splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] == ["export"]:
            settings.update(word.split("=", 1) for word in words[1:] if "=" in word)
    if len(settings) < 2:
        raise Error(f"expected export lines from ucx-crypto init, found: {exports}")
    pathlib.Path(settings["UCX_CRYPTO_DOMAIN_KEY"]).write_bytes(os.urandom(32))  # each job's own
    name = "encrypted" if transport == "crypto_tcp" else transport
    return Transport(name, settings, [str(cli), "run", "--"])


def aead_providers(build):
    """Implementations of the AEAD that this build and this machine have, as UCX_CRYPTO_AEAD names them."""
    cli = pathlib.Path(build).resolve() / "ucx_crypto" / "cli" / "ucx-crypto"
    kept = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN)}
    told = subprocess.run([cli, "doctor", "--json"], check=False, timeout=60, capture_output=True, text=True,
                          env=kept)
    found = next((finding["found"] for finding in json.loads(told.stdout) if finding["subject"] == "aead"), "")
    passed = re.search(r"passed their self test: ([a-z, -]+)", found)
    if not passed:
        raise Error(f"expected ucx-crypto doctor to name what passed its self test, found '{found}'")
    return passed[1].split(", ")


def add_set_option(parser):
    """--set NAME=VALUE, as settings() reads it."""
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE",
                        help="environment of the jobs under test")


def settings(options):
    return dict(pair.split("=", 1) for pair in options.set)


def policy_file(text, scratch):
    path = os.path.join(scratch, "policy.json")
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "w", encoding="utf-8") as file:
        file.write(text)
    return path


# What a job can run over. The last ones are for tests: they reach no other host.
WITHIN_HOST = ("crypto_posix", "crypto_sysv")
TRANSPORTS = ("clear", "encrypted", *WITHIN_HOST)


def transport(name, build, scratch):
    if name == "clear":
        return clear()
    return encrypted(build, os.path.join(scratch, "keys"), "crypto_tcp" if name == "encrypted" else name)


def end(process):
    """Ends a bed, and thereby everything in it."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Running:
    """A job in a bed of its own, ended when the with-block is left. The transport's launcher starts
    `command`, unless that does so itself (`launches`)."""

    def __init__(self, over, command, bed=(), settings=None, launches=False):
        self.start = time.monotonic()
        # Files, not pipes: nobody needs to read while the job runs, and it can be read again.
        self._out = tempfile.TemporaryFile(mode="w+", errors="replace")
        self._err = tempfile.TemporaryFile(mode="w+", errors="replace")
        self.process = subprocess.Popen(
            [BED, *bed, "--", *([] if launches else over.launcher), *command], env=over.environment(settings),
            stdin=subprocess.DEVNULL, stdout=self._out, stderr=self._err)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end(self.process)
        self._out.close()
        self._err.close()

    def output(self):
        texts = []
        for file in (self._out, self._err):
            # The children write through the same open file: read without moving its position.
            size = os.fstat(file.fileno()).st_size
            texts.append(os.pread(file.fileno(), size, 0).decode(errors="replace"))
        return texts

    def wait_for(self, prefix, timeout):
        """The lines of standard output that start with `prefix`, as soon as there is one."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            ended = self.process.poll() is not None
            lines = [line for line in self.output()[0].splitlines() if line.startswith(prefix)]
            if lines:
                return lines
            if ended:
                break
            time.sleep(0.02)
        out, err = self.output()
        raise Error(f"expected a line '{prefix}...' within {timeout} s, found none: {out}{err}")

    def wait(self, timeout):
        try:
            status = self.process.wait(timeout=timeout)
        except subprocess.TimeoutExpired:
            end(self.process)
            status = 124
        return Outcome(status, *self.output(), time.monotonic() - self.start)


def run(over, command, timeout, bed=(), settings=None, launches=False):
    with Running(over, command, bed, settings, launches) as job:
        return job.wait(timeout)


def kept_result(program, case, run):
    """Lines that `run()` returns: what a test program computes in clear. They depend on program and `case`
    (ranks, hosts, options), not on networks, so that one run does for all tests of a build."""
    name = re.sub(r"\W+", "_", "_".join(map(str, [program.name, *case])))
    kept = program.parent / "results" / f"{name}.json"
    kept.parent.mkdir(exist_ok=True)
    with open(kept.with_suffix(".lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        built = program.stat().st_mtime_ns
        if kept.exists():
            of, lines = json.loads(kept.read_text(encoding="utf-8"))
            if of == built:
                return lines
        lines = run()
        kept.write_text(json.dumps([built, lines]), encoding="utf-8")
        return lines


def mpirun(ranks, program, *arguments):
    return ["mpirun", "-np", str(ranks), "--map-by", "node", str(program), *arguments]


def program(build, name):
    path = pathlib.Path(build).resolve() / "tests" / "integration" / "mpi" / name
    if not path.exists():
        raise Error(f"expected the test program {path}, found none: build it first")
    return path
