// The kernel's side of configfs-tsm (drivers/virt/coco/tsm.c) over an ordinary folder: attributes
// are files of it, made with the report's folder and removed with it.
#pragma once

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include "ucx_crypto/attest/snp/tsm_report.h"

namespace ucx_crypto::attest::snp {

struct TsmState {
    std::string provider = "sev_guest\n";
    std::string floor = "0\n";
    Bytes table{};
    /// Makes the report; bytes of any size.
    std::function<Bytes(ByteView data)> report = [](ByteView) { return Bytes(0x4a0, 7); };
    int make_error = 0;
    std::string failing{};     ///< an attribute
    int error = 0;             ///< of reading or writing it
    bool lose_inblob = false;  ///< its close fails in silence
    bool other_writer = false;
    // What was seen:
    std::vector<std::string> folders{};
    std::vector<std::pair<std::string, std::string>> writes{};
    int reports = 0;
};

class FakeTsm final : public TsmFiles {
  public:
    explicit FakeTsm(TsmState& state) : state_(state) {}

    int make_folder(const std::string& path) override {
        if (state_.make_error != 0) {
            return state_.make_error;
        }
        const int error = TsmFiles::make_folder(path);
        if (error == 0) {
            state_.folders.push_back(path);
            generation_ = 0;
            for (const char* name : {"inblob", "privlevel", "outblob", "auxblob"}) {
                put(path, name, "");
            }
            put(path, "provider", state_.provider);
            put(path, "privlevel_floor", state_.floor);
            put(path, "generation", "0\n");
        }
        return error;
    }

    int remove_folder(const std::string& path) override {
        for (const auto& attribute : std::filesystem::directory_iterator(path)) {
            std::filesystem::remove(attribute);
        }
        return TsmFiles::remove_folder(path);
    }

    int write(const std::string& path, ByteView bytes) override {
        const std::filesystem::path file(path);
        if (file.filename() == state_.failing) {
            return state_.error;
        }
        const int error = TsmFiles::write(path, bytes);
        if (error != 0) {
            return error;
        }
        state_.writes.emplace_back(file.filename(), as_text(bytes));
        const bool inblob = file.filename() == "inblob";
        generation_ += inblob && state_.lose_inblob ? 0 : 1;
        generation_ += inblob && state_.other_writer ? 1 : 0;
        put(file.parent_path(), "generation", std::to_string(generation_) + "\n");
        return 0;
    }

    int read(const std::string& path, size_t limit, Bytes& contents) override {
        const std::filesystem::path file(path);
        if (file.filename() == state_.failing) {
            return state_.error;
        }
        if (file.filename() == "outblob") {
            ++state_.reports;
            const Bytes data = to_bytes(as_bytes(get(file.parent_path(), "inblob")));
            put(file.parent_path(), "outblob", std::string(as_text(state_.report(data))));
            put(file.parent_path(), "auxblob", std::string(as_text(state_.table)));
        }
        return TsmFiles::read(path, limit, contents);
    }

  private:
    static void put(const std::filesystem::path& folder, const char* name,
                    const std::string& text) {
        std::ofstream(folder / name, std::ios::binary) << text;
    }
    static std::string get(const std::filesystem::path& folder, const char* name) {
        std::ifstream file(folder / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    TsmState& state_;
    uint64_t generation_ = 0;
};

}  // namespace ucx_crypto::attest::snp
