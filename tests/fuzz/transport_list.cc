// UCX_TLS and environments: entries NAME=VALUE with zero bytes between them.
#include "ucx_crypto/base/transport_list.h"
#include "tests/fuzz/target.h"

namespace ucx_crypto::fuzz {
namespace {

bool in_name(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// How often `alias` is a whole name in `list`, by another way than the code's.
size_t count(const std::string& list, std::string_view alias) {
    size_t found = 0;
    for (size_t at = list.find(alias); at != std::string::npos; at = list.find(alias, at + 1)) {
        const size_t end = at + alias.size();
        found += (at == 0 || !in_name(list[at - 1])) && (end == list.size() || !in_name(list[end]))
                     ? 1
                     : 0;
    }
    return found;
}

void check_list(const std::string& list) {
    const std::string replaced = replace_alias(list);
    size_t aliases = 0;
    size_t shorter = 0;
    for (const TransportAlias& each : kTransportAliases) {
        UCX_CRYPTO_PROMISE(count(replaced, each.alias) == 0);
        aliases += count(list, each.alias);
        shorter += count(list, each.alias) * (each.alias.size() - each.name.size());
    }
    UCX_CRYPTO_PROMISE(replaced.size() == list.size() - shorter);
    UCX_CRYPTO_PROMISE(replace_alias(replaced) == replaced);
    UCX_CRYPTO_PROMISE(names_crypto_transport(replaced) == names_crypto_transport(list));
    if (aliases == 0) {
        UCX_CRYPTO_PROMISE(replaced == list);
    } else {
        UCX_CRYPTO_PROMISE(names_crypto_transport(list) == (list[0] != '^'));
    }
}

}  // namespace

void one_input(ByteView input) {
    const std::string text(as_text(input));
    check_list(text);
    std::vector<std::string> entries;
    for (size_t at = 0; at <= text.size(); at = entries.back().size() + at + 1) {
        entries.push_back(text.substr(at, text.find('\0', at) - at));
    }
    std::vector<const char*> environment;
    environment.reserve(entries.size() + 1);
    for (const std::string& entry : entries) {
        environment.push_back(entry.c_str());
    }
    environment.push_back(nullptr);
    size_t next = 0;
    for (const auto& [name, value] : transport_lists(environment.data())) {
        UCX_CRYPTO_PROMISE(is_transport_list(name) && name.find('=') == std::string::npos);
        while (next < entries.size() && entries[next] != name + "=" + value) {
            ++next;  // in the environment's order, each once
        }
        UCX_CRYPTO_PROMISE(next++ < entries.size());
        check_list(value);
    }
}

std::vector<Bytes> seeds() {
    std::vector<Bytes> all;
    for (const std::string_view text :
         {std::string_view("crypto_tcp"), std::string_view("^crypto_tcp"),
          std::string_view("\\crypto_tcp,self"), std::string_view("crypto_tcp:aux,crypto_rc"),
          std::string_view("xcrypto_tcp,crypto_tcpx,crypto_tc"),
          std::string_view("crypto_sysv,crypto_posix"),
          std::string_view("UCX_TLS=tcp\0MPI_UCX_TLS=crypto_tcp\0_UCX_TLS=a\0UCX_TLS", 50)}) {
        all.push_back(to_bytes(as_bytes(text)));
    }
    return all;
}

}  // namespace ucx_crypto::fuzz
