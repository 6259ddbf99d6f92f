#include "net/response_reader.h"

#include <utility>

#include <boost/beast/http/basic_parser.hpp>

#include "net/errors.h"

namespace net {
namespace {

namespace http = boost::beast::http;
using base::Result;
using boost::beast::error_code;
using BoostText = boost::beast::string_view;

constexpr std::size_t kHeadersMax = 256;
/// 1xx answers before the real one.
constexpr unsigned kInterimMax = 8;

std::string lower_case(BoostText text) {
  std::string lower(text.data(), text.size());
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace

class ResponseReader::Parser final : public http::basic_parser<false> {
 public:
  Parser(const AnswerLimits& limits, const std::function<bool(std::string_view)>& on_bytes, unsigned interim)
      : limits_(limits), on_bytes_(on_bytes), interim_count(interim) {
    header_limit(static_cast<std::uint32_t>(limits.header_bytes_max));
    if (on_bytes_ != nullptr) {
      body_limit(boost::none);  // endless by intent; other statuses are bounded in add()
    } else {
      body_limit(limits.body_bytes_max);
    }
    eager(true);
  }

  bool is_interim() const { return response.status < 200; }

 private:
  const AnswerLimits& limits_;
  const std::function<bool(std::string_view)>& on_bytes_;

 public:
  Response response;
  std::string body;
  bool is_enough = false;  // on_bytes wants no more
  bool is_too_large = false;
  unsigned interim_count;

 private:
  void on_request_impl(http::verb /*method*/, BoostText /*text*/, BoostText /*target*/, int /*version*/,
                       error_code& /*error*/) override {}

  void on_response_impl(int status, BoostText /*reason*/, int version, error_code& error) override {
    if (version != 10 && version != 11) error = http::error::bad_version;
    if (status < 100 || status > 599 || status == 101) error = http::error::bad_status;
    response.status = static_cast<unsigned>(status);
  }

  void on_field_impl(http::field /*name*/, BoostText name, BoostText value, error_code& error) override {
    if (is_body_begun_) return;  // trailers say nothing we want
    if (response.headers.size() == kHeadersMax) {
      error = http::error::header_limit;
      return;
    }
    response.headers.push_back({lower_case(name), std::string(value.data(), value.size())});
  }

  void on_header_impl(error_code& /*error*/) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>& /*length*/, error_code& /*error*/) override {
    is_body_begun_ = true;
  }

  std::size_t add(BoostText bytes, error_code& error) {
    if (on_bytes_ != nullptr && response.status == 200) {
      if (!is_enough) is_enough = !on_bytes_({bytes.data(), bytes.size()});
    } else if (bytes.size() > limits_.body_bytes_max - body.size()) {
      is_too_large = true;
      error = http::error::body_limit;
    } else {
      body.append(bytes.data(), bytes.size());
    }
    return bytes.size();
  }
  std::size_t on_body_impl(BoostText bytes, error_code& error) override { return add(bytes, error); }
  void on_chunk_header_impl(std::uint64_t /*size*/, BoostText /*extensions*/,
                            error_code& /*error*/) override {}
  std::size_t on_chunk_body_impl(std::uint64_t /*remain*/, BoostText bytes, error_code& error) override {
    return add(bytes, error);
  }
  void on_finish_impl(error_code& /*error*/) override {}

  bool is_body_begun_ = false;
};

ResponseReader::ResponseReader(const AnswerLimits& limits, std::function<bool(std::string_view)> on_bytes)
    : limits_(limits),
      on_bytes_(std::move(on_bytes)),
      parser_(std::make_unique<Parser>(limits_, on_bytes_, 0)) {}
ResponseReader::~ResponseReader() = default;

Result<std::size_t> ResponseReader::read(std::string_view bytes) {
  if (bytes.empty()) return 0;
  has_begun_ = true;
  error_code error;
  const std::size_t used = parser_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  if (error == http::error::need_more) error = {};
  if (parser_->is_too_large || error == http::error::body_limit) {
    return base::fail(kAnswerTooLarge, "more than " + std::to_string(limits_.body_bytes_max) + " bytes");
  }
  if (error) return base::fail(kBadAnswer, error.message());
  is_enough_ = parser_->is_enough;
  if (parser_->is_done() && parser_->is_interim()) {
    const unsigned count = parser_->interim_count + 1;
    if (count > kInterimMax) return base::fail(kBadAnswer, "too many interim answers");
    parser_ = std::make_unique<Parser>(limits_, on_bytes_, count);
  }
  return used;
}

Result<void> ResponseReader::read_end() {
  error_code error;
  if (has_begun_) parser_->put_eof(error);
  if (!has_begun_ || error || !parser_->is_done()) {
    return base::fail(kConnectionLost, has_begun_ ? "in the midst of the answer" : "before the answer");
  }
  return {};
}

bool ResponseReader::is_done() const {
  return is_enough_ || parser_->is_done();
}

bool ResponseReader::keeps_alive() const {
  return parser_->is_done() && parser_->keep_alive();
}

Response ResponseReader::take() {
  Response response = std::move(parser_->response);
  response.body = std::make_shared<const std::string>(std::move(parser_->body));
  return response;
}

}  // namespace net
