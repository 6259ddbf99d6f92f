#include "net/response_head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "base/check.h"

namespace net {
namespace {

constexpr unsigned kStatusMin = 200;
constexpr unsigned kStatusMax = 599;
constexpr std::array<std::string_view, 6> kOurs = {"connection", "content-length",    "date",
                                                   "server",     "transfer-encoding", "keep-alive"};
constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

bool is_ours(const Header& header) {
  return std::ranges::any_of(kOurs, [&header](std::string_view ours) {
    return header.name.size() == ours.size() &&
           std::ranges::equal(header.name, ours, [](char a, char b) { return (a | 0x20) == (b | 0x20); });
  });
}

void append_number(std::string& out, std::size_t number) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

}  // namespace

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").contains(c);
  });
}

bool is_header_value(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

bool is_sendable(const Response& response) {
  return response.status >= kStatusMin && response.status <= kStatusMax &&
         std::ranges::all_of(response.headers, [](const Header& header) {
           return is_token(header.name) && is_header_value(header.value);
         });
}

void append_head(std::string& out, const Response& response, const HeadFacts& facts) {
  CHECK(response.status >= kStatusMin && response.status <= kStatusMax);
  out += "HTTP/1.1 ";
  append_number(out, response.status);
  out += ' ';
  out += reason_phrase(response.status);
  out += "\r\nServer: comity\r\nDate: ";
  out += facts.date;
  out += "\r\n";
  if (facts.form == BodyForm::kLength) {
    out += "Content-Length: ";
    append_number(out, facts.body_bytes);
    out += "\r\n";
  } else if (facts.form == BodyForm::kChunked) {
    out += "Transfer-Encoding: chunked\r\n";
  }
  if (facts.closes) out += "Connection: close\r\n";
  for (const Header& header : response.headers) {
    if (is_ours(header)) continue;
    out.append(header.name).append(": ").append(header.value).append("\r\n");
  }
  out += "\r\n";
}

std::string date_text(std::uint64_t epoch_seconds) {
  using namespace std::chrono;
  const sys_seconds time{seconds(static_cast<std::int64_t>(epoch_seconds))};
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  const auto two = [](auto number) {
    const auto value = static_cast<unsigned>(number);
    return std::string{static_cast<char>('0' + value / 10 % 10), static_cast<char>('0' + value % 10)};
  };
  std::string text = kDays[weekday(day).c_encoding()];
  text.append(", ").append(two(unsigned(date.day()))).append(" ");
  text.append(kMonths[unsigned(date.month()) - 1]).append(" ").append(std::to_string(int(date.year())));
  text.append(" ").append(two(clock.hours().count())).append(":").append(two(clock.minutes().count()));
  text.append(":").append(two(clock.seconds().count())).append(" GMT");
  return text;
}

}  // namespace net
