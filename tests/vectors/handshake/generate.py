#!/usr/bin/env python3
"""Writes handshake.txt: the handshake's bytes as WIRE.md describes them, by hashlib and hmac alone.

usage: generate.py > handshake.txt        (generate.py --check FILE: status 1 when FILE differs)
"""
import hashlib
import hmac
import struct
import sys


def hmac384(key, data):
    return hmac.new(key, data, hashlib.sha384).digest()


def extract(salt, ikm):
    return hmac384(salt, ikm)


def expand(prk, label, context=b"", size=48):
    assert size <= 48
    return hmac384(prk, label.encode() + b"\0" + context + b"\1")[:size]


def pattern(start, size):
    return bytes((start + i) % 256 for i in range(size))


def hello(key, role, own, peer, counter):
    body = b"UCXCRYPT" + struct.pack(">HHB3x", 1, 1, role) + own + peer + struct.pack(">I", counter)
    return body + hmac384(key, body)[:16]


def message(kind, body):
    return struct.pack(">BI", kind, len(body)) + body


def confirm(mode, purpose, algorithm, max_plaintext, rank, policy, membership, job, report, endorsements):
    return message(1, struct.pack(">BBBxII", mode, purpose, algorithm, max_plaintext, rank) + policy
                   + membership + struct.pack(">H", len(job)) + job
                   + struct.pack(">I", len(report)) + report
                   + struct.pack(">I", len(endorsements)) + endorsements)


def vectors():
    domain_key, job = pattern(0x10, 32), b"job 4711"
    exporter = pattern(0x40, 48)
    spki_c, spki_s = pattern(0x80, 32), pattern(0xA0, 32)
    counter_c, counter_s = 1, 0x01020304

    def instance(spki, counter):
        return hashlib.sha256(b"ucx-crypto v1 instance\0" + spki + struct.pack(">I", counter)).digest()[:16]

    yield "domain_key", domain_key
    yield "job_id", job
    yield "exporter", exporter
    yield "spki_hash_client", spki_c
    yield "spki_hash_server", spki_s
    id_c, id_s = instance(spki_c, counter_c), instance(spki_s, counter_s)
    yield "instance_client", id_c
    yield "instance_server", id_s

    for name, key in (("", domain_key), ("_without_domain_key", b"")):
        domain_secret = extract(b"ucx-crypto v1 domain", key)
        job_key = expand(domain_secret, "ucx-crypto v1 job", job)
        yield "domain_secret" + name, domain_secret
        yield "job_key" + name, job_key
        yield "hello_key" + name, expand(job_key, "ucx-crypto v1 hello")

    domain_secret = extract(b"ucx-crypto v1 domain", domain_key)
    job_key = expand(domain_secret, "ucx-crypto v1 job", job)
    hello_key = expand(job_key, "ucx-crypto v1 hello")
    hello_c = hello(hello_key, 1, id_c, id_s, counter_c)
    hello_s = hello(hello_key, 2, id_s, id_c, counter_s)
    yield "hello_client", hello_c
    yield "hello_server", hello_s

    tls = hello_c + hello_s + spki_c + spki_s
    connection = expand(exporter, "ucx-crypto v1 connection")
    yield "evidence_exporter", expand(exporter, "ucx-crypto v1 evidence")
    membership = {role: hmac384(expand(domain_secret, "ucx-crypto v1 membership " + role), tls + connection)
                  for role in ("client", "server")}
    yield "membership_client", membership["client"]
    yield "membership_server", membership["server"]

    confirm_c = confirm(3, 1, 2, 67584, 7, pattern(1, 32), membership["client"], job,
                        pattern(3, 100), pattern(5, 300))
    confirm_s = confirm(1, 0, 1, 1024, 0xFFFFFFFF, pattern(2, 32), membership["server"], b"", b"", b"")
    yield "confirm_client", confirm_c
    yield "confirm_server", confirm_s

    transcript = hashlib.sha384(b"ucx-crypto v1 transcript\0" + tls + confirm_c + confirm_s).digest()
    yield "transcript", transcript
    for role in ("client", "server"):
        yield "accept_" + role, message(
            2, hmac384(expand(exporter, "ucx-crypto v1 accept " + role), transcript)
            + hmac384(expand(domain_secret, "ucx-crypto v1 domain proof " + role), transcript))

    root = extract(transcript, exporter + job_key)
    for direction, name in ((1, "client_to_server"), (2, "server_to_client")):
        for stream in (0, 1, 3):
            context = bytes([direction]) + id_c + id_s + struct.pack(">I", stream)
            yield f"traffic_{name}_stream_{stream}", expand(root, "ucx-crypto v1 traffic", context)


text = "# Written by generate.py; names and values as in WIRE.md, in hexadecimal.\n"
text += "".join(f"{name} {value.hex()}\n" for name, value in vectors())
if len(sys.argv) == 3 and sys.argv[1] == "--check":
    with open(sys.argv[2], encoding="ascii") as file:
        sys.exit(0 if file.read() == text else 1)
sys.stdout.write(text)
