// The half of a serving process that answers: a view of the published log, the HTTP routes over it, and the
// server that listens. What orders or follows stands beside it and wakes it (verbs/serve.cpp).
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "api/hub_desk.h"
#include "api/measures.h"
#include "api/service.h"
#include "api/submitter.h"
#include "apps/config.h"
#include "apps/registry_folder.h"
#include "apps/server_settings.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/result.h"
#include "net/server.h"
#include "replica/mailbox.h"
#include "replica/view.h"
#include "replica/view_pump.h"

namespace apps {

/// A process that runs on writes a snapshot after this many leaves: so many a start replays at most, which takes
/// some seconds of signatures.
inline constexpr std::uint64_t kServedTailLeavesMax = 65'536;

/// What a serving process was started on. All of it outlives the process's parts.
struct ServedFolder {
  base::Files& files;
  const RegistryFolder& folder;
  const Config& config;
  const std::vector<int>& sockets;  ///< inherited ones, listening already
};

/// What the answers rest on. All of it outlives the Serving.
struct ServingParts {
  base::Files* files = nullptr;
  const base::Clock* clock = nullptr;
  const RegistryFolder* folder = nullptr;
  const Config* config = nullptr;
  api::Submitter* submitter = nullptr;      ///< null: records are not taken here
  std::optional<api::HubDesk> desk = {};    ///< a hub's
  std::vector<int> inherited_sockets = {};  ///< listening already; in place of the configuration's addresses
  std::function<base::Result<void>()> check_ready = {};
  std::shared_ptr<publish::VerifiedSignatures> verified = {};     ///< replica::ReplicaOptions has it
  std::function<std::vector<api::Measure>()> more_measures = {};  ///< asked from any thread
};

/// Order: load, listen, {wake, renew_certificate}*, stop.   Threads: wake from any, the rest from the owner.
class Serving {
 public:
  ~Serving();  // stops at once
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;
  /// Loads the view; nothing listens yet, so that whoever orders records may publish first.
  static base::Result<std::unique_ptr<Serving>> load(const ServingParts& parts);
  /// Errors: net::kCannotListen and others of net::Server::start; those of the TLS files.
  base::Result<void> listen(const ServingParts& parts);
  /// There may be a new checkpoint.
  void wake() { pump_->wake(); }
  /// As URLs.
  std::vector<std::string> addresses() const;
  const replica::View& view() const { return *view_; }
  replica::Mailbox& mailbox() { return *mailbox_; }
  /// True if the files of the certificate hold another one, which new connections now get (CertificateWatch).
  base::Result<bool> renew_certificate();
  /// The time for which the checkpoint that is served counts by the folder's policy; nothing if it does not.
  /// Threads: any.   Cost: a signature check a member, once for each checkpoint.
  std::optional<base::EpochSeconds> counted_time() const;
  void stop(base::Seconds grace);

 private:
  Serving() = default;
  std::unique_ptr<replica::View> view_;
  std::unique_ptr<replica::Mailbox> mailbox_;
  std::unique_ptr<api::Service> service_;
  std::unique_ptr<replica::ViewPump> pump_;
  std::unique_ptr<net::Server> server_;
  std::optional<CertificateWatch> certificate_;
  std::string scheme_ = "http://";
  const base::Files* files_ = nullptr;
  std::string policy_file_;
  mutable std::mutex mutex_;
  mutable std::string counted_text_;                        // guarded by mutex_: whose time this is
  mutable std::optional<base::EpochSeconds> counted_time_;  // guarded by mutex_
  std::atomic<const net::Server*> listening_ = nullptr;     // server_, for the service's threads
};

}  // namespace apps
