// Who takes opened records.
#pragma once

#include "ucx_crypto/record/record.h"

namespace ucx_crypto::tcp {

/// Takes the opened records of a connection.
class RecordSink {
  public:
    virtual ~RecordSink() = default;
    /// `plaintext` is valid only during the call. An error ends the connection.
    virtual Status on_record(record::RecordType type, MutableByteView plaintext) = 0;
    /// Where the next record, of so many bytes of plaintext, should be opened to; empty: where it
    /// is. Asked for large records only, and a matter of speed alone.
    virtual MutableByteView destination(size_t /*plaintext_size*/) { return {}; }
};

}  // namespace ucx_crypto::tcp
