#include "record/record.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "base/check.h"
#include "base/limits.h"
#include "codec/base64.h"
#include "codec/decimal.h"
#include "codec/time_text.h"
#include "crypto/hash.h"
#include "record/kind_table.h"
#include "resource/values.h"

namespace record {
namespace {

constexpr std::array<std::string_view, 14> kKindNames{
    "genesis",      "carry", "proposal",  "acceptance", "ballot",     "objection", "withdrawal",
    "cancellation", "check", "redaction", "ceremony",   "signatures", "evidence",  "block"};
constexpr std::string_view kMagic = "comity/1 ";
constexpr std::string_view kSignatureMark = "\xe2\x80\x94 ";  // an em dash and a space
constexpr std::string_view kSignatureBlockMark =
    "\n\n\xe2\x80\x94 ";  // only signatures begin a line like this
constexpr std::array<std::string_view, 5> kSuccessionNames{"checkpoint", "policy", "roots", "carried",
                                                           "consent"};
constexpr std::size_t kSignatureBytes = 4 + 64;  // key id, signature

template <typename T>
T read_checked(bool (*read)(std::string_view, T&), std::string_view text) {
  T value{};
  CHECK(read(text, value));
  return value;
}

}  // namespace

std::string_view kind_name(Kind kind) {
  return kKindNames[static_cast<std::size_t>(kind)];
}

std::optional<Kind> kind_from_name(std::string_view name) {
  const auto found = std::ranges::find(kKindNames, name);
  if (found == kKindNames.end()) return std::nullopt;
  return static_cast<Kind>(found - kKindNames.begin());
}

/// One pass: head, attributes, paragraphs, signatures. `line_` is the number of the line last read.
class RecordParser {
 public:
  explicit RecordParser(base::Bytes leaf) { record_.leaf_ = std::move(leaf); }

  base::Result<Record> run() {
    if (record_.leaf_.size() > base::kRecordBytesMax) return base::fail(kBadRecord, "more than 65535 bytes");
    const std::string_view leaf = record_.leaf();
    const auto mark = leaf.find(kSignatureBlockMark);
    record_.body_bytes_ = mark == std::string_view::npos ? leaf.size() : mark + 1;
    rest_ = record_.body();
    TRY(read_body());
    if (is_unsigned(record_.kind_)) {
      if (mark != std::string_view::npos) return wrong("no signature in this kind");
    } else {
      if (mark == std::string_view::npos) return wrong("an empty line and signatures");
      rest_ = leaf.substr(record_.body_bytes_ + 1);
      ++line_;
      TRY(read_signatures());
    }
    record_.id_ = crypto::sha256(base::as_bytes(record_.body()));
    return std::move(record_);
  }

  base::Result<void> run_body_only() {
    if (record_.leaf_.size() > base::kRecordBytesMax) return base::fail(kBadRecord, "more than 65535 bytes");
    record_.body_bytes_ = record_.leaf_.size();
    rest_ = record_.leaf();
    return read_body();  // a signature line is no paragraph, so a signed text is refused
  }

 private:
  base::Result<void> read_line() {
    ++line_;
    const auto end = rest_.find('\n');
    if (end == std::string_view::npos) return wrong("a line ended by LF");
    text_ = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return {};
  }

  base::Result<void> read_body() {
    TRY(read_head());
    TRY(read_attributes());
    return record_.kind_ == Kind::kCarry ? read_carried() : read_changes();
  }

  base::Result<void> read_head() {
    TRY(read_line());
    const auto space = text_.find(' ', kMagic.size());
    if (!text_.starts_with(kMagic) || space == std::string_view::npos) return wrong("comity/1 KIND ORIGIN");
    const auto kind = kind_from_name(text_.substr(kMagic.size(), space - kMagic.size()));
    if (!kind) return wrong("a kind of the table");
    record_.kind_ = *kind;
    record_.origin_ = text_.substr(space + 1);
    if (!is_origin(record_.origin_)) return wrong("an origin of [a-z0-9./_-]");
    return {};
  }

  base::Result<void> read_attributes() {
    forms_ = attribute_forms(record_.kind_, {});
    std::size_t form = 0;
    std::size_t count = 0;
    while (!rest_.empty() && rest_.front() != '\n') {
      TRY(read_line());
      const auto colon = text_.find(": ");
      if (colon == std::string_view::npos) return wrong("NAME: VALUE");
      const Attribute attribute{text_.substr(0, colon), text_.substr(colon + 2)};
      if (record_.attributes_.size() == kDecidingAttribute) TRY(choose_forms(attribute));
      while (form < forms_.size() && forms_[form].name != attribute.name) {
        TRY(finish(forms_[form++], count));
        count = 0;
      }
      if (form == forms_.size()) return wrong("an attribute of the kind, in its place");
      if (!forms_[form].is_value(attribute.value)) {
        return wrong(std::string(attribute.name) + ": " + std::string(forms_[form].expected));
      }
      if (++count > forms_[form].count_max) return wrong("no further " + std::string(attribute.name));
      if (forms_[form].is_sorted && count > 1 && record_.attributes_.back().value >= attribute.value)
        return wrong(std::string(attribute.name) + ": lines in bytewise order, each once");
      record_.attributes_.push_back(attribute);
    }
    for (; form < forms_.size(); ++form, count = 0) TRY(finish(forms_[form], count));
    return {};
  }

  // The chosen form may ask more of the first two values: a dispute is by an organisation.
  base::Result<void> choose_forms(const Attribute& third) {
    forms_ = attribute_forms(record_.kind_, third);
    for (std::size_t i = 0; i < std::min(kDecidingAttribute, forms_.size()); ++i) {
      const Attribute& attribute = record_.attributes_[i];
      if (forms_[i].name != attribute.name || forms_[i].is_value(attribute.value)) continue;
      return wrong_at(i + 2, std::string(attribute.name) + ": " + std::string(forms_[i].expected) +
                                 " in a record of this form");
    }
    return {};
  }

  base::Result<void> finish(const AttributeForm& form, std::size_t count) const {
    if (count >= form.count_min) return {};
    return wrong("`" + std::string(form.name) + "` here");
  }

  base::Result<void> read_changes() {
    if (!rest_.empty() && !takes_paragraphs(record_.kind_))
      return wrong_at(line_ + 1, "no paragraph in this kind");
    auto changes = resource::parse_changes(rest_, line_ + 1);
    if (!changes) return base::fail(kBadRecord, changes.error().detail());
    line_ += static_cast<std::size_t>(std::ranges::count(rest_, '\n'));
    record_.changes_ = std::move(*changes);
    return record_.kind_ == Kind::kGenesis ? check_founding() : base::Result<void>();
  }

  // A genesis has no predecessor and creates everything, or names one and changes what it left.
  base::Result<void> check_founding() const {
    if (!record_.value("predecessor").empty()) return check_succession();
    const auto is_succession = [](const Attribute& attribute) {
      return std::ranges::find(kSuccessionNames, attribute.name) != kSuccessionNames.end();
    };
    if (std::ranges::any_of(record_.attributes_, is_succession)) return wrong("`predecessor` with these");
    const auto founds = [](const resource::Change& change) {
      return change.action == resource::Action::kCreate &&
             change.object_class <= resource::ObjectClass::kOrganisation;
    };
    if (!std::ranges::all_of(record_.changes_, founds))
      return wrong("only create of charter, members, organisations");
    if (record_.changes_.empty() ||
        record_.changes_.front().object_class != resource::ObjectClass::kCharter) {
      return wrong("create charter: registry");
    }
    return {};
  }

  base::Result<void> check_succession() const {
    for (const std::string_view name : kSuccessionNames) {
      if (record_.value(name).empty()) return wrong("`" + std::string(name) + "` beside `predecessor`");
    }
    const auto fits = [](const resource::Change& change) {
      return change.object_class == resource::ObjectClass::kMember &&
             change.action != resource::Action::kCreate;
    };
    if (std::ranges::all_of(record_.changes_, fits)) return {};
    return wrong("only change and delete of members in a successor's genesis");
  }

  base::Result<void> read_carried() {
    if (!rest_.starts_with('\n')) return wrong_at(line_ + 1, "an empty line and what is carried");
    rest_.remove_prefix(1);
    ++line_;
    record_.carried_ = rest_;
    while (!rest_.empty()) {
      TRY(read_line());
      if (!text_.starts_with('|')) return wrong("`|` and a line of a text");
    }
    if (record_.carried_.empty()) return wrong("what is carried");
    return {};
  }

  base::Result<void> read_signatures() {
    while (!rest_.empty()) {
      TRY(read_line());
      if (record_.signatures_.size() == base::kRecordSignaturesMax) return wrong("at most 256 signatures");
      ASSIGN_OR_RETURN(const SignatureLine line, read_signature());
      if (!record_.signatures_.empty()) {
        const SignatureLine& previous = record_.signatures_.back();
        if (std::tie(previous.name, previous.key_id) >= std::tie(line.name, line.key_id)) {
          return wrong("signatures sorted by name and key id, each once");
        }
      }
      record_.signatures_.push_back(line);
    }
    return {};
  }

  base::Result<SignatureLine> read_signature() const {
    if (!text_.starts_with(kSignatureMark)) return wrong("U+2014 NAME BASE64");
    const std::string_view line = text_.substr(kSignatureMark.size());
    const auto space = line.find(' ');
    if (space == std::string_view::npos) return wrong("U+2014 NAME BASE64");
    SignatureLine signature{line.substr(0, space), 0, {}};
    const bool log_key = record_.kind_ == Kind::kGenesis && signature.name == record_.origin_;
    if (!log_key && !resource::is_handle(signature.name)) return wrong("the handle of the signer");
    std::array<base::Byte, kSignatureBytes> bytes{};
    if (!codec::parse_base64_into(line.substr(space + 1), bytes))
      return wrong("base64 of a key id and a signature");
    for (std::size_t i = 0; i < 4; ++i) signature.key_id = (signature.key_id << 8) | bytes[i];
    std::copy(bytes.begin() + 4, bytes.end(), signature.signature.bytes.begin());
    return signature;
  }

  std::unexpected<base::Error> wrong(std::string_view expected) const { return wrong_at(line_, expected); }
  static std::unexpected<base::Error> wrong_at(std::size_t line, std::string_view expected) {
    return base::fail(kBadRecord,
                      "line " + std::to_string(line) + ": " + std::string(expected) + " is expected");
  }

  Record record_;
  std::span<const AttributeForm> forms_;
  std::string_view rest_;
  std::string_view text_;
  std::size_t line_ = 0;
};

base::Result<Record> Record::parse(base::Bytes leaf) {
  return RecordParser(std::move(leaf)).run();
}

base::Result<Record> Record::parse(std::string_view leaf) {
  const base::ByteView bytes = base::as_bytes(leaf);
  return parse(base::Bytes(bytes.begin(), bytes.end()));
}

base::Result<void> check_body(std::string_view body) {
  const base::ByteView bytes = base::as_bytes(body);
  return RecordParser(base::Bytes(bytes.begin(), bytes.end())).run_body_only();
}

std::string_view Record::value(std::string_view name) const {
  for (const Attribute& attribute : attributes_) {
    if (attribute.name == name) return attribute.value;
  }
  return {};
}

std::optional<base::EpochSeconds> Record::expires() const {
  return codec::read_time(value("expires"));
}

std::optional<RecordId> Record::proposal() const {
  const std::string_view text = value("proposal");
  if (text.empty()) return std::nullopt;
  return read_checked(resource::read_hash, text);
}

std::optional<EpochClaim> Record::epoch() const {
  const std::string_view text = value("epoch");
  const auto space = text.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  return EpochClaim{base::Epoch(read_checked(codec::read_decimal, text.substr(0, space))),
                    read_checked(resource::read_hash, text.substr(space + 1))};
}

std::optional<resource::ObjectId> Record::object() const {
  const std::string_view text = value("object");
  if (text.empty()) return std::nullopt;
  auto id = resource::parse_object_id(text);
  CHECK(id.has_value());
  return std::move(*id);
}

std::optional<BlockFields> Record::block() const {
  if (kind_ != Kind::kBlock) return std::nullopt;
  BlockFields fields;
  const auto time = codec::read_time(value("time"));
  CHECK(time.has_value());
  fields.height = base::Height(read_checked(codec::read_decimal, value("height")));
  fields.time = *time;
  fields.records = read_checked(codec::read_decimal, value("records"));
  for (const Attribute& attribute : attributes_) {
    if (attribute.name == "effect") fields.effects.push_back(attribute.value);
  }
  fields.state = read_checked(resource::read_hash, value("state"));
  return fields;
}

}  // namespace record
