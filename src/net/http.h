// The shapes of HTTP as the rest of the program sees them: a request, an answer, and nothing of sockets. A request
// carries no address of its sender on purpose: nobody upstream can record who asked for what.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace net {

struct Header {
  std::string name;  ///< lower case in requests and in what the client returns
  std::string value;
  friend bool operator==(const Header&, const Header&) = default;
};

/// The value of the first header of this name (compared without case), or "" if there is none.
std::string_view find_header(const std::vector<Header>& headers, std::string_view name);

struct Request {
  std::string
      method;  ///< "GET", "HEAD", "POST", ...: any token; the handler answers 405 to what it does not know
  std::string
      path;  ///< as sent, not percent-decoded; begins with '/', no dot segment in any spelling, no control
  std::string query;  ///< what follows the first '?', as sent; "" also if there is no '?'
  std::vector<Header>
      headers;  ///< in the order sent; values without surrounding blanks, maybe with bytes over 127
  std::string body;
  /// "" if absent.   Shapes: `name` in lower case.
  std::string_view header(std::string_view name) const { return find_header(headers, name); }
};

/// What a handler answers, and what the client returns. Content-Length, Date, Connection and Server are the
/// server's to set: such headers given here are dropped. HEAD is answered like GET; the server leaves the body out.
struct Response {
  unsigned status = 200;  ///< 200 to 599
  std::vector<Header> headers;
  std::shared_ptr<const std::string> body;  ///< null is empty; shared, so that a file in memory is not copied
  std::string_view header(std::string_view name) const { return find_header(headers, name); }
  std::string_view text() const { return body == nullptr ? std::string_view() : std::string_view(*body); }
};

/// An answer made of one text.   Shapes: no line end in `content_type`.
Response text_response(unsigned status, std::string_view content_type, std::string body);

/// "Not Found" for 404; "" for a number without a name here.   Spec: RFC 9110 section 15
std::string_view reason_phrase(unsigned status);

}  // namespace net
