"""TCP streams out of a capture file (pcap, Ethernet), put together from their segments."""

import collections
import dataclasses
import struct

Side = collections.namedtuple("Side", "address port")

ETHERNET = 1
TCP = 6
SYN = 0x02
WRAP = 1 << 32


class Malformed(Exception):
    """The file is no capture of Ethernet, or is cut off."""


@dataclasses.dataclass
class Stream:
    """One direction of a TCP connection."""
    source: Side
    destination: Side
    data: bytearray = dataclasses.field(default_factory=bytearray)
    missing: int = 0  # bytes that were acknowledged or passed over but not captured
    _first: int = -1  # sequence number of data[0]
    _early: dict = dataclasses.field(default_factory=dict)  # segments after a gap, by offset

    def __str__(self):
        return (f"{self.source.address}:{self.source.port} -> "
                f"{self.destination.address}:{self.destination.port} ({len(self.data)} bytes)")

    def begin(self, sequence):
        self._first = (sequence + 1) % WRAP

    def add(self, sequence, payload):
        if self._first < 0:
            self._first = sequence  # the connection is older than the capture
        # The distance from what is there, as a signed number: also right after 4 GiB.
        distance = (sequence - self._first - len(self.data)) % WRAP
        if distance >= WRAP // 2:
            distance -= WRAP
        if distance > 0:
            self._early[len(self.data) + distance] = payload
            return
        self.data += payload[-distance:]
        while self._early:
            at = min(self._early)
            if at > len(self.data):
                break
            self.data += self._early.pop(at)[len(self.data) - at:]

    def end(self):
        """No more segments: what waits behind a gap is appended, and the gap counted."""
        for at in sorted(self._early):
            self.missing += max(at - len(self.data), 0)
            self.data += self._early[at][max(len(self.data) - at, 0):]
        self._early.clear()


def frames(file):
    header = file.read(24)
    if len(header) < 24:
        raise Malformed("expected a capture, found fewer than 24 bytes")
    for order in "<>":
        if struct.unpack(order + "I", header[:4])[0] in (0xA1B2C3D4, 0xA1B23C4D):
            break
    else:
        raise Malformed("expected pcap's magic number")
    link = struct.unpack(order + "I", header[20:])[0]
    if link != ETHERNET:
        raise Malformed(f"expected a capture of Ethernet, found link type {link}")
    while record := file.read(16):
        if len(record) < 16:
            raise Malformed("cut off in a packet's header")
        captured, original = struct.unpack(order + "8xII", record)
        frame = file.read(captured)
        if len(frame) < captured:
            raise Malformed("cut off in a packet")
        if captured < original:
            raise Malformed(f"a packet of {original} bytes was captured to {captured} only")
        yield frame


def segment(frame):
    """(source, destination, sequence, flags, payload) of a TCP segment, or None."""
    kind, at = int.from_bytes(frame[12:14], "big"), 14
    if kind == 0x0800:
        if frame[at + 9] != TCP:
            return None
        size = int.from_bytes(frame[at + 2:at + 4], "big")
        ends = at + size if size else len(frame)  # 0: larger than 64 KiB, before segmentation
        addresses = frame[at + 12:at + 16], frame[at + 16:at + 20]
        at += 4 * (frame[at] & 15)
    elif kind == 0x86DD:
        if frame[at + 6] != TCP:
            return None
        size = int.from_bytes(frame[at + 4:at + 6], "big")
        ends = at + 40 + size if size else len(frame)
        addresses = frame[at + 8:at + 24], frame[at + 24:at + 40]
        at += 40
    else:
        return None
    source, destination, sequence = struct.unpack(">HHI", frame[at:at + 8])
    start = at + 4 * (frame[at + 12] >> 4)
    names = [".".join(map(str, each)) if len(each) == 4 else each.hex(":", 2) for each in addresses]
    return (Side(names[0], source), Side(names[1], destination), sequence, frame[at + 13],
            frame[start:ends])


def streams(path):
    """All streams of the capture that carry bytes."""
    found = []
    current = {}
    with open(path, "rb") as file:
        for frame in frames(file):
            parsed = segment(frame)
            if parsed is None:
                continue
            source, destination, sequence, flags, payload = parsed
            key = source, destination
            if flags & SYN and key in current and current[key].data:
                del current[key]  # the ports are used again
            if key not in current:
                current[key] = Stream(source, destination)
                found.append(current[key])
            if flags & SYN:
                current[key].begin(sequence)
            elif payload:
                current[key].add(sequence, payload)
    for stream in found:
        stream.end()
    return [stream for stream in found if stream.data]
