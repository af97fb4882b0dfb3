// Preloaded under a benchmark, alters what MPI delivers: the last element of every message received
// and of every sum, a double by a good part of its value, an int by one. A benchmark that verifies
// its result must find that it is not the official one.
#include <mpi.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>

namespace {

struct Received {
    void* data;
    int count;
    MPI_Datatype type;
};

std::map<MPI_Request, Received> posted;

void alter(const Received& received) {
    if (received.count <= 0) {
        return;
    }
    int size = 0;
    PMPI_Type_size(received.type, &size);
    unsigned char* const last =
        static_cast<unsigned char*>(received.data) +
        static_cast<std::size_t>(received.count - 1) * static_cast<std::size_t>(size);
    if (received.type == MPI_DOUBLE) {
        std::uint64_t bits = 0;
        std::memcpy(&bits, last, sizeof bits);
        bits ^= std::uint64_t{1} << 51;  // the highest bit of the mantissa
        std::memcpy(last, &bits, sizeof bits);
    } else if (received.type == MPI_INT) {
        int value = 0;
        std::memcpy(&value, last, sizeof value);
        value ^= 1;
        std::memcpy(last, &value, sizeof value);
    }
}

void complete(MPI_Request request) {
    if (const auto found = posted.find(request); found != posted.end()) {
        alter(found->second);
        posted.erase(found);
    }
}

}  // namespace

#define UCX_CRYPTO_INTERPOSE extern "C" __attribute__((visibility("default"))) int

UCX_CRYPTO_INTERPOSE MPI_Recv(void* data, int count, MPI_Datatype type, int source, int tag,
                              MPI_Comm communicator, MPI_Status* status) {
    const int result = PMPI_Recv(data, count, type, source, tag, communicator, status);
    alter({data, count, type});
    return result;
}

UCX_CRYPTO_INTERPOSE MPI_Irecv(void* data, int count, MPI_Datatype type, int source, int tag,
                               MPI_Comm communicator, MPI_Request* request) {
    const int result = PMPI_Irecv(data, count, type, source, tag, communicator, request);
    posted.insert_or_assign(*request, Received{data, count, type});
    return result;
}

UCX_CRYPTO_INTERPOSE MPI_Wait(MPI_Request* request, MPI_Status* status) {
    MPI_Request const waited = *request;
    const int result = PMPI_Wait(request, status);
    complete(waited);
    return result;
}

UCX_CRYPTO_INTERPOSE MPI_Waitall(int count, MPI_Request* requests, MPI_Status* statuses) {
    for (int i = 0; i < count; ++i) {
        MPI_Wait(&requests[i], statuses == MPI_STATUSES_IGNORE ? MPI_STATUS_IGNORE : &statuses[i]);
    }
    return MPI_SUCCESS;
}

UCX_CRYPTO_INTERPOSE MPI_Allreduce(const void* sent, void* received, int count, MPI_Datatype type,
                                   MPI_Op op, MPI_Comm communicator) {
    const int result = PMPI_Allreduce(sent, received, count, type, op, communicator);
    if (op == MPI_SUM) {  // not the benchmarks' own verdict
        alter({received, count, type});
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
    if (type == MPI_DOUBLE) {  // a wrong count would be a wrong program
        alter({received, count * ranks, type});
    }
    return result;
}
