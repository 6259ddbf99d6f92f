// Errors are values: Result<T> is std::expected<T, Error>. This header holds the shape of an error and the
// two macros that pass one on; it knows no particular error. Each room defines the ErrorKind constants it
// raises. HOUSE: our code throws nothing; a library that throws is caught inside one adapter.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace base {

/// What the caller can do about an error. Decides exit codes and, later, HTTP status codes.
enum class Category : std::uint8_t {
  kInvalid,      ///< the input breaks a rule of its format
  kDenied,       ///< well-formed, but the charter forbids it
  kNotFound,     ///< the thing asked for does not exist
  kConflict,     ///< it clashes with the current state (stale version, duplicate)
  kUnavailable,  ///< disk, network or another process failed; trying again may help
  kCorrupt,      ///< stored data does not match its own hashes or signatures
};

/// One named reason for refusal. Defined as `inline constexpr` in the room that raises it; compared by
/// address of its name's text, so two rooms never clash by accident.
struct ErrorKind {
  std::string_view name;  ///< stable, lower case with hyphens: "bad-base64"
  Category category;
  std::string_view spec;  ///< where the rule stands: "RFC 4648 section 4", "docs/formats/records.md#head"
  friend constexpr bool operator==(const ErrorKind& a, const ErrorKind& b) { return a.name == b.name; }
};

/// A kind and what happened in particular. `detail` names file, line, offset or attribute, and is never
/// parsed.
class Error {
 public:
  Error(const ErrorKind& kind, std::string detail) : kind_(&kind), detail_(std::move(detail)) {}
  const ErrorKind& kind() const { return *kind_; }
  const std::string& detail() const { return detail_; }
  /// "bad-base64: line 3: 5 characters [RFC 4648 section 4]"
  std::string message() const;
  /// The same error, with where it happened put before its detail: "log/tile/0/000: ...".
  Error at(std::string_view where) const;

 private:
  const ErrorKind* kind_;
  std::string detail_;
};

template <typename T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(const ErrorKind& kind, std::string detail = {}) {
  return std::unexpected<Error>(Error(kind, std::move(detail)));
}

}  // namespace base

#define COMITY_CONCAT_(a, b) a##b
#define COMITY_CONCAT(a, b) COMITY_CONCAT_(a, b)

/// Evaluates a Result; returns its error from the enclosing function if it holds one.
#define TRY(expr)                                                           \
  do {                                                                      \
    if (auto try_result = (expr); !try_result) {                            \
      return std::unexpected<::base::Error>(std::move(try_result).error()); \
    }                                                                       \
  } while (false)

/// ASSIGN_OR_RETURN(auto x, f()): x takes the value, or the enclosing function returns the error.
#define ASSIGN_OR_RETURN(declaration, expr) \
  ASSIGN_OR_RETURN_(COMITY_CONCAT(result_, __LINE__), declaration, expr)
#define ASSIGN_OR_RETURN_(result, declaration, expr)                               \
  auto result = (expr);                                                            \
  if (!(result)) return std::unexpected<::base::Error>(std::move(result).error()); \
  declaration = std::move(*(result))
