#include "ucx_crypto/tcp/incoming_put.h"

namespace ucx_crypto::tcp {

Result<bool> IncomingPut::begin(const PutBegin& begin) {
    if (begin_) {
        return Error(ErrorCode::kProtocol,
                     "PUT_BEGIN: expected the end of PUT " + std::to_string(begin_->operation) +
                         ", which is open, found PUT " + std::to_string(begin.operation));
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
        return Error(ErrorCode::kProtocol, "PUT_DATA: expected " + describe_expected() +
                                               ", found " + std::to_string(payload.size()) +
                                               " bytes of PUT " +
                                               std::to_string(position.operation) + " at " +
                                               std::to_string(position.offset));
    }
    UCX_CRYPTO_TRY(regions_.write(begin_->token, begin_->address, position.offset, payload));
    received_ += payload.size();
    return received_ == begin_->length;
}

Status IncomingPut::abort(uint64_t operation) {
    if (!begin_ || begin_->operation != operation) {
        return Error(ErrorCode::kProtocol, "PUT_ABORT: expected " + describe_expected() +
                                               ", found PUT " + std::to_string(operation));
    }
    reset();
    return success();
}

std::string IncomingPut::describe_expected() const {
    return begin_ ? "PUT " + std::to_string(begin_->operation) + " from " +
                        std::to_string(received_) + " to at most " + std::to_string(begin_->length)
                  : "an open PUT";
}

uint64_t IncomingPut::finish() {
    const uint64_t operation = begin_->operation;
    reset();
    return operation;
}

}  // namespace ucx_crypto::tcp
