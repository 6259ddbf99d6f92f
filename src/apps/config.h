// DIR/comity.toml: how a process that serves or follows shall behave on this machine. Nothing here can change
// what the registry decides; it is addresses, limits and patience. A missing file means the defaults. Format:
// docs/operations/configuration.md
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "base/strong.h"

namespace apps {

struct TlsConfig {
  std::string certificate;  ///< PEM file, whole chain; empty: plain HTTP
  std::string key;          ///< PEM file, mode 0600
};

struct LimitsConfig {
  std::uint64_t connections = 4'096;
  std::uint64_t connections_per_peer = 256;        ///< an IPv4 address or an IPv6 /64
  std::uint64_t requests_per_second_per_peer = 0;  ///< 0: as many as it likes
  std::uint64_t body_bytes = 1 << 20;
  base::Seconds header_timeout{10};
  base::Seconds body_timeout{30};
  base::Seconds idle_timeout{60};
  base::Seconds write_timeout{30};
};

struct HubConfig {
  base::Seconds block_every{600};    ///< time moves at least this often
  base::Seconds refresh_every{300};  ///< an unchanged checkpoint is cosigned again
  base::Seconds cosign_wait{10};     ///< how long submitters wait for the members before they hear "not yet"
  std::string witness_policy;        ///< tlog-policy file that names outside witnesses; empty: none
};

struct FollowConfig {
  base::Seconds poll_wait{25};    ///< how long the hub may hold an unanswered question
  base::Seconds patience{3'600};  ///< how long a hub may sit on a valid record
};

struct RoundsConfig {
  std::vector<std::string>
      mailboxes;                ///< URLs of servers beside the hub's through which members reach each other
  base::Seconds poll_every{2};  ///< how often they are looked into
  base::Seconds missing_after{21'600};  ///< how long a private part is waited for before the log is told
  base::Seconds repeat{10};             ///< what got no answer is sent again
};

struct Config {
  std::vector<std::string> listen{"127.0.0.1:8480"};
  std::string contact;           ///< security.txt: mailto: or https:
  std::uint64_t threads = 0;     ///< 0: one a processor
  base::Seconds stop_grace{10};  ///< how long running answers may take when the process is told to stop
  TlsConfig tls;
  LimitsConfig limits;
  HubConfig hub;
  FollowConfig follow;
  RoundsConfig rounds;
};

/// Strict: unknown tables and keys, wrong types and values out of bounds are refused.
/// Errors: kBadConfig (detail: `where`, line and reason).
base::Result<Config> parse_config(std::string_view text, std::string_view where);
/// Errors: those of parse_config and of Files.
base::Result<Config> load_config_file(const base::Files& files, const std::string& path);
/// `dir`/comity.toml, or the defaults if there is none.   Errors: those of parse_config and of Files.
base::Result<Config> load_config(const base::Files& files, const std::string& dir);
/// Every key with its value in force, as TOML that parse_config takes.
std::string serialize_config(const Config& config);

/// What `threads` means on this machine.
unsigned threads_of(const Config& config);

inline constexpr base::ErrorKind kBadConfig{"bad-config", base::Category::kInvalid,
                                            "docs/operations/configuration.md"};

}  // namespace apps
