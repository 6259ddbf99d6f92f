#include "resource/change.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/check.h"
#include "base/limits.h"
#include "codec/decimal.h"
#include "resource/class_rules.h"
#include "resource/values.h"

namespace resource {
namespace {

constexpr std::array<std::string_view, 3> kActionWords{"create", "change", "delete"};
constexpr std::string_view kNoValue = "none";

char operation_sign(Operation operation) {
  switch (operation) {
    case Operation::kAdd:
      return '+';
    case Operation::kRemove:
      return '-';
    case Operation::kSet:
      return '=';
  }
  CHECK(false);
}

std::optional<Operation> read_operation(std::string_view line) {
  if (line.size() < 2 || line[1] != ' ') return std::nullopt;
  switch (line[0]) {
    case '+':
      return Operation::kAdd;
    case '-':
      return Operation::kRemove;
    case '=':
      return Operation::kSet;
    default:
      return std::nullopt;
  }
}

std::string serialize_line(const LineChange& line) {
  std::string text(1, operation_sign(line.operation));
  text.append(" ").append(line.name).append(": ").append(line.value).append("\n");
  return text;
}

std::string paragraph_head(Action action, ObjectClass object_class, std::string_view key) {
  std::string text(action_name(action));
  text.append(" ").append(class_name(object_class)).append(": ").append(key).append("\n");
  return text;
}

std::string join_sorted(std::string head, std::vector<std::string> lines) {
  std::ranges::sort(lines);
  for (const std::string& line : lines) head += line;
  return head;
}

class ChangesParser {
 public:
  ChangesParser(std::string_view text, std::size_t first_line) : rest_(text), next_line_(first_line) {}

  base::Result<std::vector<Change>> run() {
    std::vector<Change> changes;
    while (!rest_.empty()) {
      TRY(read_line());
      if (!line_.empty()) return wrong("an empty line before the paragraph");
      if (changes.size() == base::kRecordParagraphsMax) return wrong("at most 4096 paragraphs");
      ASSIGN_OR_RETURN(Change change, read_paragraph());
      if (!changes.empty() && !stands_before(changes.back(), change)) {
        return wrong_at(head_line_, "paragraphs sorted by class and key, one for each object");
      }
      changes.push_back(std::move(change));
    }
    return changes;
  }

 private:
  static bool stands_before(const Change& a, const Change& b) {
    return a.object_class != b.object_class ? a.object_class < b.object_class : a.key < b.key;
  }

  base::Result<void> read_line() {
    ++next_line_;
    const auto end = rest_.find('\n');
    if (end == std::string_view::npos) return wrong("a line ended by LF");
    line_ = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return {};
  }

  base::Result<Change> read_paragraph() {
    ASSIGN_OR_RETURN(Change change, read_head());
    std::string_view previous;
    unsigned deltas = 0;  // one bit for each attribute of the class
    unsigned settings = 0;
    while (!rest_.empty() && rest_.front() != '\n') {
      TRY(read_line());
      if (line_ <= previous) return wrong("lines sorted bytewise, each once");
      previous = line_;
      ASSIGN_OR_RETURN(const LineChange line, read_line_change(change));
      const auto rules = attribute_rules(change.object_class);
      const unsigned bit = 1U << (find_rule(change.object_class, line.name) - rules.data());
      (line.operation == Operation::kSet ? settings : deltas) |= bit;
      if ((deltas & settings) != 0) return wrong("`=` alone, never beside `-` or `+` of one attribute,");
      change.lines.push_back(line);
    }
    if (change.action == Action::kChange && change.lines.empty())
      return wrong("at least one line of the change");
    return change;
  }

  base::Result<Change> read_head() {
    if (rest_.empty()) return wrong("create, change or delete");
    TRY(read_line());
    head_line_ = next_line_ - 1;
    for (std::size_t i = 0; i < kActionWords.size(); ++i) {
      if (!line_.starts_with(kActionWords[i])) continue;
      std::string_view head = line_.substr(kActionWords[i].size());
      const auto colon = head.find(": ");
      if (!head.starts_with(' ') || colon == std::string_view::npos) break;
      const auto object_class = class_from_name(head.substr(1, colon - 1));
      if (!object_class) return wrong("a class");
      const std::string_view key = head.substr(colon + 2);
      if (!is_object_key(*object_class, key)) return wrong("a key of the class");
      return Change{static_cast<Action>(i), *object_class, key, {}};
    }
    return wrong("create, change or delete, then CLASS: KEY,");
  }

  base::Result<LineChange> read_line_change(const Change& change) {
    const auto operation = read_operation(line_);
    const auto colon = line_.find(": ");
    if (!operation || colon == std::string_view::npos) return wrong("`-`, `+` or `=`, then NAME: VALUE,");
    const LineChange line{*operation, line_.substr(2, colon - 2), line_.substr(colon + 2)};
    if (find_rule(change.object_class, line.name) == nullptr) return wrong("an attribute of the class");
    const bool fine = line.name == "org-name" ? is_legal_name(line.value) : is_plain_value(line.value);
    if (!fine) return wrong("1 to 1024 octets of printable ASCII without a space at either end");
    if (change.action == Action::kDelete) return wrong("no line below delete");
    if (change.action == Action::kCreate && *operation != Operation::kAdd)
      return wrong("a `+` line below create");
    return line;
  }

  std::unexpected<base::Error> wrong(std::string_view expected) const {
    return wrong_at(next_line_ - 1, expected);
  }
  static std::unexpected<base::Error> wrong_at(std::size_t line, std::string_view expected) {
    return base::fail(kBadChange,
                      "line " + std::to_string(line) + ": " + std::string(expected) + " is expected");
  }

  std::string_view rest_;
  std::string_view line_;
  std::size_t next_line_;
  std::size_t head_line_ = 0;
};

/// Builds the text after a create or change, attribute by attribute in the order of the table.
class Applier {
 public:
  Applier(const Object* before, const Change& change) : before_(before), change_(change) {}

  base::Result<Object> run() {
    const bool live = before_ != nullptr && !before_->is_tombstone();
    if (live == (change_.action == Action::kCreate)) {
      return base::fail(kStaleChange, paragraph() + (live ? ": it exists already" : ": it does not exist"));
    }
    const base::Version version = before_ == nullptr ? base::Version(1) : before_->version().next();
    if (change_.action == Action::kDelete) return Object::tombstone(change_.id(), version);
    write_head(version);
    rest_ = live ? before_->attributes_text() : std::string_view();
    for (const AttributeRule& rule : attribute_rules(change_.object_class)) TRY(write_attribute(rule));
    if (used_lines_ != change_.lines.size())
      return base::fail(kBadObject, paragraph() + ": unknown attribute");
    auto after = Object::parse(std::move(text_));
    if (!after) return std::unexpected(after.error().at("after " + paragraph()));
    return after;
  }

 private:
  void write_head(base::Version version) {
    std::size_t bytes = before_ == nullptr ? kHeadBytes + change_.key.size() : before_->text().size() + 1;
    for (const LineChange& line : change_.lines) {
      if (line.operation != Operation::kRemove) bytes += line.name.size() + line.value.size() + 3;
    }
    text_.reserve(bytes);
    text_.append(class_name(change_.object_class)).append(": ").append(change_.key);
    text_.append("\nversion: ").append(codec::serialize_decimal(version.value())).append("\n");
  }

  // The lines of one attribute in the object before.
  std::string_view take_lines(std::string_view name) {
    std::string_view left = rest_;
    while (left.starts_with(name) && left.substr(name.size()).starts_with(": ")) {
      left.remove_prefix(left.find('\n') + 1);
    }
    const std::string_view lines = rest_.substr(0, rest_.size() - left.size());
    rest_ = left;
    return lines;
  }

  base::Result<void> write_attribute(const AttributeRule& rule) {
    const std::string_view old_lines = take_lines(rule.name);
    touching_.clear();
    for (const LineChange& line : change_.lines) {
      if (line.name == rule.name) touching_.push_back(&line);
    }
    used_lines_ += touching_.size();
    if (touching_.empty()) {
      text_ += old_lines;
      return {};
    }
    values_.clear();
    for (std::string_view left = old_lines; !left.empty(); left.remove_prefix(left.find('\n') + 1)) {
      const std::size_t begin = rule.name.size() + 2;
      values_.push_back(left.substr(begin, left.find('\n') - begin));
    }
    TRY(touching_.front()->operation == Operation::kSet ? set_values(rule) : change_values());
    std::ranges::sort(values_);
    for (const std::string_view value : values_)
      text_.append(rule.name).append(": ").append(value).append("\n");
    return {};
  }

  base::Result<void> set_values(const AttributeRule& rule) {
    values_.clear();
    for (const LineChange* line : touching_) {
      if (line->operation != Operation::kSet) return stale(*line, "stands beside `=`");
      values_.push_back(line->value);
    }
    if (rule.count_min == 0 && values_.size() == 1 && values_.front() == kNoValue) values_.clear();
    return {};
  }

  // Both kinds of line speak of the object before, so their order does not matter.
  base::Result<void> change_values() {
    const std::size_t old_count = values_.size();
    std::array<bool, kValuesMax> removed{};
    CHECK(old_count <= removed.size());
    for (const LineChange* line : touching_) {
      const auto old_end = values_.begin() + static_cast<std::ptrdiff_t>(old_count);
      const auto found = std::find(values_.begin(), old_end, line->value);
      if (line->operation == Operation::kAdd) {
        if (found != old_end) return stale(*line, "is there already");
        values_.push_back(line->value);
      } else if (line->operation == Operation::kRemove) {
        const auto index = static_cast<std::size_t>(found - values_.begin());
        if (found == old_end || removed[index]) return stale(*line, "is not there");
        removed[index] = true;
      } else {
        return stale(*line, "stands beside `-` or `+`");
      }
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (i >= old_count || !removed[i]) values_[kept++] = values_[i];
    }
    values_.resize(kept);
    return {};
  }

  std::string paragraph() const {
    std::string head = paragraph_head(change_.action, change_.object_class, change_.key);
    head.pop_back();
    return head;
  }
  std::unexpected<base::Error> stale(const LineChange& line, std::string_view why) const {
    std::string text = serialize_line(line);
    text.back() = ' ';
    return base::fail(kStaleChange, paragraph() + ": " + text + std::string(why));
  }

  static constexpr std::size_t kHeadBytes = 32;  // "organisation: " and "version: 1", at least
  static constexpr std::size_t kValuesMax = 32;  // the largest count_max of the tables

  const Object* before_;
  const Change& change_;
  std::string_view rest_;
  std::string text_;
  std::size_t used_lines_ = 0;
  std::vector<const LineChange*> touching_;
  std::vector<std::string_view> values_;
};

}  // namespace

std::string_view action_name(Action action) {
  return kActionWords[static_cast<std::size_t>(action)];
}

base::Result<std::vector<Change>> parse_changes(std::string_view text, std::size_t first_line) {
  return ChangesParser(text, first_line).run();
}

std::string serialize_change(const Change& change) {
  std::vector<std::string> lines;
  lines.reserve(change.lines.size());
  for (const LineChange& line : change.lines) lines.push_back(serialize_line(line));
  return join_sorted(paragraph_head(change.action, change.object_class, change.key), std::move(lines));
}

base::Result<Object> apply_change(const Object* before, const Change& change) {
  CHECK(before == nullptr || (before->object_class() == change.object_class && before->key() == change.key));
  return Applier(before, change).run();
}

std::string serialize_difference(const Object* before, const Object& after) {
  const bool was_live = before != nullptr && !before->is_tombstone();
  CHECK(before == nullptr || before->id() == after.id());
  if (after.is_tombstone()) {
    return was_live ? paragraph_head(Action::kDelete, after.object_class(), after.key()) : "";
  }
  std::vector<std::string> lines;
  for (const AttributeRule& rule : attribute_rules(after.object_class())) {
    const auto old_values = was_live ? before->values(rule.name) : std::vector<std::string_view>();
    const auto new_values = after.values(rule.name);
    const auto add_lines = [&](Operation operation, const auto& from, const auto& without) {
      std::vector<std::string_view> left;
      std::ranges::set_difference(from, without, std::back_inserter(left));
      for (const std::string_view value : left)
        lines.push_back(serialize_line({operation, rule.name, value}));
    };
    add_lines(Operation::kRemove, old_values, new_values);
    add_lines(Operation::kAdd, new_values, old_values);
  }
  if (was_live && lines.empty()) return "";
  const Action action = was_live ? Action::kChange : Action::kCreate;
  return join_sorted(paragraph_head(action, after.object_class(), after.key()), std::move(lines));
}

std::string serialize_settings(const Object& before, const Object& after) {
  CHECK(!before.is_tombstone() && !after.is_tombstone() && before.id() == after.id());
  std::vector<std::string> lines;
  for (const AttributeRule& rule : attribute_rules(after.object_class())) {
    const auto values = after.values(rule.name);
    if (values == before.values(rule.name)) continue;
    if (values.empty()) lines.push_back(serialize_line({Operation::kSet, rule.name, kNoValue}));
    for (const std::string_view value : values)
      lines.push_back(serialize_line({Operation::kSet, rule.name, value}));
  }
  if (lines.empty()) return "";
  return join_sorted(paragraph_head(Action::kChange, after.object_class(), after.key()), std::move(lines));
}

}  // namespace resource
