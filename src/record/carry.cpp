#include "record/carry.h"

#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "codec/decimal.h"
#include "record/kind_table.h"

namespace record {
namespace {

using base::Result;

constexpr std::string_view kObjects = "objects";
constexpr std::string_view kRules = "rules";

std::string head_of(std::string_view origin, std::size_t part, std::string_view tree) {
  std::string head = "comity/1 carry ";
  head.append(origin).append("\npart: ").append(codec::serialize_decimal(part));
  return head.append("\ntree: ").append(tree).append("\n\n");
}

/// Puts lines into leaves, a new one where the next line would not fit.
class Cutter {
 public:
  explicit Cutter(std::string_view origin) : origin_(origin) {}

  Result<void> add_tree(std::string_view tree, const std::vector<std::string>& texts) {
    CHECK(!texts.empty());
    tree_ = tree;
    begin_leaf();
    for (const std::string& text : texts) {
      TRY(add_text(text));
      TRY(add_line("\n"));
    }
    return {};
  }

  Result<std::vector<std::string>> finish() {
    if (leaves_.size() > kCarryPartsMax) {
      return base::fail(kBadCarry, "the state is too large: it takes " + std::to_string(leaves_.size()) +
                                       " records, a genesis block has room for " +
                                       std::to_string(kCarryPartsMax));
    }
    return std::move(leaves_);
  }

 private:
  void begin_leaf() { leaves_.push_back(head_of(origin_, leaves_.size() + 1, tree_)); }

  Result<void> add_text(std::string_view text) {
    if (carried_name(text).empty() || !text.ends_with('\n') || text.contains("\n\n"))
      return base::fail(kBadCarry, "a text of the state is none");
    while (!text.empty()) {
      const std::string_view line = text.substr(0, text.find('\n') + 1);
      text.remove_prefix(line.size());
      TRY(add_line(line));
    }
    return {};
  }

  Result<void> add_line(std::string_view line) {
    const std::size_t bytes = line.size() + 1;
    if (leaves_.back().size() + bytes > base::kRecordBytesMax) {
      begin_leaf();
      if (leaves_.back().size() + bytes > base::kRecordBytesMax)
        return base::fail(kBadCarry, "a line of the state is longer than a record");
    }
    leaves_.back().append("|").append(line);
    return {};
  }

  std::string_view origin_;
  std::string_view tree_;
  std::vector<std::string> leaves_;
};

/// Puts lines together to texts again.
class Gatherer {
 public:
  Result<void> add(std::vector<std::string>& texts, std::string_view lines) {
    while (!lines.empty()) {
      const std::string_view line = lines.substr(1, lines.find('\n'));
      lines.remove_prefix(line.size() + 1);
      if (line != "\n") {
        text_ += line;
        continue;
      }
      std::string name = carried_name(text_);
      if (name.empty()) return base::fail(kBadCarry, "a text without \"class: key\"");
      if (name <= last_name_) return base::fail(kBadCarry, name + " does not stand in its place");
      last_name_ = std::move(name);
      texts.push_back(std::exchange(text_, {}));
    }
    return {};
  }
  Result<void> end_tree(std::string_view tree) {
    if (!text_.empty()) return base::fail(kBadCarry, std::string(tree) + ": the last text has no end");
    last_name_.clear();
    return {};
  }

 private:
  std::string text_;
  std::string last_name_;
};

Result<void> check_head(std::string_view origin, const Record& part, std::size_t number) {
  if (part.kind() == Kind::kCarry && part.origin() == origin &&
      part.value("part") == codec::serialize_decimal(number)) {
    return {};
  }
  return base::fail(kBadCarry,
                    "part " + std::to_string(number) + " of " + std::string(origin) + " is missing");
}

// The next line would not have fitted: there is one way to cut.
Result<void> check_cut(const Record& part, const Record& next, std::size_t number) {
  const std::size_t line_bytes = next.carried().find('\n') + 1;
  if (part.leaf().size() + line_bytes > base::kRecordBytesMax) return {};
  return base::fail(kBadCarry, "part " + std::to_string(number) + " has room for the next line");
}

}  // namespace

std::string carried_name(std::string_view text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  const auto colon = line.find(": ");
  if (colon == 0 || colon == std::string_view::npos || colon + 2 == line.size()) return {};
  return std::string(line.substr(0, colon)).append(":").append(line.substr(colon + 2));
}

Result<std::vector<std::string>> serialize_carry(std::string_view origin, const CarriedTexts& texts) {
  Cutter cutter(origin);
  TRY(cutter.add_tree(kObjects, texts.objects));
  TRY(cutter.add_tree(kRules, texts.rules));
  return cutter.finish();
}

Result<CarriedTexts> parse_carry(std::string_view origin, std::span<const Record> parts) {
  CarriedTexts texts;
  Gatherer gatherer;
  std::string_view tree = kObjects;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    TRY(check_head(origin, parts[i], i + 1));
    if (parts[i].value("tree") != tree) {
      if (i == 0 || tree == kRules) return base::fail(kBadCarry, "objects come first, then rules");
      TRY(gatherer.end_tree(tree));
      tree = kRules;
    } else if (i > 0) {
      TRY(check_cut(parts[i - 1], parts[i], i));
    }
    TRY(gatherer.add(tree == kObjects ? texts.objects : texts.rules, parts[i].carried()));
  }
  TRY(gatherer.end_tree(tree));
  if (texts.objects.empty() || texts.rules.empty())
    return base::fail(kBadCarry, "objects and rules are carried over");
  return texts;
}

}  // namespace record
