"""What the messages of a job cross the link over."""

import dataclasses
import os
import shutil

# tcp a second time: how far its ratio is from 1 is what this comparison cannot tell from nothing.
CONTROL = "control"
REFERENCE = "tcp"

TUN = "/dev/net/tun"
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"  # that of the bed's hosts


@dataclasses.dataclass(frozen=True)
class Configuration:
    name: str
    meaning: str
    tls: str = "tcp"
    settings: tuple = ()  # pairs, beside UCX_TLS
    encrypted: bool = False  # by a transport of this project
    adapters: bool = False  # RDMA adapters of two machines
    tunnel: str = ""  # kind that tunnel.py sets up
    programs: tuple = ()  # pairs: program, Debian package

    def lacks(self):
        """Why two hosts of this machine cannot run it; empty if they can."""
        if self.adapters:
            return "expected two machines with RDMA adapters (--hosts), found hosts of one machine"
        packages = [package for program, package in self.programs if not shutil.which(program, path=SYSTEM_PATH)]
        if packages:
            return (f"expected the packages {' '.join(packages)}, found none: install them with "
                    "scripts/setup --compare")
        if self.tunnel and not os.access(TUN, os.R_OK | os.W_OK):
            return f"expected {TUN}, found none that may be opened: load the module tun, or run as root"
        return ""


OPENVPN = (("openvpn", "openvpn"), ("openssl", "openssl"))
WIREGUARD = (("wireguard-go", "wireguard-go"), ("wg", "wireguard-tools"))

ALL = [
    Configuration("tcp", "UCX's tcp in clear"),
    Configuration(CONTROL, "tcp a second time: the noise of this comparison"),
    Configuration("tcp64k", "tcp in clear, UCX_TCP_TX_SEG_SIZE=64k", settings=(("UCX_TCP_TX_SEG_SIZE", "64k"),)),
    Configuration("crypto_tcp", "crypto_tcp, AES-256-GCM", tls="crypto_tcp", encrypted=True),
    Configuration("crypto_tcp128", "crypto_tcp, AES-128-GCM", tls="crypto_tcp", encrypted=True,
                  settings=(("UCX_CRYPTO_ALGORITHM", "aes128"),)),
    Configuration("rc", "UCX's rc over RDMA adapters, in clear", tls="rc", adapters=True),
    Configuration("crypto_rc", "crypto_rc over RDMA adapters, AES-256-GCM", tls="crypto_rc", encrypted=True,
                  adapters=True),
    Configuration("openvpn", "tcp in OpenVPN, AES-256-GCM", tunnel="openvpn", programs=OPENVPN),
    Configuration("openvpn-cbc", "tcp in OpenVPN, AES-128-CBC and HMAC-SHA256", tunnel="openvpn-cbc",
                  programs=OPENVPN),
    Configuration("openvpn-tuned", "tcp in OpenVPN, AES-256-GCM, tun-mtu 9000, mssfix 0, buffers of 1 MiB",
                  tunnel="openvpn-tuned", programs=OPENVPN),
    Configuration("wireguard", "tcp in WireGuard (wireguard-go, in user space)", tunnel="wireguard",
                  programs=WIREGUARD),
]
# What the reference is not: a transport of this project and the one below it.
PAIRS = (("crypto_rc", "rc"),)
BY_NAME = {each.name: each for each in ALL}
