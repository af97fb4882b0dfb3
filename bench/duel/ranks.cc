#include "bench/duel/ranks.h"

#include <mpi.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace ucx_crypto::duel {
namespace {

constexpr int kPair = 2;

std::vector<std::byte> swap(const std::vector<std::byte>& mine, int peer) {
    auto length = static_cast<int>(mine.size());
    int theirs = 0;
    MPI_Sendrecv(&length, 1, MPI_INT, peer, 0, &theirs, 1, MPI_INT, peer, 0, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
    std::vector<std::byte> result(static_cast<size_t>(theirs));
    MPI_Sendrecv(mine.data(), length, MPI_BYTE, peer, 1, result.data(), theirs, MPI_BYTE, peer, 1,
                 MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    return result;
}

}  // namespace

Ranks::Ranks(int* argc, char*** argv) {
    // Whatever the job's environment says for its programs.
    setenv("OMPI_MCA_pml", "ob1", 1);
    setenv("OMPI_MCA_btl", "self,vader,tcp", 1);
    setenv("OMPI_MCA_osc", "^ucx", 1);
    MPI_Init(argc, argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &count_);
}

Ranks::~Ranks() {
    MPI_Finalize();
}

Addresses Ranks::exchange(const Addresses& mine) const {
    const int peer = kPair - 1 - rank_;
    Addresses theirs;
    theirs.worker = swap(mine.worker, peer);
    theirs.remote_key = swap(mine.remote_key, peer);
    MPI_Sendrecv(&mine.target, 1, MPI_UINT64_T, peer, 2, &theirs.target, 1, MPI_UINT64_T, peer, 2,
                 MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    return theirs;
}

double Ranks::of_first(double value, const std::function<void()>& meanwhile) const {
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Ibcast(&value, 1, MPI_DOUBLE, 0, MPI_COMM_WORLD, &request);
    MPI_Request both = MPI_REQUEST_NULL;
    MPI_Ibarrier(MPI_COMM_WORLD, &both);
    int ended = 0;
    for (MPI_Request* each : {&request, &both}) {
        for (MPI_Test(each, &ended, MPI_STATUS_IGNORE); ended == 0;
             MPI_Test(each, &ended, MPI_STATUS_IGNORE)) {
            meanwhile();
        }
    }
    return value;
}

void Ranks::print(std::string_view text) const {
    if (first()) {
        std::fwrite(text.data(), 1, text.size(), stdout);
        std::fflush(stdout);
    }
}

void Ranks::meet() const {
    MPI_Barrier(MPI_COMM_WORLD);
}

void Ranks::abort(const std::string& message, int status) const {
    std::fprintf(stderr, "duel: rank %d: %s\n", rank_, message.c_str());
    std::fflush(stderr);
    MPI_Abort(MPI_COMM_WORLD, status);
    std::_Exit(status);
}

bool is_first_process() {
    for (const char* name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"}) {
        if (const char* rank = std::getenv(name)) {
            return std::strcmp(rank, "0") == 0;
        }
    }
    return true;
}

}  // namespace ucx_crypto::duel
