// The real root zones of COMITY_DATA, unpacked in memory.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

namespace zone_tests {

/// Decompresses `root-zone/NAME`; nothing if the data is absent.
std::optional<std::string> load_zone(const std::string& name);

/// The last root zone of each wanted day of 2025 by day ("20250101"); empty if the data is absent. All days
/// take 424 MB.
std::map<std::string, std::string> load_days(const std::function<bool(const std::string& day)>& wanted);

}  // namespace zone_tests
