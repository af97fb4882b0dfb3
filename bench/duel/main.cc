// Ratios of two configurations of UCX that are not drowned in the noise between two runs.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iterator>
#include <list>
#include <memory>
#include <new>

#include "bench/duel/match.h"
#include "bench/duel/transport.h"

namespace {

using namespace ucx_crypto;
using namespace ucx_crypto::duel;

enum ExitStatus : int { kDone = 0, kFailed = 1, kUsage = 2, kEnvironment = 3 };

constexpr size_t kPage = 4096;

/// Page-aligned and touched.
class Pages {
  public:
    explicit Pages(size_t bytes) : size_((bytes / kPage + 1) * kPage) {
        data_.reset(static_cast<std::byte*>(std::aligned_alloc(kPage, size_)));
        if (!data_) {
            throw std::bad_alloc();
        }
        std::fill_n(data_.get(), size_, std::byte{1});
    }
    std::span<std::byte> bytes() const { return {data_.get(), size_}; }

  private:
    struct Free {
        void operator()(std::byte* data) const { std::free(data); }
    };
    size_t size_;
    std::unique_ptr<std::byte, Free> data_;
};

Result<Contestant> enter(const Ranks& ranks, const Configuration& configuration,
                         std::span<std::byte> memory) {
    auto opened = Contestant::open(configuration, memory);
    if (!opened) {
        return std::move(opened).error().in(configuration.name);
    }
    const Addresses mine = UCX_CRYPTO_TRY(opened->addresses());
    const Addresses theirs = ranks.exchange(mine);
    UCX_CRYPTO_TRY(opened->connect(theirs));
    return opened;
}

Status measure_all(const Ranks& ranks, const Options& options, const Memory& memory, Contestant& a,
                   Contestant& b, bool control) {
    Match match(ranks, options, memory);
    if (!options.json) {
        ranks.print(heading(options, control));
    }
    for (const size_t size : options.sizes) {
        const Row row = UCX_CRYPTO_TRY(match.measure(a, b, size));
        ranks.print(options.json ? json_line(options, control, row) : row_line(row));
    }
    return success();
}

Status leave(const Ranks& ranks, Contestant& contestant) {
    UCX_CRYPTO_TRY(contestant.close());
    ranks.of_first(0, [&] { contestant.progress(); });
    return success();
}

/// `contestants` is empty and gets those that were opened: when this fails UCX may still have
/// requests of theirs, which it does not let go of without a crash.
Status run(const Ranks& ranks, const Options& options, const Memory& memory,
           std::list<Contestant>& contestants) {
    // The second is another context of A: what differs between two of one configuration is part of
    // the noise.
    for (const Configuration* each : {&options.a, &options.a, &options.b}) {
        contestants.push_back(UCX_CRYPTO_TRY(enter(ranks, *each, memory.incoming)));
    }
    Contestant& a = contestants.front();
    UCX_CRYPTO_TRY(measure_all(ranks, options, memory, a, *std::next(contestants.begin()), true));
    UCX_CRYPTO_TRY(measure_all(ranks, options, memory, a, contestants.back(), false));
    for (Contestant& each : contestants) {
        UCX_CRYPTO_TRY(leave(ranks, each));
    }
    return success();
}

/// All ranks find the same; the first one says it. mpirun ends the others as soon as one fails, so
/// they wait for the message.
int refuse(const Ranks& ranks, const std::string& message, ExitStatus status) {
    if (ranks.first()) {
        std::fprintf(stderr, "duel: %s\n", message.c_str());
        if (status == kUsage) {
            std::fprintf(stderr, "duel: see duel --help\n");
        }
        std::fflush(stderr);
    }
    ranks.meet();
    return status;
}

int duel_main(int argc, char** argv) {
    const auto options = parse_options({argv + 1, static_cast<size_t>(argc > 0 ? argc - 1 : 0)});
    if (options && options->help) {
        if (is_first_process()) {
            std::fputs(help_text().c_str(), stdout);
        }
        return kDone;
    }
    if (options) {
        if (const Status allowed = check_environment(options->a, options->b); !allowed) {
            // By both: mpirun ends the other one as soon as one has ended.
            std::fprintf(stderr, "duel: %s\n", allowed.error().message().c_str());
            return kEnvironment;
        }
    }
    const Ranks ranks(&argc, &argv);
    if (!options) {
        return refuse(ranks, options.error().message(), kUsage);
    }
    if (ranks.count() != 2) {
        return refuse(ranks,
                      "expected 2 ranks, found " + std::to_string(ranks.count()) +
                          ": start it with mpirun -np 2",
                      kUsage);
    }
    if (const Status loaded = load_transports(options->a, options->b); !loaded) {
        ranks.abort(loaded.error().message(), kEnvironment);
    }
    const Pages outgoing(options->largest());
    const Pages incoming(options->largest());
    std::list<Contestant> contestants;
    if (const Status ran = run(ranks, *options, {outgoing.bytes(), incoming.bytes()}, contestants);
        !ran) {
        ranks.abort(ran.error().message(), kFailed);
    }
    return kDone;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return duel_main(argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "duel: %s\n", error.what());
        return kFailed;
    }
}
