#!/usr/bin/env python3
"""Holds the includes of ucx_crypto/ to the arrows between its folders.

usage: include_arrows.py check ROOT   examines ROOT/ucx_crypto, status 1 if an include breaks a rule
       include_arrows.py self-test    examines samples of every kind of violation
"""

import pathlib
import re
import sys
import tempfile

# layer -> the layers it builds on directly; it may include those that these build on as well.
ARROWS = {
    "base": [],
    "stats": ["base"],
    "aead": ["base"],
    "helpers": ["base"],
    "record": ["aead", "helpers"],
    "attest": ["base"],
    "agent": ["attest"],
    "api": ["attest"],
    "handshake": ["attest"],
    "channel": ["record", "handshake"],
    "tcp": ["channel", "stats"],
    "stacked": ["tcp"],
    "uct": ["stacked", "api"],
    "loader": ["uct"],
    "cli": ["loader", "attest", "aead", "helpers", "stats"],
}
# What an arrow would allow and the house does not.
NEVER = {("cli", "uct"), ("cli", "tcp"), ("cli", "stacked")}
# Modules of their own: only they themselves include their headers.
PRIVATE = ["attest/emulated"]
UCX_HEADERS = re.compile(r"uc[tspm]/")
UCX_LAYER = "uct"

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
LAYER_CALL = re.compile(r"ucx_crypto_layer\s*\(\s*(\w+)([^)]*)\)")
KEYWORDS = {"SOURCES", "DEPENDS", "LINK", "HEADERS"}


def reachable(layer):
    found = {layer}
    for lower in ARROWS[layer]:
        found |= reachable(lower)
    return {lower for lower in found if (layer, lower) not in NEVER}


def check_include(layer, folder, quote, header):
    """The rule that an include in ucx_crypto/`folder` breaks, or None."""
    if UCX_HEADERS.match(header):
        if layer != UCX_LAYER:
            return f"expected UCX's headers in {UCX_LAYER}/ only"
        return None
    if not header.startswith("ucx_crypto/"):
        return 'expected "ucx_crypto/...", written from the root' if quote == '"' else None
    parts = header.split("/")[1:-1]
    if not parts:
        return None  # the public interface, include/ucx_crypto/
    target = "/".join(parts)
    for private in PRIVATE:
        if (target + "/").startswith(private + "/") and not (folder + "/").startswith(private + "/"):
            return f"expected {private}/ to be included by itself only"
    if parts[0] not in ARROWS:
        return f"expected a layer of the house, found '{parts[0]}'"
    if parts[0] not in reachable(layer):
        return f"expected no arrow from {layer} to {parts[0]}"
    return None


def check_depends(layer, text):
    """Rules that the DEPENDS of a ucx_crypto_layer() break."""
    for name, arguments in LAYER_CALL.findall(re.sub(r"#.*", "", text)):
        section = None
        for word in arguments.split():
            if word in KEYWORDS:
                section = word
            elif section == "DEPENDS" and word in ARROWS and word not in reachable(layer):
                yield f"{name} DEPENDS {word}: expected no arrow from {layer} to {word}"


def violations(root):
    house = pathlib.Path(root) / "ucx_crypto"
    sources = [path for path in sorted(house.rglob("*")) if path.suffix in (".h", ".cc", ".c")]
    if not sources:
        yield f"{house}: expected source files, found none"
    for path in sources:
        folder = path.parent.relative_to(house).as_posix()
        layer = folder.split("/")[0]
        if layer not in ARROWS:
            yield f"{path}: expected to be in a layer of the house, found '{layer}'"
            continue
        text = path.read_text(encoding="utf-8")
        for match in INCLUDE.finditer(text):
            if broken := check_include(layer, folder, *match.groups()):
                line = text.count("\n", 0, match.start(1)) + 1
                yield f"{path}:{line}: includes {match.group(2)}: {broken}"
    for path in sorted(house.rglob("CMakeLists.txt")):
        layer = path.relative_to(house).parts[0]
        if layer in ARROWS:
            for broken in check_depends(layer, path.read_text(encoding="utf-8")):
                yield f"{path}: {broken}"


SAMPLES = [  # file, text, is it allowed?
    ("base/a.h", "#include <vector>\n", True),
    ("record/a.h", '#include "ucx_crypto/base/result.h"\n', True),
    ("record/a.h", '#include "ucx_crypto/aead/provider.h"\n', True),
    ("uct/a.cc", '#include <uct/base/uct_md.h>\n#include "ucx_crypto/base/log.h"\n', True),
    ("loader/a.cc", '#include "ucx_crypto/uct/component.h"\n', True),
    ("api/a.cc", '#include "ucx_crypto/claims.h"\n', True),
    ("api/a.cc", '#include "ucx_crypto/channel/identity.h"\n', False),
    ("cli/a.cc", '#include "ucx_crypto/loader/environment.h"\n', True),
    ("cli/a.cc", '#include "ucx_crypto/status.h"\n', True),
    ("attest/emulated/a.cc", '#include "ucx_crypto/attest/emulated/root.h"\n', True),
    ("base/a.h", '#include "ucx_crypto/aead/algorithm.h"\n', False),
    ("record/a.h", '#include "ucx_crypto/attest/attestation.h"\n', False),
    ("record/a.h", '#include "ucx_crypto/stats/counters.h"\n', False),
    ("attest/a.h", '#include "ucx_crypto/handshake/client.h"\n', False),
    ("attest/snp/a.h", '#include "ucx_crypto/channel/secure_channel.h"\n', False),
    ("handshake/a.cc", '#include "ucx_crypto/record/record.h"\n', False),
    ("channel/a.cc", '  #  include "ucx_crypto/tcp/engine.h"\n', False),
    ("tcp/a.cc", '#include "ucx_crypto/stacked/ring.h"\n', False),
    ("tcp/a.cc", "#include <ucs/debug/log.h>\n", False),
    ("loader/a.cc", "#include <uct/api/uct.h>\n", False),
    ("cli/a.cc", '#include "ucx_crypto/uct/component.h"\n', False),
    ("channel/a.cc", '#include "ucx_crypto/attest/emulated/root.h"\n', False),
    ("base/a.h", '#include "result.h"\n', False),
    ("base/a.h", '#include "ucx_crypto/basement/a.h"\n', False),
    ("agent/a.cc", '#include "ucx_crypto/attest/agent/server.h"\n', True),
    ("attest/a.cc", '#include "ucx_crypto/agent/service.h"\n', False),
    ("agent/a.cc", '#include "ucx_crypto/tcp/poll.h"\n', False),
    ("attic/a.h", "", False),
    ("aead/CMakeLists.txt", "ucx_crypto_layer(aead SOURCES a.cc DEPENDS base)", True),
    ("aead/CMakeLists.txt", "ucx_crypto_layer(aead SOURCES a.cc DEPENDS record)", False),
]


def self_test():
    wrong = 0
    for name, text, allowed in SAMPLES:
        with tempfile.TemporaryDirectory() as root:
            for file, contents in (("base/empty.h", ""), (name, text)):
                path = pathlib.Path(root, "ucx_crypto", file)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(contents, encoding="utf-8")
            found = list(violations(root))
        if bool(found) == allowed:
            wrong += 1
            print(f"self-test: {name}: {text!r}: expected it to be "
                  f"{'allowed' if allowed else 'refused'}, found {found}")
    with tempfile.TemporaryDirectory() as root:
        if not list(violations(root)):
            wrong += 1
            print("self-test: expected a tree without sources to fail")
    print(f"self-test: {len(SAMPLES) + 1 - wrong} of {len(SAMPLES) + 1} samples as expected")
    return wrong


def main():
    if sys.argv[1:] == ["self-test"]:
        return 1 if self_test() else 0
    if len(sys.argv) == 3 and sys.argv[1] == "check":
        found = list(violations(sys.argv[2]))
        print("\n".join(found) or "every include follows the arrows")
        return 1 if found else 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
