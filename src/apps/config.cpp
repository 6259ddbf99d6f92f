#include "apps/config.h"

#include <algorithm>
#include <thread>
#include <variant>

#include <toml++/toml.h>

#include "codec/time_text.h"
#include "net/server.h"
#include "net/url.h"

namespace apps {

using base::Result;

namespace {

constexpr std::size_t kConfigBytesMax = 65'536;
constexpr std::size_t kListenMax = 16;
constexpr base::Seconds kPatienceMax{86'400};

struct Bounds {
  std::uint64_t least;
  std::uint64_t most;
};
/// A key of the file: its table, its name and where its value goes. Seconds are written as "10m".
struct Key {
  std::string_view table;
  std::string_view name;
  std::variant<std::string*, std::uint64_t*, base::Seconds*, std::vector<std::string>*> value;
  Bounds bounds{0, 0};                                       // of a number; of seconds
  Result<void> (*check)(const std::string& text) = nullptr;  // of a text, or of each in a list
};

// What stands in security.txt: one line, and of the two kinds that the page names.
Result<void> check_contact(const std::string& text) {
  const bool is_plain = std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
  if (text.empty() || (is_plain && (text.starts_with("mailto:") || text.starts_with("https:")))) return {};
  return base::fail(kBadConfig, "expected mailto: or https:, without blanks");
}

Result<void> check_mailbox(const std::string& text) {
  TRY(net::parse_base_url(text));
  return {};
}

// The one list of what the file may say; parsing, checking and printing all walk it.
std::vector<Key> keys_of(Config& config) {
  LimitsConfig& limits = config.limits;
  const std::uint64_t day = static_cast<std::uint64_t>(kPatienceMax.value());
  return {
      {"", "listen", &config.listen, {}, net::check_listen_address},
      {"", "contact", &config.contact, {}, check_contact},
      {"", "threads", &config.threads, {0, 256}},
      {"", "stop-grace", &config.stop_grace, {0, 300}},
      {"tls", "certificate", &config.tls.certificate},
      {"tls", "key", &config.tls.key},
      {"limits", "connections", &limits.connections, {1, 1'000'000}},
      {"limits", "connections-per-peer", &limits.connections_per_peer, {1, 1'000'000}},
      {"limits", "requests-per-second-per-peer", &limits.requests_per_second_per_peer, {0, 1'000'000}},
      {"limits", "body-bytes", &limits.body_bytes, {1 << 17, 1 << 24}},
      {"limits", "header-timeout", &limits.header_timeout, {1, 300}},
      {"limits", "body-timeout", &limits.body_timeout, {1, 600}},
      {"limits", "idle-timeout", &limits.idle_timeout, {1, 3'600}},
      {"limits", "write-timeout", &limits.write_timeout, {1, 600}},
      {"hub", "block-every", &config.hub.block_every, {1, 600}},
      {"hub", "refresh-every", &config.hub.refresh_every, {1, 300}},
      {"hub", "cosign-wait", &config.hub.cosign_wait, {1, 300}},
      {"hub", "witness-policy", &config.hub.witness_policy},
      {"follow", "poll-wait", &config.follow.poll_wait, {1, 55}},
      {"follow", "patience", &config.follow.patience, {1, day}},
      {"rounds", "mailboxes", &config.rounds.mailboxes, {}, check_mailbox},
      {"rounds", "poll-every", &config.rounds.poll_every, {1, 60}},
      {"rounds", "missing-after", &config.rounds.missing_after, {1, day}},
      {"rounds", "repeat", &config.rounds.repeat, {1, 600}},
  };
}

std::string full_name(const Key& key) {
  return key.table.empty() ? std::string(key.name) : std::string(key.table) + "." + std::string(key.name);
}

std::unexpected<base::Error> refuse(std::string_view where, const toml::source_region& source,
                                    const std::string& reason) {
  return base::fail(kBadConfig,
                    std::string(where) + ": line " + std::to_string(source.begin.line) + ": " + reason);
}

// Bounds are inclusive; an error names them.
Result<void> check_bounds(std::int64_t value, const Bounds& bounds, bool seconds) {
  if (value >= 0 && static_cast<std::uint64_t>(value) >= bounds.least &&
      static_cast<std::uint64_t>(value) <= bounds.most)
    return {};
  return base::fail(kBadConfig, "not from " + std::to_string(bounds.least) + " to " +
                                    std::to_string(bounds.most) + (seconds ? " seconds" : ""));
}

// One that comes twice is a slip: the second could never be listened on, or would be asked twice.
Result<std::vector<std::string>> take_list(const toml::node& node, const Key& key) {
  const toml::array* const list = node.as_array();
  const bool may_be_empty = key.table == "rounds";
  if (list == nullptr || (list->empty() && !may_be_empty) || list->size() > kListenMax)
    return base::fail(
        kBadConfig, may_be_empty ? "expected a list of up to 16 texts" : "expected a list of 1 to 16 texts");
  std::vector<std::string> values;
  for (const toml::node& item : *list) {
    const auto value = item.value_exact<std::string>();
    if (!value) return base::fail(kBadConfig, "expected a list of texts");
    if (key.check != nullptr) {
      TRY(key.check(*value));
    }
    if (!value->ends_with(":0") && std::ranges::find(values, *value) != values.end())
      return base::fail(kBadConfig, *value + " comes twice");
    values.push_back(*value);
  }
  return values;
}

Result<void> take(const toml::node& node, const Key& key) {
  if (auto* const text = std::get_if<std::string*>(&key.value)) {
    const auto value = node.value_exact<std::string>();
    if (!value) return base::fail(kBadConfig, "expected a text in quotes");
    if (key.check != nullptr) {
      TRY(key.check(*value));
    }
    **text = *value;
  } else if (auto* const number = std::get_if<std::uint64_t*>(&key.value)) {
    const auto value = node.value_exact<std::int64_t>();
    if (!value) return base::fail(kBadConfig, "expected a whole number");
    TRY(check_bounds(*value, key.bounds, false));
    **number = static_cast<std::uint64_t>(*value);
  } else if (auto* const seconds = std::get_if<base::Seconds*>(&key.value)) {
    const auto value = node.value_exact<std::string>();
    const auto duration = value ? codec::read_duration(*value) : std::nullopt;
    if (!duration)
      return base::fail(kBadConfig,
                        "expected a duration in its shortest form, as \"10m\", \"90s\" or \"1h\"");
    TRY(check_bounds(static_cast<std::int64_t>(duration->value()), key.bounds, true));
    **seconds = *duration;
  } else {
    ASSIGN_OR_RETURN(*std::get<std::vector<std::string>*>(key.value), take_list(node, key));
  }
  return {};
}

Result<void> take_table(const toml::table& table, std::string_view name, const std::vector<Key>& keys,
                        std::string_view where) {
  for (const auto& [key_text, node] : table) {
    if (name.empty() && node.is_table()) {
      const auto known = [&](const Key& key) { return key.table == key_text.str(); };
      if (std::ranges::none_of(keys, known))
        return refuse(where, node.source(), "unknown table [" + std::string(key_text.str()) + "]");
      TRY(take_table(*node.as_table(), key_text.str(), keys, where));
      continue;
    }
    const auto found = std::ranges::find_if(
        keys, [&](const Key& key) { return key.table == name && key.name == key_text.str(); });
    if (found == keys.end())
      return refuse(where, node.source(), "unknown key \"" + std::string(key_text.str()) + "\"");
    if (const auto taken = take(node, *found); !taken)
      return refuse(where, node.source(), full_name(*found) + ": " + taken.error().detail());
  }
  return {};
}

std::string quoted(std::string_view value) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text = "\"";
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      text.append("\\u00").push_back(kHex[byte >> 4]);
      text.push_back(kHex[byte & 15]);
    } else {
      if (c == '"' || c == '\\') text.push_back('\\');
      text.push_back(c);
    }
  }
  return text + "\"";
}

}  // namespace

Result<Config> parse_config(std::string_view text, std::string_view where) {
  Config config;
  const std::vector<Key> keys = keys_of(config);
  try {  // toml++ throws; nothing behind this line does
    const toml::table table = toml::parse(text);
    TRY(take_table(table, "", keys, where));
  } catch (const toml::parse_error& error) {
    return refuse(where, error.source(), std::string(error.description()));
  }
  if (config.tls.certificate.empty() != config.tls.key.empty())
    return base::fail(kBadConfig, std::string(where) + ": tls needs both certificate and key");
  return config;
}

Result<Config> load_config_file(const base::Files& files, const std::string& path) {
  ASSIGN_OR_RETURN(const base::Bytes text, files.read(path, kConfigBytesMax));
  return parse_config(base::as_text(text), path);
}

Result<Config> load_config(const base::Files& files, const std::string& dir) {
  Result<Config> config = load_config_file(files, dir + "/comity.toml");
  if (!config && config.error().kind() == base::kFileMissing) return Config{};
  return config;
}

std::string serialize_config(const Config& config) {
  Config copy = config;
  std::string text;
  std::string_view table;
  for (const Key& key : keys_of(copy)) {
    if (key.table != table) {
      table = key.table;
      text.append("\n[").append(table).append("]\n");
    }
    text.append(key.name).append(" = ");
    if (auto* const value = std::get_if<std::string*>(&key.value)) {
      text.append(quoted(**value));
    } else if (auto* const number = std::get_if<std::uint64_t*>(&key.value)) {
      text.append(std::to_string(**number));
    } else if (auto* const seconds = std::get_if<base::Seconds*>(&key.value)) {
      text.append(quoted(codec::serialize_duration(**seconds)));
    } else {
      text.append("[");
      for (const std::string& item : *std::get<std::vector<std::string>*>(key.value))
        text.append(text.ends_with('[') ? "" : ", ").append(quoted(item));
      text.append("]");
    }
    text.append("\n");
  }
  return text;
}

unsigned threads_of(const Config& config) {
  return config.threads != 0 ? static_cast<unsigned>(config.threads)
                             : std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace apps
