// The log's side of witnessing: asks witnesses outside the registry to cosign each published checkpoint, and hands
// on the lines that verify. It remembers where each witness stands, so that the proof begins there; a witness that
// stands elsewhere says so and is asked once more. Best effort: nothing here ever holds the log up.
// Format: C2SP tlog-witness, tlog-policy; docs/formats/witness.md
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/result.h"
#include "base/strong.h"
#include "merkle/log_tree.h"
#include "note/key.h"
#include "note/policy.h"
#include "witness/witness.h"

namespace witness {

/// Brings a request's body to one witness.
class Transport {
 public:
  struct Reply {
    unsigned status = 0;
    std::string content_type;
    std::string body;
  };
  virtual ~Transport() = default;
  virtual base::Result<Reply> post(std::string_view body) = 0;
  /// The call under way and every later one end with an error.   Threads: any.
  virtual void interrupt() {}
};

/// One witness as its log sees it.   Threads: one at a time.
class Asker {
 public:
  /// Shapes: `key` is of type 0x04.
  Asker(note::VerifierKey key, std::unique_ptr<Transport> transport);

  /// The witness's cosignature line, with LF, over `checkpoint`, a signed note of a size that `tiles` holds.
  /// Errors: kWitnessRefused (detail: status and what it said), kWitnessAhead (it cosigned a larger tree of this
  /// log: this log went back, or there are two of it), those of the transport and of proving.
  base::Result<std::string> ask(std::string_view checkpoint, const merkle::TileReader& tiles);

  const note::VerifierKey& key() const { return key_; }
  Transport& transport() { return *transport_; }

 private:
  base::Result<std::string> take_line(std::string_view answer, std::string_view text) const;

  note::VerifierKey key_;
  std::unique_ptr<Transport> transport_;
  base::TreeSize stands_at_;  // 0 until it has told
};

/// What may be told about a witness.
struct AskerStatus {
  std::string name;
  std::optional<base::TreeSize> size;  ///< of the last checkpoint that it cosigned for us
  std::string trouble;                 ///< why the last attempt failed; empty if it did not
  std::uint64_t cosigned = 0;          ///< attempts that brought a cosignature
  std::uint64_t failed = 0;
};

struct AskersOptions {
  /// The newest published checkpoint.
  std::function<base::Result<std::string>()> checkpoint;
  /// The tiles of a tree that is published.
  std::function<std::unique_ptr<merkle::TileReader>(base::TreeSize)> tiles;
  /// Takes lines for the checkpoint of this text (body): engine::EmbeddedEngine::add_outside_lines.
  std::function<base::Result<void>(std::string_view body, const std::vector<std::string>& lines)> take;
  /// An attempt failed and will be repeated; called on the witness's thread. May be empty.
  std::function<void(const std::string& name, const base::Error& error)> report = {};
  std::chrono::milliseconds pause{5'000};        ///< between two questions to one witness
  std::chrono::milliseconds pause_max{300'000};  ///< after failures in a row the pause doubles up to this
};

/// One thread a witness.   Order: constructor, wake*, destructor (ends calls under way).   Threads: any.
class Askers {
 public:
  Askers(AskersOptions options, std::vector<std::unique_ptr<Asker>> askers);
  ~Askers();
  Askers(const Askers&) = delete;
  Askers& operator=(const Askers&) = delete;

  /// There is a new published checkpoint. Cheap; never blocks.
  void wake();
  std::vector<AskerStatus> status() const;

 private:
  struct Desk;
  void run(Desk& desk, const std::stop_token& stop);
  base::Result<void> ask_once(Desk& desk, std::string& done);

  AskersOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::uint64_t wakes_ = 0;
  std::vector<std::unique_ptr<Desk>> desks_;
};

/// Askers over HTTP for every witness of a tlog-policy file that has a URL.
/// Errors: note::kBadPolicy (no witness has one), net::kBadUrl.
base::Result<std::vector<std::unique_ptr<Asker>>> make_askers(const note::Policy& policy);

/// Posts to BASE/add-checkpoint.   Errors: net::kBadUrl.
base::Result<std::unique_ptr<Transport>> make_http_transport(std::string_view base_url);

inline constexpr base::ErrorKind kWitnessRefused{"witness-refused", base::Category::kUnavailable,
                                                 "docs/formats/witness.md"};
inline constexpr base::ErrorKind kWitnessAhead{"witness-ahead", base::Category::kConflict,
                                               "docs/formats/witness.md"};

}  // namespace witness
