#include "net/name_lookup.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "net/errors.h"

namespace net {
namespace {

constexpr std::size_t kAddressesMax = 16;
/// How late an interruption may be noticed.
constexpr std::chrono::milliseconds kLook{50};

struct Lookup {
  std::mutex mutex;
  std::condition_variable ended;
  bool is_ended = false;
  int code = 0;
  std::vector<std::string> addresses;
};

int resolve(const std::string& host, int flags, std::vector<std::string>& addresses) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (code != 0) return code;
  for (const addrinfo* at = found; at != nullptr && addresses.size() < kAddressesMax; at = at->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (::getnameinfo(at->ai_addr, at->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) ==
        0) {
      addresses.emplace_back(text.data());
    }
  }
  ::freeaddrinfo(found);
  return 0;
}

}  // namespace

base::Result<std::vector<std::string>> look_up(const std::string& host,
                                               std::chrono::steady_clock::time_point deadline,
                                               const std::atomic<bool>& interrupted) {
  std::vector<std::string> addresses;
  if (resolve(host, AI_NUMERICHOST, addresses) == 0) return addresses;
  // The thread may outlive the call, and then ends unheard: it owns all it touches.
  const auto lookup = std::make_shared<Lookup>();
  std::thread([lookup, host] {
    std::vector<std::string> found;
    const int code = resolve(host, AI_ADDRCONFIG, found);
    const std::scoped_lock lock(lookup->mutex);
    lookup->code = code;
    lookup->addresses = std::move(found);
    lookup->is_ended = true;
    lookup->ended.notify_all();
  }).detach();
  std::unique_lock lock(lookup->mutex);
  while (!lookup->is_ended) {
    if (interrupted) return base::fail(kInterrupted, host);
    const auto now = std::chrono::steady_clock::now();
    if (now >= deadline) return base::fail(kTimedOut, host + ": looking up the name");
    lookup->ended.wait_until(lock, std::min(deadline, now + kLook));
  }
  if (lookup->code != 0) return base::fail(kCannotConnect, host + ": " + ::gai_strerror(lookup->code));
  return std::move(lookup->addresses);
}

}  // namespace net
