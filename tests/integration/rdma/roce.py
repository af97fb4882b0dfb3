"""RoCE packets out of a capture file: InfiniBand's transport packets in UDP datagrams over IPv6
(InfiniBand Architecture Specification, volume 1, chapter 9, and annex A17)."""

import dataclasses
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))
import capture  # noqa: E402

PORT = 4791
IPV6, UDP = 0x86DD, 17
PAYLOAD_OF_IPV6, PAYLOAD_OF_UDP = 14 + 40, 14 + 40 + 8
BASE_HEADER = struct.Struct(">BBHII")  # operation, flags, partition, queue pair, sequence number
CHECKSUM = 4

# The upper three bits of an operation are the kind of queue pair, the others what it does.
KIND, RELIABLE, DATAGRAM = 0xE0, 0x00, 0x60
# Sizes of what follows the base header, by operation of a reliable queue pair.
HEADERS = {0: 0, 1: 0, 2: 0, 3: 4, 4: 0, 5: 4, 6: 16, 7: 0, 8: 0, 9: 4, 10: 16, 11: 20, 12: 16, 13: 4,
           14: 0, 15: 4, 16: 4, 17: 4, 18: 12, 19: 28, 20: 28}
FIRST, ONLY = {0, 6}, {4, 5, 10, 11}  # of a send's or a write's packets
CONTINUED = {1, 2, 3, 7, 8, 9}


@dataclasses.dataclass
class Packet:
    source: bytes
    queue_pair: int
    operation: int
    sequence: int
    payload: bytes

    def is_datagram(self):
        return self.operation & KIND == DATAGRAM


def packets(path):
    """All packets to RoCE's port; raises capture.Malformed for a file that is no whole capture."""
    with open(path, "rb") as file:
        for frame in capture.frames(file):
            if (int.from_bytes(frame[12:14], "big") != IPV6 or frame[20] != UDP or
                    int.from_bytes(frame[PAYLOAD_OF_IPV6 + 2:PAYLOAD_OF_IPV6 + 4], "big") != PORT):
                continue
            datagram = frame[PAYLOAD_OF_UDP:]
            if len(datagram) < BASE_HEADER.size + CHECKSUM:
                continue
            operation, flags, _, queue_pair, sequence = BASE_HEADER.unpack_from(datagram)
            padding = flags >> 4 & 3
            start = BASE_HEADER.size + HEADERS.get(operation, 0)
            yield Packet(frame[22:38], queue_pair & 0xFFFFFF, operation, sequence & 0xFFFFFF,
                         datagram[start:len(datagram) - CHECKSUM - padding])


def messages(found):
    """Payloads of the sends and writes over reliable queue pairs, each once and put together."""
    unfinished, last = {}, {}
    for packet in found:
        if packet.operation not in FIRST | ONLY | CONTINUED:
            continue
        way = packet.source, packet.queue_pair
        ahead = (packet.sequence - last.get(way, packet.sequence - 1)) & 0xFFFFFF
        if not 0 < ahead < 1 << 23:
            continue  # sent once more
        last[way] = packet.sequence
        if packet.operation in CONTINUED:
            unfinished.setdefault(way, bytearray()).extend(packet.payload)
            continue
        if way in unfinished:
            yield bytes(unfinished.pop(way))
        unfinished[way] = bytearray(packet.payload)
    yield from (bytes(message) for message in unfinished.values())
