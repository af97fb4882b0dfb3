"""Commands of tests, run in an environment without the caller's settings of UCX, Open MPI and the loader."""

import json
import os
import subprocess

FOREIGN = ("UCX_", "MPI_UCX_", "OMPI_MCA_", "LD_PRELOAD")
SECONDS = 60
# Open MPI refuses root otherwise, as in a container.
AS_ROOT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}


def environment(settings):
    """The caller's without its settings, and these."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN)}
    return {**kept, **AS_ROOT, **settings}


def run(words, settings, folder=None):
    """The ended command, with its status and outputs as text."""
    return subprocess.run(words, env=environment(settings), cwd=folder, timeout=SECONDS, text=True,
                          capture_output=True, check=False)


def under_env(program, settings):
    """`settings` with those that `ucx-crypto env` prints under them."""
    printed = run([program, "env", "--json"], settings)
    return {**settings, **json.loads(printed.stdout)}


def member(folder):
    """Settings of a process that may use crypto_tcp, with a domain key in `folder`."""
    key = folder / "domain.key"
    key.touch(mode=0o600)
    key.write_bytes(bytes(range(32)))
    return {"UCX_CRYPTO_ATTESTATION": "off", "UCX_CRYPTO_DOMAIN_KEY": str(key), "UCX_TLS": "crypto_tcp"}


def expect(what, value, expected):
    if value != expected:
        raise AssertionError(f"{what}: expected {expected}, found {value}")


def expect_words(what, text, *words):
    for word in words:
        if word not in text:
            raise AssertionError(f"{what}: expected '{word}', found: {text}")
