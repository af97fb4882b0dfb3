"""What an attacker on the wire does to one direction of a connection. Sans-IO: bytes in, bytes out.

A stream of crypto_tcp is cut into units: the HELLO, then TLS records (the handshake), then records of
the record layer. A manipulation acts once, on the unit of a phase with a given number."""

import dataclasses
import struct

HANDSHAKE = "handshake"  # units: 0 the HELLO, 1... the TLS records
RECORD = "record"        # units: 0... the records after the handshake
RAW = "raw"              # units: single bytes of any stream; nothing is held back

RECORD_HEADER = struct.Struct(">BBHI")  # type, version, epoch, length of what follows
RECORD_TYPES = range(1, 5)
TLS_HEADER = 5
TLS_TYPES = range(20, 25)
HELLO_MAGIC = b"UCXCRYPT"
HELLO_SIZE = 68

ACTIONS = {
    "flip": "inverts one bit of the byte at --at (negative: from the unit's end)",
    "drop": "leaves the unit out",
    "duplicate": "sends the unit twice",
    "reorder": "sends the unit after the next one of its phase",
    "truncate": "sends the first half of the unit, then closes both ways",
    "shorten": "leaves the unit's last byte out and goes on",
    "insert": "sends 16 bytes of its own before the unit",
    "cut": "closes both ways before the unit: the stream ends at a unit's boundary",
    "replay": "sends the unit --back units before this one once more, before the unit",
    "splice": "sends, in the unit's place, the latest one of its phase of the other direction",
    "hold": "passes nothing on from this unit on, and leaves the connection open",
}


class Malformed(Exception):
    """The stream is not one of crypto_tcp."""


class Splitter:
    """Cuts a stream into (phase, unit). Incomplete ends wait in `rest`."""

    def __init__(self):
        self.rest = bytearray()
        self._greeted = False

    def feed(self, data):
        self.rest += data
        while unit := self._next():
            yield unit

    def _next(self):
        if not self._greeted:
            size, phase = self._hello(), HANDSHAKE
        else:
            size, phase = self._size()
        if size == 0 or len(self.rest) < size:
            return None
        self._greeted = True
        unit = bytes(self.rest[:size])
        del self.rest[:size]
        return phase, unit

    def _hello(self):
        found = bytes(self.rest[:len(HELLO_MAGIC)])
        if not HELLO_MAGIC.startswith(found):
            raise Malformed(f"expected a HELLO, found {found}")
        return HELLO_SIZE

    def _size(self):
        if not self.rest:
            return 0, None
        if self.rest[0] in TLS_TYPES:
            if len(self.rest) < TLS_HEADER:
                return 0, None
            return TLS_HEADER + int.from_bytes(self.rest[3:5], "big"), HANDSHAKE
        if self.rest[0] in RECORD_TYPES:
            if len(self.rest) < RECORD_HEADER.size:
                return 0, None
            return RECORD_HEADER.size + RECORD_HEADER.unpack_from(self.rest)[3], RECORD
        raise Malformed(f"expected a TLS record or a record, found type {self.rest[0]}")


@dataclasses.dataclass
class Plan:
    """Which manipulation, and where."""
    action: str
    phase: str = RECORD
    index: int = 0
    at: int = 0    # flip: offset of the byte in the unit
    back: int = 1  # replay: how many units before

    def __post_init__(self):
        if self.action not in ACTIONS:
            raise ValueError(f"expected one of {', '.join(ACTIONS)}, found '{self.action}'")
        if self.phase == RAW and self.action not in ("flip", "cut"):
            raise ValueError(f"expected flip or cut of a raw byte, found '{self.action}'")


class Direction:
    """One direction of one connection under a plan, or with None passed on as it is; `watched` if
    the opposite direction, which is to be set as `other`, takes units from it."""

    def __init__(self, plan, watched=False):
        self.plan = plan
        self.other = None
        self.done = False     # the manipulation has been made
        self.closing = False  # nothing more is passed on, and the connection is to be closed
        self.holding = False  # nothing more is passed on
        self.latest = {HANDSHAKE: b"", RECORD: b""}
        self._watched = watched
        self._splitter = Splitter()
        self._units = {HANDSHAKE: [], RECORD: []}
        self._counts = {HANDSHAKE: 0, RECORD: 0}
        self._passed = 0  # bytes, in the raw phase
        self._late = None

    @property
    def acted(self):
        """The manipulation has been made, or begun: a unit is withheld until the next one comes."""
        return self.done or self._late is not None

    def release(self):
        """Bytes of an incomplete unit; everything after them is passed on as it is."""
        waiting = bytes(self._splitter.rest)
        self._splitter.rest.clear()
        self.plan = None
        self._watched = False
        return waiting

    def feed(self, data):
        """What is passed on in place of `data`."""
        if self.closing or self.holding:
            return b""
        if not self.plan or (self.done and self._late is None and not self._splitter.rest):
            if self._watched:
                for phase, unit in self._splitter.feed(data):
                    self.latest[phase] = unit
            return data
        if self.plan.phase == RAW:
            return self._raw(data)
        out = bytearray()
        for phase, unit in self._splitter.feed(data):
            number = self._counts[phase]
            self._counts[phase] += 1
            self.latest[phase] = unit
            acts = not self.done and phase == self.plan.phase and number >= self.plan.index
            out += self._act(phase, unit) if acts else unit
            self._units[phase] = (self._units[phase] + [unit])[-8:]
            if self.closing or self.holding:
                break
        return bytes(out)

    def _raw(self, data):
        at = self.plan.index - self._passed
        self._passed += len(data)
        if at >= len(data):
            return data
        self.done = True
        if self.plan.action == "cut":
            self.closing = True
            return data[:at]
        return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]

    def _act(self, phase, unit):
        action = self.plan.action
        if self._late is not None:  # the unit that the late one is exchanged with
            late, self._late, self.done = self._late, None, True
            return unit + late
        if action == "reorder":
            self._late = unit
            return b""
        if action == "replay":
            earlier = self._units[phase]
            if len(earlier) < self.plan.back:
                return unit  # waits for a later one
            self.done = True
            return earlier[-self.plan.back] + unit
        if action == "splice":
            foreign = self.other.latest[phase]
            if not foreign or foreign == unit:
                return unit
            self.done = True
            return foreign
        self.done = True
        if action == "flip":
            altered = bytearray(unit)
            altered[self.plan.at] ^= 1
            return bytes(altered)
        if action == "duplicate":
            return unit + unit
        if action == "truncate":
            self.closing = True
            return unit[:len(unit) // 2]
        if action == "shorten":
            return unit[:-1]
        if action == "insert":
            return bytes(range(1, 17)) + unit
        if action == "cut":
            self.closing = True
        elif action == "hold":
            self.holding = True
        return b""  # drop as well
