// Bytes of a connection to one answer, without a socket: Beast's parser with our limits. The body is collected, or handed
// on piece by piece.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "net/http.h"

namespace net {

struct AnswerLimits {
  std::size_t header_bytes_max = 0;
  std::size_t body_bytes_max = 0;
};

/// Order: read*, until is_done or an error.   Threads: one owner.
class ResponseReader {
 public:
  /// `on_bytes`, if given, gets the body of a 200 answer instead of take(), until it returns false; then is_done().
  ResponseReader(const AnswerLimits& limits, std::function<bool(std::string_view)> on_bytes);
  ~ResponseReader();

  /// How many of the bytes not yet used up are used up now.
  /// Errors: kBadAnswer, kAnswerTooLarge.
  base::Result<std::size_t> read(std::string_view bytes);
  /// The connection has ended. Success if that may be the answer's end.   Errors: kConnectionLost.
  base::Result<void> read_end();

  bool is_done() const;
  /// Whether anything of the answer has come.
  bool has_begun() const { return has_begun_; }
  /// Once done: whether the connection may be used again.
  bool keeps_alive() const;
  Response take();

 private:
  class Parser;
  bool has_begun_ = false;
  bool is_enough_ = false;
  AnswerLimits limits_;
  std::function<bool(std::string_view)> on_bytes_;
  std::unique_ptr<Parser> parser_;
};

}  // namespace net
