"""What bytes on a link give away: markers, UCX's framing, structure where ciphertext should be."""

import dataclasses
import math
import pathlib
import re
import struct
import sys
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "proxy"))
import manipulation  # noqa: E402

MARKER = re.compile(rb"UCXCRYPTO-PATTERN-(\d{5})")
# Shortest piece of a marker that is looked for by itself: small messages are cut short.
FRAGMENT = b"UCXCRYPTO"

# UCX's tcp transport begins a connection with this number in one direction, then sends frames
# {id u8, length u32} in both. Chance passes for that many frames hardly ever.
UCX_LEAST_FRAMES = 8
UCX_MAGIC = struct.pack("<Q", 0xCAFEBABE12345678)
UCX_FRAME = struct.Struct("<BI")
UCX_MAX_ID = 40  # 32 and above are its own
UCX_MAX_LENGTH = 1 << 24

RECORD = manipulation.RECORD_HEADER
RECORD_VERSION = 1
TAG = 16
MAX_RECORD = (1 << 20) + TAG
MAX_HANDSHAKE = 64 << 10
SAMPLE = 1 << 22


def ucx_frames(data):
    """How many frames of UCX's tcp transport the stream starts with; 0 for fewer than make sure."""
    at, count = len(UCX_MAGIC) if data.startswith(UCX_MAGIC) else 0, 0
    while at + UCX_FRAME.size <= len(data):
        kind, length = UCX_FRAME.unpack_from(data, at)
        if kind > UCX_MAX_ID or length > UCX_MAX_LENGTH:
            break
        at += UCX_FRAME.size + length
        count += 1
    return count if count >= UCX_LEAST_FRAMES else 0


def check_header(unit, at, epoch):
    """(length, epoch) of a record's header."""
    kind, version, found, length = RECORD.unpack_from(unit)
    if (kind not in manipulation.RECORD_TYPES or version != RECORD_VERSION or
            not TAG <= length <= MAX_RECORD):
        raise manipulation.Malformed(f"at {at} a header of type {kind}, version {version}, "
                                     f"length {length}")
    if found not in (epoch, epoch + 1):
        raise manipulation.Malformed(f"at {at} epoch {found} after {epoch}")
    return length, found


def records(data):
    """(sizes of the handshake's units, [(offset of header, length)] of the records after it) of a
    stream that consists of nothing else; raises Malformed."""
    splitter = manipulation.Splitter()
    handshake, chain, at, epoch = [], [], 0, 0
    for phase, unit in splitter.feed(data):
        if phase == manipulation.HANDSHAKE:
            if chain:
                raise manipulation.Malformed("a TLS record after the record layer has begun")
            handshake.append(len(unit))
        else:
            length, epoch = check_header(unit, at, epoch)
            chain.append((at, length))
        at += len(unit)
    if splitter.rest:
        # A process that ends drops what its socket has not sent: the last record may be cut off.
        if not chain:
            raise manipulation.Malformed(f"{len(splitter.rest)} bytes of an unfinished handshake unit")
        if len(splitter.rest) >= RECORD.size:
            check_header(splitter.rest, at, epoch)
            chain.append((at, len(splitter.rest) - RECORD.size))
    if sum(handshake) > MAX_HANDSHAKE:
        raise manipulation.Malformed(f"a handshake of {sum(handshake)} bytes")
    return handshake, chain


def chi_square(data):
    """How far the bytes are from evenly spread, in standard deviations."""
    expected = len(data) / 256
    total = sum((data.count(bytes([value])) - expected) ** 2 for value in range(256)) / expected
    return (total - 255) / math.sqrt(2 * 255)


def constant_positions(payloads, width=16):
    """Positions among the first bytes of the payloads that repeat a value more than chance does."""
    found = []
    count = len(payloads)
    if count < 64:
        return found
    # 6 deviations above the mean of a binomial with p = 1/256, times 256 values.
    limit = count / 256 + 6 * math.sqrt(count / 256) + 3
    for position in range(width):
        column = bytes(payload[position] for payload in payloads)
        if max(column.count(bytes([value])) for value in set(column)) > limit:
            found.append(position)
    return found


@dataclasses.dataclass
class Findings:
    """What a stream shows."""
    markers: int = 0
    fragments: int = 0
    frames: int = 0  # of UCX
    records: int = 0
    handshake: int = 0  # bytes before the first record
    structure: list = dataclasses.field(default_factory=list)  # reasons why it is not ciphertext


def examine(data):
    data = bytes(data)
    findings = Findings(markers=len(set(MARKER.findall(data))), fragments=data.count(FRAGMENT),
                        frames=ucx_frames(data))
    if UCX_MAGIC in data:
        findings.structure.append("UCX's magic number")
    try:
        handshake, chain = records(data)
    except manipulation.Malformed as error:
        findings.structure.append(f"not a handshake and records to the end: {error}")
        return findings
    findings.handshake = sum(handshake)
    findings.records = len(chain)
    payloads = [data[at + RECORD.size:at + RECORD.size + length] for at, length in chain]
    if positions := constant_positions([payload for payload in payloads if len(payload) >= 16]):
        findings.structure.append(f"records whose bytes {positions} hardly change")
    sample = b"".join(payloads)[:SAMPLE]
    if len(sample) >= 8192 and (deviations := chi_square(sample)) > 6:
        findings.structure.append(f"bytes unevenly spread ({deviations:.1f} deviations)")
    if len(sample) >= 1024 and len(zlib.compress(sample, 6)) < len(sample):
        findings.structure.append("compressible")
    return findings
