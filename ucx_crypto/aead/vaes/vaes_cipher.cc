#include "ucx_crypto/aead/vaes/vaes_cipher.h"

#include <algorithm>
#include <new>

namespace ucx_crypto::aead::vaes {
namespace {

/// A scattered message of up to so many bytes is put together first: one more copy of it costs less
/// than to encrypt it in steps.
constexpr size_t kLargestGathered = 3 * 1024;

/// As aead::gather(), for a few small parts: a call of memcpy() for each costs as much as to
/// encrypt them.
void gather_small(std::span<const ByteView> parts, uint8_t* out) {
    constexpr size_t kWord = sizeof(uint64_t);  // what headers have
    for (const ByteView part : parts) {
        if (part.size() == kWord) {
            std::memcpy(out, part.data(), kWord);
        } else if (!part.empty()) {
            std::memcpy(out, part.data(), part.size());
        }
        out += part.size();
    }
}

/// Takes bytes from the front of a run of parts.
class Reader {
  public:
    explicit Reader(std::span<const ByteView> parts) : parts_(parts) {}

    /// What is left of the first part that is not used up, or nothing at the end.
    ByteView current() {
        while (!parts_.empty() && at_ == parts_.front().size()) {
            parts_ = parts_.subspan(1);
            at_ = 0;
        }
        return parts_.empty() ? ByteView() : parts_.front().subspan(at_);
    }

    void skip(size_t size) { at_ += size; }

    /// Copies `size` bytes, or as many as there are; says how many.
    size_t copy(uint8_t* out, size_t size) {
        size_t copied = 0;
        for (ByteView part = current(); !part.empty() && copied < size; part = current()) {
            const size_t taken = std::min(part.size(), size - copied);
            std::memcpy(out + copied, part.data(), taken);
            skip(taken);
            copied += taken;
        }
        return copied;
    }

  private:
    std::span<const ByteView> parts_;
    size_t at_ = 0;
};

}  // namespace

VaesCipher::VaesCipher(const Body& body, ByteView key)
    : body_(body), key_(new (SecretArena::instance().allocate(sizeof(KeyState))) KeyState) {
    expand_key(key.data(), key.size(), *key_);
}

VaesCipher::~VaesCipher() {
    SecretArena::instance().release(key_, sizeof(KeyState));
}

bool VaesCipher::seal(const NonceBytes& nonce, ByteView associated_data,
                      std::span<const ByteView> plaintext, uint8_t* out) {
    size_t size = 0;
    ByteView only;
    bool scattered = false;
    for (const ByteView part : plaintext) {
        scattered = scattered || (size != 0 && !part.empty());
        only = part.empty() ? only : part;
        size += part.size();
    }
    if (size > kMaxMessageSize) {
        return false;
    }
    if (scattered && size <= kLargestGathered) {
        gather_small(plaintext, out);
        body_.seal(*key_, nonce.data(), associated_data.data(), associated_data.size(), out, size,
                   out);
    } else if (scattered) {
        seal_scattered(nonce, associated_data, plaintext, size, out);
    } else {
        body_.seal(*key_, nonce.data(), associated_data.data(), associated_data.size(), only.data(),
                   size, out);
    }
    return true;
}

void VaesCipher::seal_scattered(const NonceBytes& nonce, ByteView associated_data,
                                std::span<const ByteView> plaintext, size_t size, uint8_t* out) {
    Reader reader(plaintext);
    const size_t chunk = body_.chunk_size;
    Position position;
    body_.begin(nonce.data(), associated_data.data(), associated_data.size(), *key_, position);
    size_t left = size;
    while (left > chunk) {
        const ByteView part = reader.current();
        // A whole chunk or more goes straight from its part; the last one is the rest.
        const size_t direct = std::min(part.size(), left - 1) / chunk * chunk;
        const size_t done = direct != 0 ? direct : chunk;
        if (direct != 0) {
            body_.seal_chunks(*key_, position, part.data(), done, out);
            reader.skip(done);
        } else {
            reader.copy(out, done);
            body_.seal_chunks(*key_, position, out, done, out);
        }
        out += done;
        left -= done;
    }
    const ByteView part = reader.current();
    if (part.size() == left) {
        body_.seal_rest(*key_, position, part.data(), left, out);
    } else {
        reader.copy(out, left);
        body_.seal_rest(*key_, position, out, left, out);
    }
    wipe({reinterpret_cast<uint8_t*>(&position), sizeof(position)});
}

bool VaesCipher::open(const NonceBytes& nonce, ByteView associated_data, ByteView sealed,
                      uint8_t* out) {
    if (sealed.size() < kTagSize || sealed.size() - kTagSize > kMaxMessageSize) {
        return false;
    }
    const size_t size = sealed.size() - kTagSize;
    const bool genuine = body_.open(*key_, nonce.data(), associated_data.data(),
                                    associated_data.size(), sealed.data(), size, out);
    if (!genuine) {
        wipe({out, size});
    }
    return genuine;
}

}  // namespace ucx_crypto::aead::vaes
