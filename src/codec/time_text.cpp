#include "codec/time_text.h"

#include <array>
#include <chrono>
#include <cstdint>

#include "base/check.h"
#include "codec/decimal.h"

namespace codec {
namespace {

constexpr std::string_view kTimeShape = "dddd-dd-ddTdd:dd:ddZ";

unsigned digits(std::string_view text, std::size_t first, std::size_t count) {
  unsigned value = 0;
  for (std::size_t i = first; i < first + count; ++i)
    value = value * 10 + static_cast<unsigned>(text[i] - '0');
  return value;
}

void put_digits(std::string& text, std::size_t first, std::size_t count, unsigned value) {
  for (std::size_t i = first + count; i-- > first; value /= 10) text[i] = static_cast<char>('0' + value % 10);
}

struct Unit {
  char letter;
  std::uint64_t seconds;
};
constexpr std::array<Unit, 4> kUnits{{{'d', 86'400}, {'h', 3'600}, {'m', 60}, {'s', 1}}};

const Unit& largest_unit(std::uint64_t seconds) {
  for (const Unit& unit : kUnits) {
    if (seconds % unit.seconds == 0) return unit;
  }
  return kUnits.back();
}

}  // namespace

std::optional<base::EpochSeconds> read_time(std::string_view text) {
  if (text.size() != kTimeShape.size()) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool fits = kTimeShape[i] == 'd' ? text[i] >= '0' && text[i] <= '9' : text[i] == kTimeShape[i];
    if (!fits) return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(digits(text, 0, 4))),
                                         std::chrono::month(digits(text, 5, 2)),
                                         std::chrono::day(digits(text, 8, 2))};
  const unsigned hour = digits(text, 11, 2);
  const unsigned minute = digits(text, 14, 2);
  const unsigned second = digits(text, 17, 2);
  if (!date.ok() || date.year() < std::chrono::year(1970)) return std::nullopt;
  if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const auto days = static_cast<std::uint64_t>(std::chrono::sys_days(date).time_since_epoch().count());
  const unsigned of_day = hour * 3'600 + minute * 60 + second;
  return base::EpochSeconds(days * 86'400 + of_day);
}

base::Result<base::EpochSeconds> parse_time(std::string_view text) {
  if (const auto time = read_time(text)) return *time;
  return base::fail(kBadTime, "YYYY-MM-DDTHH:MM:SSZ from 1970 on is expected");
}

std::string serialize_time(base::EpochSeconds time) {
  CHECK(time <= kTimeMax);
  const std::chrono::sys_days day{std::chrono::days(static_cast<int>(time.value() / 86'400))};
  const std::chrono::year_month_day date{day};
  const auto rest = static_cast<unsigned>(time.value() % 86'400);
  std::string text = "0000-00-00T00:00:00Z";
  put_digits(text, 0, 4, static_cast<unsigned>(static_cast<int>(date.year())));
  put_digits(text, 5, 2, static_cast<unsigned>(date.month()));
  put_digits(text, 8, 2, static_cast<unsigned>(date.day()));
  put_digits(text, 11, 2, rest / 3'600);
  put_digits(text, 14, 2, rest / 60 % 60);
  put_digits(text, 17, 2, rest % 60);
  return text;
}

std::optional<base::Seconds> read_duration(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  std::uint64_t count = 0;
  if (!read_decimal(text.substr(0, text.size() - 1), count)) return std::nullopt;
  for (const Unit& unit : kUnits) {
    if (unit.letter != text.back()) continue;
    if (count > UINT64_MAX / unit.seconds) return std::nullopt;
    const std::uint64_t seconds = count * unit.seconds;
    if (largest_unit(seconds).letter != unit.letter) return std::nullopt;
    return base::Seconds(seconds);
  }
  return std::nullopt;
}

base::Result<base::Seconds> parse_duration(std::string_view text) {
  if (const auto duration = read_duration(text)) return *duration;
  return base::fail(kBadDuration, "a number and the largest of d, h, m, s that divides it is expected");
}

std::string serialize_duration(base::Seconds duration) {
  const Unit& unit = largest_unit(duration.value());
  return serialize_decimal(duration.value() / unit.seconds) + unit.letter;
}

}  // namespace codec
