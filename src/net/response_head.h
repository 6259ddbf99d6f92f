// Status line and headers of an answer, as bytes. The server's own headers are set here and only here; what a handler
// adds is checked, so that foreign text in a header cannot end a line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "net/http.h"

namespace net {

enum class BodyForm : std::uint8_t {
  kLength,      ///< Content-Length
  kNone,        ///< 204 and 304: no body, no length
  kChunked,     ///< Transfer-Encoding: chunked
  kUntilClose,  ///< ends with the connection (HTTP/1.0)
};

struct HeadFacts {
  std::string_view date;  ///< as date_text gives it
  BodyForm form = BodyForm::kLength;
  std::size_t body_bytes = 0;
  bool closes = false;
};

/// Whether every header of an answer is a legal line, and its status a final one.
bool is_sendable(const Response& response);

/// Appends the head, the empty line included.   Shapes: is_sendable(response).   Spec: RFC 9112 section 4
void append_head(std::string& out, const Response& response, const HeadFacts& facts);

/// "Sun, 06 Nov 1994 08:49:37 GMT".   Spec: RFC 9110 section 5.6.7
std::string date_text(std::uint64_t epoch_seconds);

/// Letters, digits and the marks that names and methods may have.   Spec: RFC 9110 section 5.6.2
bool is_token(std::string_view text);
/// No control character but tab.   Spec: RFC 9110 section 5.5
bool is_header_value(std::string_view text);

}  // namespace net
