#include "ucx_crypto/tcp/incoming_put.h"

namespace ucx_crypto::tcp {

Result<bool> IncomingPut::begin(const PutBegin& begin) {
    if (begin_) {
        return Error(ErrorCode::kProtocol, "PUT_BEGIN while another PUT is open");
    }
    if (!regions_.contains(begin.token, begin.address, begin.length)) {
        return Error(ErrorCode::kAuthentication,
                     "PUT: expected a range inside a registered region, found one that is not");
    }
    begin_ = begin;
    received_ = 0;
    return begin.length == 0;
}

Result<bool> IncomingPut::add(ByteView body) {
    ByteView payload;
    const PutPosition position = UCX_CRYPTO_TRY(decode_put_position(body, payload));
    if (!begin_ || begin_->operation != position.operation || received_ != position.offset ||
        payload.size() > begin_->length - received_) {
        return Error(ErrorCode::kProtocol, "PUT_DATA that does not continue the open PUT");
    }
    UCX_CRYPTO_TRY(regions_.write(begin_->token, begin_->address, position.offset, payload));
    received_ += payload.size();
    return received_ == begin_->length;
}

Status IncomingPut::abort(uint64_t operation) {
    if (!begin_ || begin_->operation != operation) {
        return Error(ErrorCode::kProtocol, "PUT_ABORT of an operation that is not open");
    }
    reset();
    return success();
}

uint64_t IncomingPut::finish() {
    const uint64_t operation = begin_->operation;
    reset();
    return operation;
}

}  // namespace ucx_crypto::tcp
