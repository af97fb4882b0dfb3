// What is counted of each record.
#pragma once

#include "ucx_crypto/record/record.h"
#include "ucx_crypto/stats/counters.h"

namespace ucx_crypto::tcp {

inline void count_sealed(stats::Counters& counters, record::RecordType type, size_t plaintext_size,
                         size_t sealed_size) {
    // What is more than the record is a REKEY record before it.
    const bool rekeyed = sealed_size != plaintext_size + record::kOverhead;
    counters.add(stats::Counter::kSeals, rekeyed ? 2 : 1);
    counters.add(stats::Counter::kBytesSealed, plaintext_size);
    if (rekeyed) [[unlikely]] {
        counters.add(stats::Counter::kRekeysSent);
    }
    if (type == record::RecordType::kKeepalive) [[unlikely]] {
        counters.add(stats::Counter::kKeepalivesSent);
    }
}

inline void count_opened(stats::Counters& counters, const record::OpenedRecord& record) {
    counters.add(stats::Counter::kOpens);
    counters.add(stats::Counter::kBytesOpened, record.plaintext.size());
    if (record.type == record::RecordType::kRekey) [[unlikely]] {
        counters.add(stats::Counter::kRekeysReceived);
    }
    if (record.type == record::RecordType::kKeepalive) [[unlikely]] {
        counters.add(stats::Counter::kKeepalivesReceived);
    }
}

}  // namespace ucx_crypto::tcp
