#include "charter/change_lines.h"

#include <algorithm>
#include <array>

#include "charter/errors.h"
#include "charter/state.h"
#include "resource/keys.h"
#include "resource/values.h"

namespace charter {

using resource::Change;
using resource::LineChange;
using resource::Object;
using resource::Operation;

std::string paragraph(const Change& change) {
  static constexpr std::array<std::string_view, 3> kWords{"create ", "change ", "delete "};
  return std::string(kWords[static_cast<std::size_t>(change.action)])
      .append(class_name(change.object_class))
      .append(": ")
      .append(change.key);
}

std::unexpected<base::Error> wrong(const Change& change, std::string_view why) {
  return base::fail(kWrongClass, paragraph(change).append(": ").append(why));
}
std::unexpected<base::Error> wrong(const Change& change, const LineChange& line, std::string_view why) {
  return base::fail(kWrongClass, paragraph(change).append(": ").append(line.name).append(": ").append(why));
}

bool has_line(const Change& change, std::string_view name) {
  return std::any_of(change.lines.begin(), change.lines.end(),
                     [name](const LineChange& line) { return line.name == name; });
}
std::string_view new_value(const Change& change, std::string_view name) {
  for (const LineChange& line : change.lines) {
    if (line.name == name && line.operation != Operation::kRemove) return line.value;
  }
  return {};
}
bool only_sets(const Change& change) {
  return std::all_of(change.lines.begin(), change.lines.end(),
                     [](const LineChange& line) { return line.operation == Operation::kSet; });
}
bool any_sets(const Change& change) {
  return std::any_of(change.lines.begin(), change.lines.end(),
                     [](const LineChange& line) { return line.operation == Operation::kSet; });
}

bool is_key_attribute(std::string_view name) {
  return name == "auth" || name == "governance" || name == "operator" || name == "registrar" ||
         name == "engine";
}
bool is_threshold_attribute(std::string_view name) {
  return name == "threshold" || name == "governance-threshold";
}

KeyList new_keys(const Change& change, const Object* before) {
  KeyList keys;
  std::vector<resource::PartyKey> old;
  if (before != nullptr) old = resource::party_keys(*before);
  for (const LineChange& line : change.lines) {
    if (line.operation == Operation::kRemove || !is_key_attribute(line.name)) continue;
    const std::string_view text =
        line.name == "auth" ? line.value.substr(line.value.find(' ') + 1) : line.value;
    crypto::PublicKey key;
    if (!resource::read_key(text, key)) continue;  // apply_change refuses it
    const bool known = std::any_of(old.begin(), old.end(), [&](const auto& one) { return one.key == key; });
    if (!known && std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  }
  return keys;
}

base::Result<void> check_digest(const Change& change, const LineChange& line) {
  if (line.name != "ds-rdata" || line.operation == Operation::kRemove ||
      resource::is_known_digest(line.value)) {
    return {};
  }
  return base::fail(kRefused, paragraph(change) + ": ds-rdata: its digest type is not 1, 2 or 4");
}

}  // namespace charter
