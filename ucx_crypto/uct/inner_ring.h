// Memory that an inner memory domain knows: rings of ciphertext, and copies of ciphertext on its
// way into a peer's. Nothing else of ours is registered there.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "ucx_crypto/stacked/inner_transport.h"
#include "ucx_crypto/uct/ucx.h"

namespace ucx_crypto::uct {

/// Allocated and registered.
class InnerMemory {
  public:
    /// `flags`: UCT_MD_MEM_ACCESS_*. kUnsupported where the domain neither registers nor allocates.
    static Result<std::unique_ptr<InnerMemory>> allocate(uct_md_h md, size_t size, unsigned flags);
    ~InnerMemory();
    InnerMemory(const InnerMemory&) = delete;
    InnerMemory& operator=(const InnerMemory&) = delete;

    MutableByteView bytes() const { return {static_cast<uint8_t*>(memory_.address), size_}; }
    uct_mem_h handle() const { return handle_; }
    /// How a peer reaches it.
    Result<stacked::InnerRing> describe() const;

  private:
    InnerMemory(uct_md_h md, size_t size) : md_(md), size_(size) {}

    uct_md_h md_;
    size_t size_;
    uct_allocated_memory_t memory_{};
    uct_mem_h handle_ = nullptr;
    bool registered_ = false;  // by us, not by its allocation
};

class InnerRingWriter;

/// A put under way, as UCT knows it. `writer` is null once nobody waits for it.
struct InnerPut {
    uct_completion_t completion;  ///< first: its address is the put's
    InnerRingWriter* writer;
    size_t size;
    bool done;
};

/// Puts into one peer's ring. Destroyed after the endpoint that it used.
class InnerRingWriter {
  public:
    /// Whether, and how, an interface can put; how many bytes at once, 0: it cannot.
    static size_t max_put(const uct_iface_attr_t& attributes);

    /// `abandoned` takes puts that UCT may still know when this ends, until the interface is
    /// closed.
    static Result<std::unique_ptr<InnerRingWriter>> create(
        uct_md_h md, const uct_iface_attr_t& attributes, const stacked::InnerRing& ring,
        std::vector<std::unique_ptr<InnerPut>>& abandoned);
    ~InnerRingWriter();
    InnerRingWriter(const InnerRingWriter&) = delete;
    InnerRingWriter& operator=(const InnerRingWriter&) = delete;

    /// As stacked::InnerEndpoint::put().
    Result<bool> put(uct_ep_h ep, size_t offset, ByteView bytes);

  private:
    InnerRingWriter(uct_md_h md, const stacked::InnerRing& ring,
                    std::vector<std::unique_ptr<InnerPut>>& abandoned)
        : md_(md), ring_(ring), abandoned_(abandoned) {}
    ucs_status_t put_registered(uct_ep_h ep, size_t offset, ByteView bytes);
    ucs_status_t put_copied(uct_ep_h ep, size_t offset, ByteView bytes);
    static void on_completion(uct_completion_t* completion) noexcept;
    void forget_done();

    uct_md_h md_;
    const stacked::InnerRing ring_;
    std::vector<std::unique_ptr<InnerPut>>& abandoned_;
    bool zcopy_ = false;
    uct_rkey_bundle_t key_{};
    bool has_key_ = false;
    std::unique_ptr<InnerMemory> staging_;  // as large as the peer's ring, from the first put on
    std::deque<std::unique_ptr<InnerPut>> under_way_;
    size_t bytes_under_way_ = 0;
    bool unusable_ = false;  // there was no memory for the copy
};

}  // namespace ucx_crypto::uct
