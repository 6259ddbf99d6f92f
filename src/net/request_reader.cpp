#include "net/request_reader.h"

#include <algorithm>
#include <utility>

#include <boost/beast/http/basic_parser.hpp>

#include "base/check.h"
#include "net/target.h"

namespace net {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using BoostText = boost::beast::string_view;

constexpr std::size_t kMethodBytesMax = 32;
constexpr std::size_t kHostBytesMax = 261;  // a name, a colon, a port
constexpr std::size_t kBodyReserveMax = std::size_t{64} << 10;
/// One-byte chunks cost six bytes each. What is longer hides bytes in chunk extensions.
constexpr std::uint64_t kWireBytesPerBodyByte = 8;
constexpr std::uint64_t kWireBytesSpare = std::uint64_t{16} << 10;

std::string_view view(BoostText text) {
  return {text.data(), text.size()};
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

bool is_host(std::string_view value) {
  if (value.size() > kHostBytesMax) return false;
  return std::ranges::all_of(value, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~%:[]").contains(c);
  });
}

Refusal refusal_of(error_code error) {
  if (error == http::error::body_limit) return {413, "the body is too large"};
  if (error == http::error::header_limit) return {431, "the headers are too large"};
  if (error == http::error::bad_version) return {505, "not HTTP/1.1"};
  if (error == http::error::bad_content_length || error == http::error::multiple_content_length) {
    return {400, "the length of the body is not clear"};
  }
  if (error == http::error::bad_transfer_encoding) return {400, "the end of the body is not clear"};
  if (error == http::error::bad_chunk || error == http::error::bad_chunk_extension) {
    return {400, "a chunk is malformed"};
  }
  return {400, "the request is malformed"};
}

}  // namespace

/// Collects one request. The members of Beast that may set an error set need_buffer for refusals of our own: the reason
/// is in `refusal` then.
class RequestReader::Parser final : public http::basic_parser<true> {
 public:
  explicit Parser(const ReaderLimits& limits) : limits_(limits) {
    header_limit(static_cast<std::uint32_t>(limits.header_bytes_max));
    body_limit(limits.body_bytes_max);
  }

  Request request;
  std::optional<Refusal> refusal;
  int version = 0;
  bool expects_continue = false;

  /// What only the whole of the headers shows.
  void check_header() {
    if (version != 10 && version != 11) return refuse(505, "not HTTP/1.1");
    if (host_count_ > 1 || (host_count_ == 0 && version == 11)) return refuse(400, "one Host header, please");
    if (length_count_ > 1) return refuse(400, "the length of the body is not clear");
    if (length_count_ > 0 && encoding_count_ > 0) return refuse(400, "the end of the body is not clear");
    if (encoding_count_ > 0 && version == 10) return refuse(400, "no Transfer-Encoding in HTTP/1.0");
  }

 private:
  void refuse(unsigned status, std::string_view reason) {
    if (!refusal) refusal = Refusal{status, reason};
  }

  void refuse(unsigned status, std::string_view reason, error_code& error) {
    refuse(status, reason);
    error = http::error::need_buffer;
  }

  void on_request_impl(http::verb /*method*/, BoostText method, BoostText target, int given,
                       error_code& error) override {
    version = given;
    if (method.size() > kMethodBytesMax) return refuse(501, "no such method", error);
    const auto split = split_target(view(target));
    if (!split) return refuse(400, "the target is not a plain absolute path", error);
    request.method = view(method);
    request.path = split->path;
    request.query = split->query;
  }

  void on_response_impl(int /*status*/, BoostText /*reason*/, int /*version*/,
                        error_code& /*error*/) override {}

  void on_field_impl(http::field name, BoostText name_text, BoostText value_text,
                     error_code& error) override {
    if (header_done_) return refuse(400, "no trailers, please", error);
    if (request.headers.size() == limits_.headers_max) return refuse(431, "too many headers", error);
    const std::string_view value = view(value_text);
    if (name == http::field::host) {
      ++host_count_;
      if (!is_host(value)) return refuse(400, "Host is malformed", error);
    } else if (name == http::field::content_length) {
      ++length_count_;
      if (value.contains(',')) return refuse(400, "the length of the body is not clear", error);
    } else if (name == http::field::transfer_encoding) {
      ++encoding_count_;
      if (lower_case(value) != "chunked") return refuse(501, "no such transfer encoding", error);
    } else if (name == http::field::expect) {
      if (lower_case(value) != "100-continue") return refuse(417, "no such expectation", error);
      expects_continue = true;
    }
    request.headers.push_back({lower_case(view(name_text)), std::string(value)});
  }

  void on_header_impl(error_code& /*error*/) override { header_done_ = true; }

  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code& /*error*/) override {
    if (length) request.body.reserve(std::min(static_cast<std::size_t>(*length), kBodyReserveMax));
  }

  std::size_t on_body_impl(BoostText bytes, error_code& /*error*/) override {
    request.body.append(bytes.data(), bytes.size());
    return bytes.size();
  }

  void on_chunk_header_impl(std::uint64_t /*size*/, BoostText /*extensions*/,
                            error_code& /*error*/) override {}

  std::size_t on_chunk_body_impl(std::uint64_t /*remain*/, BoostText bytes, error_code& /*error*/) override {
    request.body.append(bytes.data(), bytes.size());
    return bytes.size();
  }

  void on_finish_impl(error_code& /*error*/) override {}

  const ReaderLimits& limits_;
  bool header_done_ = false;
  unsigned host_count_ = 0;
  unsigned length_count_ = 0;
  unsigned encoding_count_ = 0;
};

RequestReader::RequestReader(const ReaderLimits& limits) : limits_(limits) {
  CHECK(limits.header_bytes_max > 0 && limits.headers_max > 0);
}
RequestReader::~RequestReader() = default;

void RequestReader::refuse(unsigned status, std::string_view reason) {
  phase_ = Phase::kRefused;
  refusal_ = {status, reason};
}

std::size_t RequestReader::read(std::string_view bytes) {
  std::size_t used = 0;
  if (phase_ == Phase::kIdle || phase_ == Phase::kHeader) used = read_header(bytes);
  if (phase_ == Phase::kBody) used += read_body(bytes.substr(used));
  return used;
}

/// Where the headers end, just after their empty line. Every line must end in CR LF and none may continue the one
/// before: programs differ in what they make of bare LF and of folded lines.
std::optional<std::size_t> RequestReader::find_header_end(std::string_view bytes) {
  while (true) {
    const std::size_t end = bytes.find('\n', scanned_);
    if (end == std::string_view::npos) {
      scanned_ = bytes.size();
      return std::nullopt;
    }
    if (end == 0 || bytes[end - 1] != '\r') {
      refuse(400, "lines end in CR LF");
      return std::nullopt;
    }
    const bool is_empty = end - 1 == line_begins_;
    if (line_begins_ > 0 && (bytes[line_begins_] == ' ' || bytes[line_begins_] == '\t')) {
      refuse(400, "no folded headers, please");
      return std::nullopt;
    }
    scanned_ = line_begins_ = end + 1;
    if (is_empty) return end + 1;
  }
}

std::size_t RequestReader::read_header(std::string_view bytes) {
  // RFC 9112 section 2.2: one empty line before a request is let pass, one only, however the bytes are cut.
  std::size_t skipped = 0;
  if (phase_ == Phase::kIdle && !has_skipped_line_) {
    if (bytes == "\r") return 0;
    has_skipped_line_ = bytes.starts_with("\r\n");
    if (has_skipped_line_) skipped = 2;
  }
  bytes.remove_prefix(skipped);
  if (bytes.empty()) return skipped;
  phase_ = Phase::kHeader;
  const auto end = find_header_end(bytes.substr(0, limits_.header_bytes_max));
  if (phase_ == Phase::kRefused) return skipped;
  if (!end) {
    if (bytes.size() >= limits_.header_bytes_max) {
      if (line_begins_ == 0) {
        refuse(414, "the target is too long");
      } else {
        refuse(431, "the headers are too large");
      }
    }
    return skipped;
  }
  scanned_ = line_begins_ = 0;
  parser_ = std::make_unique<Parser>(limits_);
  error_code error;
  const std::size_t used = parser_->put(boost::asio::const_buffer(bytes.data(), *end), error);
  if (!error && !parser_->is_header_done()) error = http::error::bad_target;
  if (!error) parser_->check_header();
  if (parser_->refusal) {
    refuse(parser_->refusal->status, parser_->refusal->reason);
  } else if (error) {
    const Refusal refusal = refusal_of(error);
    refuse(refusal.status, refusal.reason);
  } else {
    CHECK(used == *end);
    begin_body();
  }
  return skipped + *end;
}

void RequestReader::begin_body() {
  phase_ = Phase::kBody;
  keeps_alive_ = parser_->keep_alive();
  is_http_1_0_ = parser_->version == 10;
  expects_continue_ = parser_->expects_continue && !is_http_1_0_;
  body_wire_bytes_ = 0;
  body_bytes_max_ = 0;
  if (parser_->is_done()) {
    phase_ = Phase::kDone;
    return;
  }
  parser_->eager(true);
  const auto length = parser_->content_length();
  body_bytes_max_ = length ? static_cast<std::size_t>(*length) : limits_.body_bytes_max;
}

std::size_t RequestReader::read_body(std::string_view bytes) {
  if (bytes.empty()) return 0;
  error_code error;
  const std::size_t used = parser_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  body_wire_bytes_ += used;
  if (parser_->refusal) {
    refuse(parser_->refusal->status, parser_->refusal->reason);
  } else if (error && error != http::error::need_more) {
    const Refusal refusal = refusal_of(error);
    refuse(refusal.status, refusal.reason);
  } else if (parser_->is_done()) {
    phase_ = Phase::kDone;
  } else if (body_wire_bytes_ > kWireBytesPerBodyByte * limits_.body_bytes_max + kWireBytesSpare) {
    refuse(413, "too much around the chunks");
  }
  return used;
}

Request RequestReader::take() {
  CHECK(phase_ == Phase::kDone);
  phase_ = Phase::kIdle;
  has_skipped_line_ = false;
  return std::move(parser_->request);
}

}  // namespace net
