// The parts of a request's target: path segments and query parameters, percent-decoded. Strict: a parameter
// that is not known, comes twice, or is no number where a number is asked for is refused, so that a
// misspelt question never gets the answer to another one. Format: RFC 3986, docs/formats/api.md
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace api {

/// Undoes percent-encoding. `+` stays `+`.
/// Errors: kBadTarget (a `%` without two hex digits, a control character, text that is not UTF-8).
base::Result<std::string> percent_decode(std::string_view text);

class Query {
 public:
  /// Errors: kBadTarget (a parameter that is not among `known`, or twice).
  static base::Result<Query> parse(std::string_view text, std::initializer_list<std::string_view> known);
  std::optional<std::string_view> value(std::string_view name) const;
  /// `otherwise` where the parameter is absent.   Errors: kBadTarget (no decimal number up to `most`).
  base::Result<std::uint64_t> number(std::string_view name, std::uint64_t otherwise,
                                     std::uint64_t most) const;

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;
};

inline constexpr base::ErrorKind kBadTarget{"bad-target", base::Category::kInvalid, "docs/formats/api.md"};

}  // namespace api
