// The real GuestDriver: Linux's device file.
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>

#include "ucx_crypto/attest/snp/guest_device.h"

namespace ucx_crypto::attest::snp {
namespace {

class LinuxDriver final : public GuestDriver {
  public:
    explicit LinuxDriver(int device) : device_(device) {}
    ~LinuxDriver() override { close(device_); }
    LinuxDriver(const LinuxDriver&) = delete;
    LinuxDriver& operator=(const LinuxDriver&) = delete;

    int request(unsigned long number, snp_guest_request_ioctl& message) override {
        return ioctl(device_, number, &message) == 0 ? 0 : errno;
    }
    void wait(std::chrono::milliseconds time) override { std::this_thread::sleep_for(time); }

  private:
    const int device_;
};

}  // namespace

Result<std::unique_ptr<GuestDriver>> open_guest_driver(const std::string& path) {
    const int device = open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (device >= 0) {
        return std::unique_ptr<GuestDriver>(std::make_unique<LinuxDriver>(device));
    }
    const int error = errno;
    switch (error) {
        case ENOENT:
        case ENOTDIR:
        case ENODEV:
        case ENXIO:
            return Error(ErrorCode::kNotFound, path + ": expected the guest device, found none");
        case EACCES:
        case EPERM:
            return Error(ErrorCode::kPermission,
                         path +
                             ": expected to be allowed to open it for reading and writing, "
                             "found: " +
                             std::strerror(error) +
                             "; have the administrator give it to a group of the job's users, by "
                             "a udev rule: KERNEL==\"sev-guest\", GROUP=\"sev\", MODE=\"0660\"");
        default:
            return Error(ErrorCode::kIo, path + ": cannot be opened: " + std::strerror(error));
    }
}

}  // namespace ucx_crypto::attest::snp
