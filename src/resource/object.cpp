#include "resource/object.h"

#include <array>

#include "base/check.h"
#include "base/limits.h"
#include "codec/decimal.h"
#include "resource/class_rules.h"

namespace resource {
namespace {

constexpr std::array<std::string_view, 6> kClassNames{"charter", "member", "organisation",
                                                      "zone",    "domain", "host"};

/// Room for most lists of values, such as name servers, without allocating twice.
constexpr std::size_t kUsualValues = 4;

// Cuts the line "name: value" off `text` and returns its value; empty if the next line has another name.
std::string_view take_value(std::string_view& text, std::string_view name) {
  const std::size_t value_at = name.size() + 2;
  // The colon's place tells nearly every other line apart, without comparing texts.
  if (text.size() <= value_at || text[name.size()] != ':' || text[name.size() + 1] != ' ' ||
      !text.starts_with(name)) {
    return {};
  }
  const auto end = text.find('\n', value_at);
  const std::string_view value = text.substr(value_at, end - value_at);
  text.remove_prefix(end + 1);
  return value;
}

void skip_line(std::string_view& text) {
  text.remove_prefix(text.find('\n') + 1);
}

}  // namespace

std::string_view class_name(ObjectClass object_class) {
  return kClassNames[static_cast<std::size_t>(object_class)];
}

std::optional<ObjectClass> class_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kClassNames.size(); ++i) {
    if (kClassNames[i] == name) return static_cast<ObjectClass>(i);
  }
  return std::nullopt;
}

std::string ObjectId::trie_name() const {
  std::string name(class_name(object_class));
  name.append(":").append(key);
  return name;
}

base::Result<ObjectId> parse_object_id(std::string_view text) {
  const auto space = text.find(' ');
  const auto object_class = class_from_name(text.substr(0, space));
  if (!object_class || space == std::string_view::npos)
    return base::fail(kBadObject, "CLASS KEY is expected");
  const std::string_view key = text.substr(space + 1);
  if (!is_object_key(*object_class, key)) {
    return base::fail(kBadObject,
                      "a key of class " + std::string(class_name(*object_class)) + " is expected");
  }
  return ObjectId{*object_class, std::string(key)};
}

/// One pass over the lines; every check names its line.
class ObjectParser {
 public:
  explicit ObjectParser(std::string text) { object_.text_ = std::move(text); }

  base::Result<Object> run() {
    if (object_.text_.size() > base::kRecordBytesMax) return base::fail(kBadObject, "larger than a record");
    rest_ = object_.text_;
    TRY(read_head());
    TRY(read_version());
    object_.attributes_at_ = static_cast<std::uint32_t>(object_.text_.size() - rest_.size());
    if (rest_.starts_with("became: ")) {
      TRY(read_became());
    } else {
      TRY(read_attributes());
    }
    return std::move(object_);
  }

 private:
  base::Result<void> read_line() {
    ++line_;
    const auto end = rest_.find('\n');
    if (end == std::string_view::npos) return wrong("a line ended by LF");
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    const auto colon = line.find(": ");
    if (colon == std::string_view::npos) return wrong("NAME: VALUE");
    name_ = line.substr(0, colon);
    value_ = line.substr(colon + 2);
    return {};
  }

  base::Result<void> read_head() {
    TRY(read_line());
    const auto object_class = class_from_name(name_);
    if (!object_class) return wrong("a class");
    object_.object_class_ = *object_class;
    if (!is_object_key(*object_class, value_)) return wrong("a key of class " + std::string(name_));
    return {};
  }

  base::Result<void> read_version() {
    TRY(read_line());
    std::uint64_t version = 0;
    if (name_ != "version" || !codec::read_decimal(value_, version) || version == 0) {
      return wrong("version: and a number from 1 on");
    }
    object_.version_ = base::Version(version);
    return {};
  }

  base::Result<void> read_became() {
    TRY(read_line());
    if (value_ != "nothing" && !parse_object_id(value_)) return wrong("`nothing` or CLASS KEY");
    if (!rest_.empty()) return wrong("nothing after `became:`");
    object_.tombstone_ = true;
    return {};
  }

  base::Result<void> read_attributes() {
    const auto rules = attribute_rules(object_.object_class_);
    auto rule = rules.begin();
    std::size_t count = 0;
    std::string_view previous;
    while (!rest_.empty()) {
      TRY(read_line());
      const bool is_next = rule != rules.end() && rule->name == name_;
      if (!is_next && find_rule(object_.object_class_, name_) == nullptr)
        return wrong("an attribute of the class");
      while (rule != rules.end() && rule->name != name_) {
        if (count < rule->count_min) return too_few(*rule);
        ++rule;
        count = 0;
      }
      if (rule == rules.end()) return wrong("attributes in the order of the table");
      if (!rule->is_value(value_)) return wrong(std::string(name_) + ": " + std::string(rule->expected));
      if (count > 0 && value_ <= previous) return wrong(std::string(name_) + ": sorted, unique values");
      if (++count > rule->count_max) {
        return wrong(std::string(name_) + ": at most " + std::to_string(rule->count_max) + " values");
      }
      previous = value_;
    }
    for (; rule != rules.end(); ++rule, count = 0) {
      if (count < rule->count_min) return too_few(*rule);
    }
    if (!has_whole_rules(object_.object_class_)) return {};
    const std::string trouble = check_whole(object_);
    return trouble.empty() ? base::Result<void>() : base::fail(kBadObject, trouble);
  }

  std::unexpected<base::Error> too_few(const AttributeRule& rule) const {
    return wrong(std::string(rule.name) + ": at least " + std::to_string(rule.count_min) + " here");
  }

  std::unexpected<base::Error> wrong(std::string expected) const {
    return base::fail(kBadObject,
                      "line " + std::to_string(line_) + ": " + std::move(expected) + " is expected");
  }

  Object object_;
  std::string_view rest_;
  std::string_view name_;
  std::string_view value_;
  std::size_t line_ = 0;
};

base::Result<Object> Object::parse(std::string text) {
  return ObjectParser(std::move(text)).run();
}

Object Object::tombstone(const ObjectId& id, base::Version version, std::string_view became) {
  CHECK(is_object_key(id.object_class, id.key) && version.value() > 0);
  CHECK(became == "nothing" || parse_object_id(became));
  std::string text(class_name(id.object_class));
  text.append(": ").append(id.key);
  text.append("\nversion: ").append(codec::serialize_decimal(version.value()));
  Object object;
  object.attributes_at_ = static_cast<std::uint32_t>(text.size() + 1);
  text.append("\nbecame: ").append(became).append("\n");
  object.text_ = std::move(text);
  object.version_ = version;
  object.object_class_ = id.object_class;
  object.tombstone_ = true;
  return object;
}

std::string_view Object::key() const {
  const std::size_t begin = class_name(object_class_).size() + 2;
  return std::string_view(text_).substr(begin, text_.find('\n', begin) - begin);
}

ObjectId Object::id() const {
  return {object_class_, std::string(key())};
}

std::string_view Object::value(std::string_view name) const {
  std::string_view rest = attributes_text();
  while (!rest.empty()) {
    if (const auto value = take_value(rest, name); !value.empty()) return value;
    skip_line(rest);
  }
  return {};
}

std::vector<std::string_view> Object::values(std::string_view name) const {
  std::vector<std::string_view> found;
  std::string_view rest = attributes_text();
  while (!rest.empty()) {
    if (const auto value = take_value(rest, name); !value.empty()) {
      if (found.empty()) found.reserve(kUsualValues);
      found.push_back(value);
    } else if (!found.empty()) {
      break;  // one name's lines stand together
    } else {
      skip_line(rest);
    }
  }
  return found;
}

bool Object::has(std::string_view name, std::string_view value) const {
  std::string_view rest = attributes_text();
  while (!rest.empty()) {
    const auto candidate = take_value(rest, name);
    if (candidate.empty()) {
      skip_line(rest);
    } else if (candidate == value) {
      return true;
    }
  }
  return false;
}

}  // namespace resource
