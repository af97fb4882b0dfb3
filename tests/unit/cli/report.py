"""Attestation reports for tests of the program: made up, or of real machines."""

import pathlib
import struct
import sys

SIZE = 0x4A0


def made_up(**fields):
    """A Milan report of version 3 that nobody signed. Fields: (offset, bytes)."""
    report = bytearray(SIZE)
    struct.pack_into("<IIQ", report, 0, 3, 7, 0x30000)
    struct.pack_into("<I", report, 0x34, 1)
    report[0x50:0x90] = bytes(range(64))
    report[0x90:0xC0] = bytes([0x3E]) * 48
    for tcb in (0x38, 0x180, 0x1E0, 0x1F0):
        struct.pack_into("<Q", report, tcb, 0x7318000000000004)
    report[0x188:0x18B] = bytes([0x19, 1, 1])
    report[0x1A0:0x1E0] = bytes([0xC1]) * 64
    for offset, value in fields.values():
        report[offset:offset + len(value)] = value
    return bytes(report)


def real_machines(folder):
    """The folder of real reports; ends the program, as skipped, where there is none."""
    vectors = pathlib.Path(folder) / "snp"
    if not (vectors / "amd-roots").is_dir():
        print(f"SKIP: expected reports of real machines in {vectors}, found none: "
              "configure with -DUCX_CRYPTO_TEST_DATA=FOLDER, the folder above it")
        sys.exit(0)
    return vectors
