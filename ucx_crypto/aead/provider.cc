#include "ucx_crypto/aead/provider.h"

namespace ucx_crypto::aead {

Status check_key_size(Algorithm algorithm, const SecretBytes& key) {
    if (key.size() != key_size(algorithm)) {
        return Error(ErrorCode::kInvalidArgument,
                     std::string(to_string(algorithm)) + ": expected a key of " +
                         std::to_string(key_size(algorithm)) + " bytes, found " +
                         std::to_string(key.size()));
    }
    return success();
}

MutableByteView gather(std::span<const ByteView> parts, uint8_t* out) {
    size_t size = 0;
    for (const ByteView part : parts) {
        if (!part.empty() && part.data() != out + size) {
            std::memcpy(out + size, part.data(), part.size());
        }
        size += part.size();
    }
    return {out, size};
}

}  // namespace ucx_crypto::aead
