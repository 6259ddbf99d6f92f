// Aim: no bytes of a stranger crash the server's session or make it answer what was not asked: every answer is well-formed,
// none follows a refusal, and how the bytes are cut into pieces changes nothing. Nor do they crash the client's reader.
// Method: the first byte sets the size of the pieces; the rest goes to a session in memory, once so and once whole, and to
// the reader of answers. The answers are read back with that reader.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "net/response_reader.h"
#include "net/session_in_memory.h"
#include "net/target.h"
#include "net/url.h"

namespace {

net::ServerLimits small_limits() {
  net::ServerLimits limits;
  limits.header_bytes_max = 2'048;
  limits.headers_max = 16;
  limits.body_bytes_max = 4'096;
  limits.bodies_bytes_max = 4'096;
  limits.requests_per_connection_max = 20;
  return limits;
}

struct Served {
  std::size_t requests = 0;
  std::string output;
};

Served serve(std::string_view input, std::size_t piece_bytes) {
  static const net::ServerLimits limits = small_limits();
  Served served;
  served.output = net::serve_in_memory(
      input, piece_bytes, limits, [&served](const net::Request& request, net::Reply reply) {
        ++served.requests;
        const std::string text = request.path + (request.query.empty() ? "" : "?" + request.query);
        const auto target = net::split_target(text);
        CHECK(target.has_value() && target->path == request.path && target->query == request.query);
        CHECK(request.body.size() <= limits.body_bytes_max && request.headers.size() <= limits.headers_max);
        if (request.path.size() % 8 == 7) return;  // dropped: 500
        net::Response response =
            net::text_response(200, "text/plain", request.method + request.path + request.body);
        // What a handler must not do, but may: foreign bytes in a header.
        response.headers.push_back({"x-path", request.path});
        reply.send(std::move(response));
      });
  return served;
}

/// Reads the answers back. A HEAD's answer cannot be read without knowing that it is one, so the check ends there.
void check_answers(const Served& served) {
  std::string_view rest = served.output;
  std::size_t answers = 0;
  while (!rest.empty()) {
    net::ResponseReader reader({8'192, 65'536}, nullptr);
    while (!rest.empty() && !reader.is_done()) {
      const auto used = reader.read(rest);
      if (!used && answers > 0) return;
      if (!used || *used == 0) return;
      rest.remove_prefix(*used);
    }
    if (!reader.is_done()) return;
    ++answers;
    const bool closes = !reader.keeps_alive();
    const net::Response response = reader.take();
    CHECK(response.status == 200 || response.status >= 400);
    if (closes && response.header("content-type") == "text/plain; charset=utf-8" && response.status != 500)
      CHECK(rest.empty());
    CHECK(response.header("server") == "comity");
  }
  CHECK(answers <= served.requests + 1);
}

void read_as_answer(std::string_view input) {
  net::ResponseReader reader({2'048, 4'096}, nullptr);
  while (!input.empty() && !reader.is_done()) {
    const auto used = reader.read(input);
    if (!used || *used == 0) return;
    input.remove_prefix(*used);
  }
  if (reader.is_done()) CHECK(reader.take().text().size() <= 4'096);
}

/// Times differ from run to run.
std::string without_dates(std::string text) {
  for (std::size_t at = text.find("\r\nDate: "); at != std::string::npos; at = text.find("\r\nDate: ", at)) {
    text.erase(at, text.find("\r\n", at + 2) - at);
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Served whole = serve(input, 65'536);
  const Served pieces = serve(input, 1 + std::size_t{data[0]});
  check_answers(whole);
  check_answers(pieces);
  // An interim answer is sent only if the body has not come yet: so with Expect the pieces show.
  const bool may_differ = whole.output.contains("100 Continue") || pieces.output.contains("100 Continue");
  CHECK(whole.requests == pieces.requests);
  CHECK(may_differ || without_dates(whole.output) == without_dates(pieces.output));
  read_as_answer(input);
  if (const auto url = net::parse_base_url(input))
    CHECK(net::parse_base_url(url->text())->text() == url->text());
  return 0;
}
