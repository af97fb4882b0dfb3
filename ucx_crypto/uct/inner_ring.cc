#include "ucx_crypto/uct/inner_ring.h"

#include "ucx_crypto/base/log.h"
#include "ucx_crypto/stacked/path_address.h"
#include "ucx_crypto/stacked/ring.h"
#include "ucx_crypto/uct/c_boundary.h"

namespace ucx_crypto::uct {
namespace {

Error ring_error(const char* what, ucs_status_t status) {
    return Error(ErrorCode::kIo, std::string(what) + ": " + ucs_status_string(status));
}

bool can_put_registered(const uct_iface_attr_t& attributes) {
    return (attributes.cap.flags & UCT_IFACE_FLAG_PUT_ZCOPY) != 0 &&
           attributes.cap.put.min_zcopy <= 1 &&
           attributes.cap.put.max_zcopy >= stacked::kRingThreshold;
}

size_t pack_bytes(void* destination, void* argument) noexcept {
    const ByteView bytes = *static_cast<const ByteView*>(argument);
    memcpy(destination, bytes.data(), bytes.size());
    return bytes.size();
}

}  // namespace

Result<std::unique_ptr<InnerMemory>> InnerMemory::allocate(uct_md_h md, size_t size,
                                                           unsigned flags) {
    uct_md_attr_t attributes{};
    ucs_status_t status = uct_md_query(md, &attributes);
    if (status != UCS_OK) {
        return ring_error("memory domain", status);
    }
    const bool registers = (attributes.cap.flags & UCT_MD_FLAG_REG) != 0;
    if (!registers && (attributes.cap.flags & UCT_MD_FLAG_ALLOC) == 0) {
        return Error(ErrorCode::kUnsupported,
                     "ring: expected a memory domain that registers or allocates, found none");
    }
    std::unique_ptr<InnerMemory> memory(new InnerMemory(md, size));
    const uct_alloc_method_t method = registers ? UCT_ALLOC_METHOD_MMAP : UCT_ALLOC_METHOD_MD;
    uct_mem_alloc_params_t params{};
    params.field_mask = UCT_MEM_ALLOC_PARAM_FIELD_FLAGS | UCT_MEM_ALLOC_PARAM_FIELD_MDS |
                        UCT_MEM_ALLOC_PARAM_FIELD_MEM_TYPE | UCT_MEM_ALLOC_PARAM_FIELD_NAME;
    params.flags = flags;
    params.mem_type = UCS_MEMORY_TYPE_HOST;
    params.mds.mds = &md;
    params.mds.count = 1;
    params.name = "ucx_crypto_ring";
    status = uct_mem_alloc(size, &method, 1, &params, &memory->memory_);
    if (status != UCS_OK) {
        memory->memory_.address = nullptr;
        return ring_error("memory of a ring", status);
    }
    memory->handle_ = memory->memory_.memh;
    if (registers) {
        status = uct_md_mem_reg(md, memory->memory_.address, size,
                                flags | UCT_MD_MEM_FLAG_HIDE_ERRORS, &memory->handle_);
        if (status != UCS_OK) {
            return ring_error("registration of a ring (is the limit of locked memory too small?)",
                              status);
        }
        memory->registered_ = true;
    }
    return memory;
}

InnerMemory::~InnerMemory() {
    if (registered_) {
        uct_md_mem_dereg(md_, handle_);
    }
    if (memory_.address != nullptr) {
        uct_mem_free(&memory_);
    }
}

Result<stacked::InnerRing> InnerMemory::describe() const {
    uct_md_attr_t attributes{};
    ucs_status_t status = uct_md_query(md_, &attributes);
    stacked::InnerRing ring{static_cast<uint32_t>(size_),
                            reinterpret_cast<uintptr_t>(memory_.address),
                            Bytes(attributes.rkey_packed_size)};
    if (status == UCS_OK && ring.key.size() > stacked::kMaxAddressSize) {
        status = UCS_ERR_BUFFER_TOO_SMALL;
    }
    if (status == UCS_OK) {
        status = uct_md_mkey_pack(md_, handle_, ring.key.data());
    }
    if (status != UCS_OK) {
        return ring_error("key of a ring", status);
    }
    return ring;
}

size_t InnerRingWriter::max_put(const uct_iface_attr_t& attributes) {
    if (can_put_registered(attributes)) {
        return attributes.cap.put.max_zcopy;
    }
    const bool copies = (attributes.cap.flags & UCT_IFACE_FLAG_PUT_BCOPY) != 0 &&
                        attributes.cap.put.max_bcopy >= stacked::kRingThreshold;
    return copies ? attributes.cap.put.max_bcopy : 0;
}

Result<std::unique_ptr<InnerRingWriter>> InnerRingWriter::create(
    uct_md_h md, const uct_iface_attr_t& attributes, const stacked::InnerRing& ring,
    std::vector<std::unique_ptr<InnerPut>>& abandoned) {
    uct_md_attr_t domain{};
    ucs_status_t status = uct_md_query(md, &domain);
    if (status == UCS_OK && ring.key.size() != domain.rkey_packed_size) {
        return Error(ErrorCode::kProtocol,
                     "ring: expected a key of " + std::to_string(domain.rkey_packed_size) +
                         " bytes, found one of " + std::to_string(ring.key.size()));
    }
    std::unique_ptr<InnerRingWriter> writer(new InnerRingWriter(md, ring, abandoned));
    writer->zcopy_ = can_put_registered(attributes);
    if (status == UCS_OK) {
        Bytes key = ring.key;
        key.push_back(0);  // the text that posix and sysv expect at its end must have one
        status = uct_rkey_unpack(md->component, key.data(), &writer->key_);
    }
    if (status != UCS_OK) {
        return ring_error("key of the peer's ring", status);
    }
    writer->has_key_ = true;
    return writer;
}

InnerRingWriter::~InnerRingWriter() {
    std::erase_if(abandoned_, [](const auto& put) { return put->done; });
    for (auto& put : under_way_) {
        put->writer = nullptr;
        if (!put->done) {
            abandoned_.push_back(std::move(put));
        }
    }
    if (has_key_) {
        uct_rkey_release(md_->component, &key_);
    }
}

Result<bool> InnerRingWriter::put(uct_ep_h ep, size_t offset, ByteView bytes) {
    if (offset > ring_.size || bytes.size() > ring_.size - offset) {
        return Error(ErrorCode::kInternal, "a put beyond the peer's ring");
    }
    if (unusable_ || bytes_under_way_ > ring_.size - bytes.size()) {
        return false;  // its place in the copy has not left yet
    }
    ucs_status_t status =
        zcopy_ ? put_registered(ep, offset, bytes) : put_copied(ep, offset, bytes);
    if (status == UCS_ERR_NO_RESOURCE) {
        return false;
    }
    if (status == UCS_OK) {
        status = uct_ep_fence(ep, 0);  // the notify may not overtake
    }
    if (status != UCS_OK) {
        return ring_error("put into the peer's ring", status);
    }
    return true;
}

ucs_status_t InnerRingWriter::put_registered(uct_ep_h ep, size_t offset, ByteView bytes) {
    if (!staging_) {
        auto staging = InnerMemory::allocate(
            md_, ring_.size, UCT_MD_MEM_ACCESS_LOCAL_READ | UCT_MD_MEM_ACCESS_LOCAL_WRITE);
        if (!staging.ok()) {
            UCX_CRYPTO_DEBUG("no puts: %s", staging.error().message().c_str());
            unusable_ = true;
            return UCS_ERR_NO_RESOURCE;  // active messages need none
        }
        staging_ = std::move(staging).value();
    }
    const MutableByteView place = staging_->bytes().subspan(offset, bytes.size());
    memcpy(place.data(), bytes.data(), bytes.size());
    auto put = std::make_unique<InnerPut>();
    put->completion.func = for_c(on_completion);
    put->completion.count = 1;
    put->completion.status = UCS_OK;
    put->writer = this;
    put->size = bytes.size();
    uct_iov_t part{};
    part.buffer = place.data();
    part.length = place.size();
    part.memh = staging_->handle();
    part.count = 1;
    uct_completion_t* completion = &put->completion;
    under_way_.push_back(std::move(put));  // before UCT holds it: no memory must not mean no owner
    const ucs_status_t status =
        uct_ep_put_zcopy(ep, &part, 1, ring_.address + offset, key_.rkey, completion);
    if (status != UCS_INPROGRESS) {
        under_way_.pop_back();
        return status;  // has left, or was not taken: the completion is not used
    }
    bytes_under_way_ += bytes.size();
    return UCS_OK;
}

ucs_status_t InnerRingWriter::put_copied(uct_ep_h ep, size_t offset, ByteView bytes) {
    const ssize_t size =
        uct_ep_put_bcopy(ep, for_c(pack_bytes), &bytes, ring_.address + offset, key_.rkey);
    return size < 0 ? static_cast<ucs_status_t>(size) : UCS_OK;
}

void InnerRingWriter::on_completion(uct_completion_t* completion) noexcept {
    // A put that failed is told of by the endpoint's error handler.
    auto* put = reinterpret_cast<InnerPut*>(completion);
    put->done = true;
    if (put->writer != nullptr) {
        put->writer->forget_done();
    }
}

void InnerRingWriter::forget_done() {
    while (!under_way_.empty() && under_way_.front()->done) {
        bytes_under_way_ -= under_way_.front()->size;
        under_way_.pop_front();
    }
}

}  // namespace ucx_crypto::uct
