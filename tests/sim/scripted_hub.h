// A hub that shows whatever a test tells it to: any leaves, signed by the log key and cosigned by whom and
// when the test likes, proposed or published; and files as they are or spoilt on the way. Honest blocks come
// from a real replica; the lie is the test's.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "replica/hub_source.h"
#include "sim/forgetful_files.h"
#include "sim/table.h"

namespace sim {

class ScriptedHub final : public replica::HubSource {
 public:
  struct Signature {
    std::string handle;  ///< with its key "HANDLE/operator/1"
    base::EpochSeconds time;
  };
  /// A checkpoint over `leaves`, signed by the log key and by these; the log's files become the hub's.
  std::string sign(const std::vector<std::string>& leaves, const std::vector<Signature>& signatures);
  /// Offers it to the members.
  void propose(std::string checkpoint);
  /// Publishes it.
  void count(std::string checkpoint);
  void add_step(std::uint64_t epoch, std::string step);

  unsigned fetches_at_once() const override { return fetch_lines; }
  base::Result<base::Bytes> fetch(const std::string& path, std::size_t bytes_max) override;
  base::Result<std::optional<std::string>> proposed(std::optional<note::Round> after,
                                                    base::Seconds wait) override;
  base::Result<void> post_cosignature(const std::string& note) override;
  base::Result<void> forward(const std::string& leaf, const std::optional<std::string>& annex) override;

  bool is_away = false;
  std::string proposed_text;                                    ///< shown instead, if not empty
  std::function<void(const std::string&, base::Bytes&)> spoil;  ///< alters what is fetched
  std::vector<std::string> posted;
  std::vector<std::string> forwarded;
  std::size_t fetched = 0;
  unsigned fetch_lines = 1;  ///< fetches at a time; each sees the script as the test left it

 private:
  std::mutex fetching_;
  ForgetfulFiles files_{7};
  std::string folder_;
  std::size_t folders_ = 0;
  std::uint64_t round_ = 100;
  std::uint64_t counted_size_ = 0;
  std::string proposal_;
  std::string checkpoint_;
  std::map<std::string, std::string> steps_;
};

}  // namespace sim
