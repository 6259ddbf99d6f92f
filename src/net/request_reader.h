// Bytes of a connection to requests, without a socket: Beast's parser, and before and after it the checks for forms that
// two programs may read in two ways (request smuggling). Everything ambiguous is refused; nothing is repaired.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "net/http.h"

namespace net {

struct ReaderLimits {
  std::size_t header_bytes_max = 0;
  std::size_t headers_max = 0;
  std::size_t body_bytes_max = 0;
};

/// Why a request is not handed on. The connection cannot be read any further after one.
struct Refusal {
  unsigned status = 400;
  std::string_view reason;
};

/// Order: (read+ take)*, until kRefused.   Threads: one owner.
class RequestReader {
 public:
  enum class Phase : std::uint8_t {
    kIdle,     ///< nothing of the next request has come yet
    kHeader,   ///< some of its headers
    kBody,     ///< its headers, not all of its body
    kDone,     ///< take() it
    kRefused,  ///< refusal() says why
  };

  explicit RequestReader(const ReaderLimits& limits);
  ~RequestReader();

  /// Reads from the bytes not yet used up, which must begin where the last call stopped. Returns how many are used up;
  /// of headers either all or none, so a caller with room for header_bytes_max + 2 bytes never gets stuck, except on
  /// the head of a chunk longer than that: refuse it then.
  std::size_t read(std::string_view bytes);

  Phase phase() const { return phase_; }
  const Refusal& refusal() const { return refusal_; }
  /// From kBody on: whether the connection may be kept, the HTTP version's, and what Expect asks for.
  bool keeps_alive() const { return keeps_alive_; }
  bool is_http_1_0() const { return is_http_1_0_; }
  bool expects_continue() const { return expects_continue_; }
  /// From kBody on: the largest size that the body can still reach.
  std::size_t body_bytes_max() const { return body_bytes_max_; }

  /// kDone -> kIdle.
  Request take();

 private:
  class Parser;
  std::size_t read_header(std::string_view bytes);
  std::size_t read_body(std::string_view bytes);
  std::optional<std::size_t> find_header_end(std::string_view bytes);
  void begin_body();
  void refuse(unsigned status, std::string_view reason);

  ReaderLimits limits_;
  Phase phase_ = Phase::kIdle;
  Refusal refusal_;
  std::size_t scanned_ = 0;        // of the headers, searched for their end
  std::size_t line_begins_ = 0;    // where the line under the scan begins
  bool has_skipped_line_ = false;  // the empty one that may come before a request
  std::uint64_t body_wire_bytes_ = 0;
  bool keeps_alive_ = false;
  bool is_http_1_0_ = false;
  bool expects_continue_ = false;
  std::size_t body_bytes_max_ = 0;
  std::unique_ptr<Parser> parser_;
};

}  // namespace net
