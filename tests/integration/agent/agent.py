"""The program ucx-cryptod as a test uses it, and a client that speaks its protocol (attest/agent/protocol.h)."""

import json
import os
import pathlib
import re
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
from commands import SECONDS, environment, expect, run

MAGIC = b"UCXCAGNT"
EVIDENCE, BUSY, BAD_REQUEST, NO_REPORT = range(4)
REPORT = re.compile(r"report \d+, for (\d+) processes")


def programs(build):
    """The agent and the command line tool."""
    build = pathlib.Path(build).resolve()
    return build / "ucx_crypto" / "agent" / "ucx-cryptod", build / "ucx_crypto" / "cli" / "ucx-crypto"


def emulated_root(cli, folder):
    """Settings of a process with a root of the test's own, whose policy lets agents vouch."""
    made = run([cli, "init", "--emulated", folder], {})
    expect(f"init: {made.stderr}", made.returncode, 0)
    settings = dict(re.findall(r"^export (\w+)=(\S+)$", made.stdout, re.MULTILINE))
    policy = pathlib.Path(settings["UCX_CRYPTO_POLICY"])
    policy.write_text(json.dumps({**json.loads(policy.read_text()), "allow_agent": True}))
    return settings


def request(spki, domain=bytes(32)):
    return MAGIC + struct.pack(">HH", 1, 0) + domain + spki


def connect(path):
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(SECONDS)
    client.connect(str(path))
    return client


def answer(client):
    """Outcome, then evidence {uid, index, size, report} or text; None when the agent has closed."""
    data = b""
    try:
        while chunk := client.recv(65536):
            data += chunk
    except ConnectionResetError:  # it had not even accepted
        pass
    if not data:
        return None
    outcome, size = data[10], struct.unpack(">I", data[12:16])[0]
    expect("the size of an answer", len(data), 16 + size)
    body = data[18:18 + struct.unpack(">H", data[16:18])[0]]
    if outcome != EVIDENCE:
        return outcome, body.decode()
    uid, index, tree, hashes = struct.unpack(">IIIB", body[:13])
    return outcome, {"uid": uid, "index": index, "size": tree, "report": body[15 + 32 * hashes:]}


def ask(path, spki):
    with connect(path) as client:
        client.sendall(request(spki))
        return answer(client)


class Agent:
    """ucx-cryptod in a with-block; it listens when the block begins, and has ended with it."""

    def __init__(self, program, path, *options, settings=None, words=None, pass_fds=()):
        self.path = path
        self.log = pathlib.Path(f"{path}.log")
        self.log.parent.mkdir(exist_ok=True)
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen([*(words or [program, "--socket", path]), *options],
                                            env=environment(settings or {}), stderr=log,
                                            pass_fds=pass_fds)

    def __enter__(self):
        deadline = time.monotonic() + SECONDS
        while "listening on" not in self.said():
            expect(f"the agent runs: {self.said()}", self.process.poll(), None)
            expect(f"the agent listens in time: {self.said()}", time.monotonic() < deadline, True)
            time.sleep(0.01)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def said(self):
        return self.log.read_text(encoding="utf-8")

    def reports(self):
        """For how many processes each report was."""
        return [int(count) for count in REPORT.findall(self.said())]

    def end(self, signal):
        self.process.send_signal(signal)
        return self.process.wait(timeout=SECONDS)
