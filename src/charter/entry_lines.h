// The lines of a rules entry, "name: value": written and read back at their places. One form for every class of the
// rules state; what the values mean is the entry's affair. Format: docs/formats/rules.md, "Rules state"
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "charter/rule_texts.h"
#include "codec/base64.h"
#include "codec/decimal.h"
#include "codec/time_text.h"
#include "resource/values.h"

namespace charter {

inline constexpr std::array<std::string_view, 3> kVoteWords{"yes", "no", "abstain"};

/// Builds "name: value" lines.
class LineWriter {
 public:
  LineWriter& word(std::string_view name, std::string_view value) {
    text_.append(name).append(": ").append(value).append("\n");
    return *this;
  }
  LineWriter& number(std::string_view name, std::uint64_t value) {
    return word(name, codec::serialize_decimal(value));
  }
  LineWriter& time(std::string_view name, base::EpochSeconds value) {
    return word(name, codec::serialize_time(value));
  }
  LineWriter& hash(std::string_view name, const base::Hash& value) {
    return word(name, codec::serialize_base64(value.view()));
  }
  LineWriter& words(std::string_view name, const std::vector<std::string>& values) {
    for (const std::string& value : values) word(name, value);
    return *this;
  }
  LineWriter& ballots(std::string_view name, const Ballots& ballots) {
    for (const Ballot& ballot : ballots) {
      word(name, ballot.member + " " + std::string(kVoteWords[static_cast<std::size_t>(ballot.vote)]));
    }
    return *this;
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

/// Reads them back, each at its place.
class LineReader {
 public:
  explicit LineReader(std::string_view text) : rest_(text) {}
  bool done() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }
  std::optional<std::string_view> peek(std::string_view name) const {
    if (!rest_.starts_with(name) || !rest_.substr(name.size()).starts_with(": ")) return std::nullopt;
    const std::size_t end = rest_.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    return rest_.substr(name.size() + 2, end - name.size() - 2);
  }
  bool word(std::string_view name, std::string& value) {
    const auto found = peek(name);
    if (!found) return false;
    value = *found;
    skip();
    return true;
  }
  bool number(std::string_view name, std::uint64_t& value) {
    const auto found = peek(name);
    if (!found || !codec::read_decimal(*found, value)) return false;
    skip();
    return true;
  }
  bool time(std::string_view name, base::EpochSeconds& value) {
    const auto found = peek(name);
    const auto time = found ? codec::read_time(*found) : std::nullopt;
    if (!time) return false;
    value = *time;
    skip();
    return true;
  }
  bool hash(std::string_view name, base::Hash& value) {
    const auto found = peek(name);
    if (!found || !resource::read_hash(*found, value)) return false;
    skip();
    return true;
  }
  /// Sorted and unique, or false.
  bool words(std::string_view name, std::vector<std::string>& values) {
    for (auto found = peek(name); found; found = peek(name)) {
      if (!values.empty() && values.back() >= *found) return false;
      values.emplace_back(*found);
      skip();
    }
    return true;
  }
  bool ballots(std::string_view name, Ballots& ballots) {
    for (auto found = peek(name); found; found = peek(name)) {
      const std::size_t space = found->find(' ');
      if (space == std::string_view::npos) return false;
      const auto* word = std::find(kVoteWords.begin(), kVoteWords.end(), found->substr(space + 1));
      const std::string_view member = found->substr(0, space);
      if (word == kVoteWords.end() || (!ballots.empty() && ballots.back().member >= member)) return false;
      ballots.push_back({std::string(member), static_cast<Vote>(word - kVoteWords.begin())});
      skip();
    }
    return true;
  }
  /// An optional line that says nothing but `value`.
  bool flag(std::string_view name, std::string_view value) {
    if (peek(name) != value) return false;
    skip();
    return true;
  }

 private:
  void skip() { rest_.remove_prefix(rest_.find('\n') + 1); }
  std::string_view rest_;
};

}  // namespace charter
