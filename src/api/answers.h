// From values and errors to HTTP answers: the one place where an error becomes a status code.
// Format: docs/formats/api.md
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "net/http.h"

namespace api {

inline constexpr std::string_view kTextType = "text/plain; charset=utf-8";
inline constexpr std::string_view kJsonType = "application/json";
inline constexpr std::string_view kBytesType = "application/octet-stream";
/// May be kept for good: what the path names never changes.
inline constexpr std::string_view kForEver = "public, max-age=31536000, immutable";
/// Changes with every block, or may be erased.
inline constexpr std::string_view kNotStored = "no-store";

/// Body and content type, with the headers that every answer has.
net::Response answer_with(unsigned status, std::string_view content_type, std::string_view caching,
                          std::shared_ptr<const std::string> body);
net::Response text_answer(unsigned status, std::string text);
net::Response json_answer(unsigned status, const nlohmann::ordered_json& json);

/// kInvalid 400, kDenied 403, kNotFound 404, kConflict 409, kUnavailable 503, kCorrupt 500.
unsigned status_of(const base::Error& error);
/// {"id"?, "rule", "reason", "spec"}
net::Response refusal(const base::Error& error, std::string_view record_id = {});
net::Response refusal(unsigned status, const base::Error& error);

/// Bytes that are not UTF-8 are replaced, never an exception.
std::string json_text(const nlohmann::ordered_json& json);

inline constexpr base::ErrorKind kNoSuchPath{"no-such-path", base::Category::kNotFound,
                                             "docs/formats/api.md"};
inline constexpr base::ErrorKind kNoSuchMethod{"no-such-method", base::Category::kInvalid,
                                               "docs/formats/api.md"};

}  // namespace api
