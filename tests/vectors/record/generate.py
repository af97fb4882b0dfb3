#!/usr/bin/env python3
"""Writes record.txt: keys and sealed records as WIRE.md describes them, by Python's cryptography.

usage: generate.py > record.txt        (generate.py --check FILE: status 1 when FILE differs)
"""
import struct
import sys

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

VERSION = 1
TYPES = {"data": 1, "rekey": 2, "close": 3, "keepalive": 4}
KEY_SIZES = {"aes256": 32, "aes128": 16}
# The limits of an epoch that make the sender change keys where MESSAGES needs it.
MAX_RECORDS, MAX_BYTES, MAX_PLAINTEXT = 6, 200, 100


def pattern(start, size):
    return bytes((start + i) % 256 for i in range(size))


# What the sender is asked to send: an epoch that ends by its records, one that ends by its bytes,
# one that ends by a record of no bytes, and the one in which the direction is closed.
MESSAGES = [
    ("data", b""), ("data", pattern(0x21, 1)), ("keepalive", b""), ("data", pattern(0x40, 33)),
    ("data", pattern(0x80, MAX_PLAINTEXT)),
    ("data", pattern(0x01, MAX_PLAINTEXT)), ("data", pattern(0x02, MAX_PLAINTEXT)),
    ("data", pattern(0x03, 16)), ("keepalive", b""), ("keepalive", b""), ("keepalive", b""),
    ("data", pattern(0x04, 15)),
    ("keepalive", b""), ("data", pattern(0x05, 17)), ("close", b""),
]


def expand(secret, label, size):
    return HKDFExpand(hashes.SHA384(), size, label.encode()).derive(secret)


def header(kind, epoch, length):
    return struct.pack(">BBHI", TYPES[kind], VERSION, epoch, length)


def nonce(static_iv, sequence):
    tail = int.from_bytes(static_iv[4:], "big") ^ sequence
    return static_iv[:4] + tail.to_bytes(8, "big")


class Direction:
    """Seals as a sender does that changes keys only when the next record would pass a limit."""

    def __init__(self, algorithm, secret):
        self.algorithm, self.secret, self.epoch = algorithm, secret, 0
        self.lines = []
        self.begin_epoch()

    def begin_epoch(self):
        self.key = expand(self.secret, "ucx-crypto v1 key", KEY_SIZES[self.algorithm])
        self.static_iv = expand(self.secret, "ucx-crypto v1 iv", 12)
        self.records = self.bytes = 0
        self.lines.append(["keys", self.algorithm, self.epoch, self.secret.hex(), self.key.hex(),
                           self.static_iv.hex()])

    def seal(self, kind, plaintext):
        head = header(kind, self.epoch, len(plaintext) + 16)
        sealed = head + AESGCM(self.key).encrypt(nonce(self.static_iv, self.records), plaintext, head)
        self.lines.append(["record", self.algorithm, self.epoch, self.records, kind,
                           plaintext.hex() or "-", sealed.hex()])
        self.records += 1
        self.bytes += len(plaintext)

    def send(self, kind, plaintext):
        if self.records + 1 >= MAX_RECORDS or self.bytes + len(plaintext) > MAX_BYTES:
            self.seal("rekey", b"")
            self.secret = expand(self.secret, "ucx-crypto v1 next", 48)
            self.epoch += 1
            self.begin_epoch()
        self.seal(kind, plaintext)


def lines():
    yield "# Written by generate.py; bytes as in WIRE.md, in hexadecimal (- for none)."
    yield "# header TYPE EPOCH LENGTH BYTES"
    for kind, epoch, length in (("data", 0, 16), ("data", 0x1234, 0x00100010), ("rekey", 0xFFFE, 16),
                                ("close", 0xFFFF, 16), ("keepalive", 0x0100, 16)):
        yield f"header {kind} {epoch} {length} {header(kind, epoch, length).hex()}"
    yield "# nonce STATIC-IV SEQUENCE NONCE"
    for sequence in (0, 1, 255, 256, 0x0123456789ABCDEF, 2**64 - 1):
        static_iv = pattern(0xF5, 12)
        yield f"nonce {static_iv.hex()} {sequence} {nonce(static_iv, sequence).hex()}"
    yield "# limits MAX-RECORDS MAX-BYTES MAX-PLAINTEXT"
    yield f"limits {MAX_RECORDS} {MAX_BYTES} {MAX_PLAINTEXT}"
    yield "# keys ALGORITHM EPOCH TRAFFIC-SECRET KEY STATIC-IV"
    yield "# record ALGORITHM EPOCH SEQUENCE TYPE PLAINTEXT SEALED"
    for algorithm, first in (("aes256", 0x30), ("aes128", 0x90)):
        direction = Direction(algorithm, pattern(first, 48))
        for kind, plaintext in MESSAGES:
            direction.send(kind, plaintext)
        yield from (" ".join(map(str, line)) for line in direction.lines)


text = "".join(line + "\n" for line in lines())
if len(sys.argv) == 3 and sys.argv[1] == "--check":
    with open(sys.argv[2], encoding="ascii") as file:
        sys.exit(0 if file.read() == text else 1)
sys.stdout.write(text)
