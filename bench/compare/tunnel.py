#!/usr/bin/env python3
"""Runs in a bed of scripts/bed, on host0: sets up a VPN between its two hosts, says over what the job
runs, and becomes the job's command. usage: tunnel.py KIND FOLDER COMMAND...

KIND is none, openvpn, openvpn-cbc, openvpn-tuned or wireguard; FOLDER takes keys and logs. Each host's
daemon runs inside the host, on the host's processors, over eth0; its device is tun0. All ends with the bed."""

import json
import os
import pathlib
import shlex
import socket
import subprocess
import sys
import time

SECONDS = 20  # for a tunnel to carry packets
DEVICE = "tun0"
ADDRESSES = ("10.78.0.1", "10.78.0.2")  # in the tunnel
UNDERLAY = ("10.77.0.1", "10.77.0.2")
CIPHERS = {
    "openvpn": ["--data-ciphers", "AES-256-GCM"],
    "openvpn-cbc": ["--data-ciphers", "AES-128-CBC", "--auth", "SHA256"],
    "openvpn-tuned": ["--data-ciphers", "AES-256-GCM", "--tun-mtu", "9000", "--mssfix", "0",
                      "--sndbuf", "1048576", "--rcvbuf", "1048576"],
}


class Error(Exception):
    """The tunnel cannot be made: the message is for the user."""


def done(command, text=None):
    made = subprocess.run(command, check=False, timeout=SECONDS, capture_output=True, text=True, input=text)
    if made.returncode != 0:
        raise Error(f"{shlex.join(map(str, command))} failed with status {made.returncode}: {made.stderr}")
    return made.stdout.strip()


def on_host(host, command):
    return [os.environ["BED_RSH"], f"host{host}", command]


def openvpn(kind, folder):
    """The command of each host's daemon. Each knows the other by its certificate's fingerprint."""
    fingerprints = []
    for host in range(2):
        done(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
              "-keyout", folder / f"key{host}", "-out", folder / f"certificate{host}", "-days", "2",
              "-subj", f"/CN=host{host}"])
        fingerprints.append(done(["openssl", "x509", "-in", folder / f"certificate{host}", "-noout", "-fingerprint",
                                  "-sha256"]).split("=", 1)[1])
    commands = []
    for host in range(2):
        role = ["--tls-server", "--dh", "none"] if host == 0 else ["--tls-client"]
        commands.append(shlex.join([
            "openvpn", "--dev", DEVICE, "--dev-type", "tun", "--ifconfig", ADDRESSES[host], ADDRESSES[1 - host],
            "--local", UNDERLAY[host], "--remote", UNDERLAY[1 - host], "--proto", "udp", "--port", "1194", *role,
            "--cert", str(folder / f"certificate{host}"), "--key", str(folder / f"key{host}"),
            "--peer-fingerprint", fingerprints[1 - host], "--connect-retry", "1", "1", "--verb", "3", *CIPHERS[kind]]))
    return commands


def wireguard(folder):
    publics = []
    for host in range(2):
        private = done(["wg", "genkey"])
        (folder / f"key{host}").write_text(private + "\n", encoding="ascii")
        publics.append(done(["wg", "pubkey"], private))
    commands = []
    for host in range(2):
        peer = f"{publics[1 - host]} allowed-ips {ADDRESSES[1 - host]}/32 endpoint {UNDERLAY[1 - host]}:51820"
        # Both hosts see one /run, where the daemon's socket has its device's name.
        commands.append(f"""mkdir -p /run/wireguard && mount -t tmpfs tmpfs /run/wireguard || exit
            wireguard-go -f {DEVICE} &
            for ((i = 0; i < 1000; ++i)); do wg show {DEVICE} >/dev/null 2>&1 && break; sleep 0.01; done
            wg set {DEVICE} private-key {shlex.quote(str(folder / f'key{host}'))} listen-port 51820 peer {peer} &&
            ip address add {ADDRESSES[host]}/24 dev {DEVICE} && ip link set {DEVICE} up && wait""")
    return commands


def start(kind, folder):
    commands = wireguard(folder) if kind == "wireguard" else openvpn(kind, folder)
    daemons = []
    for host, command in enumerate(commands):
        with open(folder / f"log{host}", "wb") as log:
            daemons.append(subprocess.Popen(on_host(host, command), stdin=subprocess.DEVNULL, stdout=log, stderr=log))
    deadline = time.monotonic() + SECONDS
    while not carries():
        if time.monotonic() > deadline or any(daemon.poll() is not None for daemon in daemons):
            logs = "".join((folder / f"log{host}").read_text(encoding="utf-8", errors="replace") for host in range(2))
            raise Error(f"expected {kind} to carry packets within {SECONDS} s, found: {logs[-4000:]}")
        time.sleep(0.05)


def confirm_cipher(kind, folder):
    """The peers may negotiate: a figure must be that of the cipher that it is named after."""
    cipher = CIPHERS[kind][1]
    for host in range(2):
        log = (folder / f"log{host}").read_text(encoding="utf-8", errors="replace")
        if f"Data Channel: cipher '{cipher}'" not in log:
            raise Error(f"expected {kind} to use {cipher} on host{host}, found: {log[-4000:]}")


def carries():
    """Whether the other host answers through the tunnel: that nobody listens there is an answer."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        try:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, DEVICE.encode())
            probe.connect((ADDRESSES[1], 9))
        except ConnectionRefusedError:
            return True
        except OSError:
            return False
        return True


def main():
    kind, folder, command = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
    device = "eth0"
    if kind != "none":
        device = DEVICE
        folder.mkdir(mode=0o700)
        start(kind, folder)
        if kind in CIPHERS:
            confirm_cipher(kind, folder)
    surroundings = {
        "device": device,
        "mtu": int(pathlib.Path(f"/sys/class/net/{device}/mtu").read_text(encoding="ascii")),
        "link_mtu": int(pathlib.Path("/sys/class/net/eth0/mtu").read_text(encoding="ascii")),
        "cpus": {f"host{host}": pathlib.Path(os.environ["BED_DIR"], f"host{host}.cpus")
                 .read_text(encoding="ascii").strip() for host in range(2)},
    }
    print("# job " + json.dumps(surroundings), flush=True)
    os.execvp(command[0], command)


if __name__ == "__main__":
    try:
        main()
    except Error as error:
        sys.exit(f"tunnel: {error}")
