#include "bench/floors.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include <sodium.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/check.h"
#include "base/parallel.h"

namespace bench {
namespace {

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

double processor_seconds(int whose) {
  rusage usage{};
  CHECK(::getrusage(whose, &usage) == 0);
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Signed {
  std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> key;
  std::array<unsigned char, crypto_sign_BYTES> signature;
  std::vector<unsigned char> message;
};

Signed make_signed(unsigned char number, std::size_t message_bytes) {
  Signed one;
  one.message.assign(message_bytes, number);
  std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret{};
  std::array<unsigned char, crypto_sign_SEEDBYTES> seed{number};
  CHECK(crypto_sign_seed_keypair(one.key.data(), secret.data(), seed.data()) == 0);
  CHECK(crypto_sign_detached(one.signature.data(), nullptr, one.message.data(), one.message.size(),
                             secret.data()) == 0);
  return one;
}

}  // namespace

Spent spend(const std::function<void()>& body) {
  const double wall = wall_seconds();
  const double processor = processor_seconds(RUSAGE_SELF);
  body();
  return {wall_seconds() - wall, processor_seconds(RUSAGE_SELF) - processor};
}

double children_processor_seconds() {
  return processor_seconds(RUSAGE_CHILDREN);
}

double quantile(std::vector<double> values, double share) {
  CHECK(!values.empty());
  std::ranges::sort(values);
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

Spent bare_verifications(std::uint64_t count, std::size_t message_bytes, unsigned threads) {
  constexpr std::size_t kDifferent = 64;
  std::vector<Signed> all;
  for (std::size_t i = 0; i < kDifferent; ++i) {
    all.push_back(make_signed(static_cast<unsigned char>(i + 1), message_bytes));
  }
  std::atomic<std::uint64_t> failures{0};
  const Spent spent = spend([&] {
    base::parallel_for(threads, count, kDifferent, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        const Signed& one = all[i % kDifferent];
        if (crypto_sign_verify_detached(one.signature.data(), one.message.data(), one.message.size(),
                                        one.key.data()) != 0) {
          ++failures;
        }
      }
    });
  });
  CHECK(failures == 0);
  return spent;
}

std::uint64_t resident_bytes_max() {
  rusage usage{};
  CHECK(::getrusage(RUSAGE_SELF, &usage) == 0);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1'024;
}

std::uint64_t resident_bytes() {
  std::FILE* const file = std::fopen("/proc/self/statm", "r");
  CHECK(file != nullptr);
  unsigned long long total = 0;
  unsigned long long resident = 0;
  CHECK(std::fscanf(file, "%llu %llu", &total, &resident) == 2);
  CHECK(std::fclose(file) == 0);
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

base::Result<base::Bytes> TimedFiles::read(const std::string& path, std::size_t bytes_max) const {
  return files_->read(path, bytes_max);
}
base::Result<base::SecretBytes> TimedFiles::read_secret(const std::string& path,
                                                        std::size_t bytes_max) const {
  return files_->read_secret(path, bytes_max);
}
base::Result<bool> TimedFiles::exists(const std::string& path) const {
  return files_->exists(path);
}
base::Result<std::vector<std::string>> TimedFiles::list(const std::string& folder) const {
  return files_->list(folder);
}
base::Result<void> TimedFiles::write_synced(const std::string& path, base::ByteView content,
                                            base::FileMode mode) {
  ++file_syncs_;
  return files_->write_synced(path, content, mode);
}
base::Result<void> TimedFiles::rename(const std::string& from, const std::string& to) {
  return files_->rename(from, to);
}
base::Result<void> TimedFiles::remove(const std::string& path) {
  return files_->remove(path);
}
base::Result<void> TimedFiles::make_folders(const std::string& path) {
  return files_->make_folders(path);
}
base::Result<void> TimedFiles::sync_folder(const std::string& path) {
  ++folder_syncs_;
  return files_->sync_folder(path);
}
base::Result<std::unique_ptr<base::FileLock>> TimedFiles::lock(const std::string& path) {
  return files_->lock(path);
}

SyncCost sync_cost(base::Files& files, const std::string& folder, std::size_t bytes, int rounds) {
  CHECK(files.make_folders(folder).has_value());
  const base::Bytes content(bytes, 7);
  std::vector<double> file_times;
  std::vector<double> folder_times;
  for (int round = 0; round < rounds; ++round) {
    const std::string path = folder + "/probe-" + std::to_string(round);
    file_times.push_back(
        spend([&] { CHECK(files.write_synced(path, content, base::FileMode::kPublic).has_value()); }).wall);
    folder_times.push_back(spend([&] { CHECK(files.sync_folder(folder).has_value()); }).wall);
    CHECK(files.remove(path).has_value());
  }
  return {median(file_times), median(folder_times)};
}

}  // namespace bench
