// Preloaded under a benchmark, alters one byte of received data through MPI's profiling interface,
// once: what -c must find. UCX_CRYPTO_TEST_CORRUPT_AT is the number of the receiving call (from 0).
#include <mpi.h>

#include <cstddef>
#include <cstdlib>

namespace {

struct Received {
    unsigned char* data = nullptr;
    std::size_t size = 0;
};

Received last_posted;

/// Flips a bit of the last byte, if this is the call that is to be altered.
void alter(void* data, std::size_t size) {
    static long call = 0;
    static const char* const setting = std::getenv("UCX_CRYPTO_TEST_CORRUPT_AT");
    const long wanted = setting != nullptr ? std::strtol(setting, nullptr, 10) : 0;
    if (size > 0 && call++ == wanted) {
        static_cast<unsigned char*>(data)[size - 1] ^= 1;
    }
}

std::size_t bytes_of(int count, MPI_Datatype type) {
    int size = 0;
    PMPI_Type_size(type, &size);
    return static_cast<std::size_t>(count) * static_cast<std::size_t>(size);
}

}  // namespace

#define UCX_CRYPTO_INTERPOSE extern "C" __attribute__((visibility("default"))) int

UCX_CRYPTO_INTERPOSE MPI_Recv(void* data, int count, MPI_Datatype type, int source, int tag,
                              MPI_Comm communicator, MPI_Status* status) {
    const int result = PMPI_Recv(data, count, type, source, tag, communicator, status);
    if (type == MPI_CHAR) {  // the benchmarks' acknowledgements are ints
        alter(data, bytes_of(count, type));
    }
    return result;
}

UCX_CRYPTO_INTERPOSE MPI_Irecv(void* data, int count, MPI_Datatype type, int source, int tag,
                               MPI_Comm communicator, MPI_Request* request) {
    last_posted = {static_cast<unsigned char*>(data), bytes_of(count, type)};
    return PMPI_Irecv(data, count, type, source, tag, communicator, request);
}

UCX_CRYPTO_INTERPOSE MPI_Waitall(int count, MPI_Request* requests, MPI_Status* statuses) {
    const bool receives = last_posted.data != nullptr;
    const Received received = last_posted;
    const int result = PMPI_Waitall(count, requests, statuses);
    if (receives) {
        alter(received.data, received.size);
    }
    return result;
}

UCX_CRYPTO_INTERPOSE MPI_Allreduce(const void* sent, void* received, int count, MPI_Datatype type,
                                   MPI_Op op, MPI_Comm communicator) {
    const int result = PMPI_Allreduce(sent, received, count, type, op, communicator);
    if (type == MPI_FLOAT) {  // not the benchmarks' own verdict
        alter(received, bytes_of(count, type));
    }
    return result;
}

UCX_CRYPTO_INTERPOSE MPI_Alltoall(const void* sent, int send_count, MPI_Datatype send_type,
                                  void* received, int count, MPI_Datatype type,
                                  MPI_Comm communicator) {
    int ranks = 0;
    PMPI_Comm_size(communicator, &ranks);
    const int result =
        PMPI_Alltoall(sent, send_count, send_type, received, count, type, communicator);
    alter(received, bytes_of(count, type) * static_cast<std::size_t>(ranks));
    return result;
}

UCX_CRYPTO_INTERPOSE MPI_Bcast(void* data, int count, MPI_Datatype type, int root,
                               MPI_Comm communicator) {
    const int result = PMPI_Bcast(data, count, type, root, communicator);
    alter(data, bytes_of(count, type));
    return result;
}

// What a flush completes, altered before the program looks at it.
UCX_CRYPTO_INTERPOSE MPI_Get(void* data, int count, MPI_Datatype type, int target, MPI_Aint place,
                             int target_count, MPI_Datatype target_type, MPI_Win window) {
    last_posted = {static_cast<unsigned char*>(data), bytes_of(count, type)};
    return PMPI_Get(data, count, type, target, place, target_count, target_type, window);
}

UCX_CRYPTO_INTERPOSE MPI_Win_flush(int target, MPI_Win window) {
    const int result = PMPI_Win_flush(target, window);
    alter(last_posted.data, last_posted.size);
    return result;
}
