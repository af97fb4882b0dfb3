#include "ucx_crypto/tcp/parts.h"

#include <algorithm>

namespace ucx_crypto::tcp {

size_t slice(std::span<const ByteView> parts, uint64_t offset, size_t size,
             std::span<ByteView> result) {
    size_t count = 0;
    for (size_t i = 0; i < parts.size() && size != 0; ++i) {
        if (offset >= parts[i].size()) {
            offset -= parts[i].size();
            continue;
        }
        result[count] = parts[i].subspan(offset, std::min<size_t>(size, parts[i].size() - offset));
        size -= result[count++].size();
        offset = 0;
    }
    return count;
}

}  // namespace ucx_crypto::tcp
