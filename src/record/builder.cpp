#include "record/builder.h"

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>

#include "base/check.h"
#include "base/limits.h"
#include "codec/base64.h"
#include "codec/decimal.h"
#include "codec/time_text.h"
#include "crypto/hash.h"
#include "record/kind_table.h"
#include "resource/change.h"

namespace record {
namespace {

constexpr std::string_view kSignatureMark = "\xe2\x80\x94 ";
constexpr std::string_view kCarryHead = "comity/1 carry ";
constexpr std::array<std::string_view, 3> kActions{"create ", "change ", "delete "};

bool is_paragraph_head(std::string_view line) {
  return std::ranges::any_of(kActions, [&](std::string_view word) { return line.starts_with(word); });
}

struct Paragraph {
  std::string_view head;
  std::vector<std::string_view> lines;
  // The order of the format: class, then key. A class that does not exist goes last and is refused later.
  std::pair<std::size_t, std::string_view> rank() const {
    const auto space = head.find(' ');
    const auto colon = head.find(": ");
    if (colon == std::string_view::npos || colon < space) return {SIZE_MAX, head};
    const auto object_class = resource::class_from_name(head.substr(space + 1, colon - space - 1));
    return {object_class ? static_cast<std::size_t>(*object_class) : SIZE_MAX, head.substr(colon + 2)};
  }
};

struct Pieces {
  std::string_view head;
  std::vector<std::string_view> attributes;
  std::vector<Paragraph> paragraphs;
};

Pieces split(std::string_view body) {
  Pieces pieces;
  while (!body.empty()) {
    const auto end = body.find('\n');
    const std::string_view line = body.substr(0, end);
    body.remove_prefix(end == std::string_view::npos ? body.size() : end + 1);
    if (line.empty()) continue;
    if (pieces.head.empty()) {
      pieces.head = line;
    } else if (is_paragraph_head(line)) {
      pieces.paragraphs.push_back({line, {}});
    } else if (pieces.paragraphs.empty()) {
      pieces.attributes.push_back(line);
    } else {
      pieces.paragraphs.back().lines.push_back(line);
    }
  }
  return pieces;
}

std::string_view name_of(std::string_view line) {
  return line.substr(0, line.find(": "));
}

void sort_attributes(Pieces& pieces) {
  std::string_view head = pieces.head;
  head.remove_prefix(std::min(head.size(), head.find(' ')));
  const std::string_view word = head.empty() ? head : head.substr(1, head.find(' ', 1) - 1);
  const auto kind = kind_from_name(word);
  if (!kind) return;
  Attribute third;
  for (const std::string_view line : pieces.attributes) {
    const std::string_view name = name_of(line);
    if (name == "object" || name == "step")
      third = {name, line.substr(std::min(line.size(), name.size() + 2))};
  }
  const auto forms = attribute_forms(*kind, third);
  // Repeated attributes keep the order they came in: they are views into one text, so their addresses tell
  // it. (std::stable_sort would say this, but libstdc++ 12's does not compile without warnings under clang.)
  std::ranges::sort(pieces.attributes, {}, [&](std::string_view line) {
    return std::pair(std::ranges::find(forms, name_of(line), &AttributeForm::name) - forms.begin(),
                     line.data());
  });
}

std::string join(const Pieces& pieces) {
  std::string text(pieces.head);
  text += '\n';
  for (const std::string_view line : pieces.attributes) text.append(line).append("\n");
  for (const Paragraph& paragraph : pieces.paragraphs) {
    text.append("\n").append(paragraph.head).append("\n");
    for (const std::string_view line : paragraph.lines) text.append(line).append("\n");
  }
  return text;
}

// What sorts a signature line: its name, then the key id as a number.
std::optional<std::pair<std::string_view, std::uint32_t>> signature_rank(std::string_view line) {
  if (!line.starts_with(kSignatureMark) || !line.ends_with('\n')) return std::nullopt;
  line = line.substr(kSignatureMark.size(), line.size() - kSignatureMark.size() - 1);
  const auto space = line.find(' ');
  std::array<base::Byte, 68> bytes{};
  if (space == std::string_view::npos || !codec::parse_base64_into(line.substr(space + 1), bytes))
    return std::nullopt;
  std::uint32_t id = 0;
  for (std::size_t i = 0; i < 4; ++i) id = (id << 8) | bytes[i];
  return std::pair{line.substr(0, space), id};
}

}  // namespace

Builder::Builder(Kind kind, std::string_view origin) : kind_(kind), origin_(origin) {}

Builder& Builder::set(std::string_view name, std::string_view value) {
  std::erase_if(attributes_, [&](const auto& attribute) { return attribute.first == name; });
  if (!value.empty()) attributes_.emplace_back(name, value);
  return *this;
}

Builder& Builder::add(std::string_view name, std::string_view value) {
  attributes_.emplace_back(name, value);
  return *this;
}

Builder& Builder::set(std::string_view name, const base::Hash& value) {
  return set(name, codec::serialize_base64(value.view()));
}

Builder& Builder::set(std::string_view name, base::EpochSeconds value) {
  return set(name, codec::serialize_time(value));
}

Builder& Builder::set_epoch(const EpochClaim& epoch) {
  return set("epoch", codec::serialize_decimal(epoch.epoch.value()) + " " +
                          codec::serialize_base64(epoch.charter.view()));
}

Builder& Builder::add_paragraph(std::string_view paragraph) {
  if (!paragraph.empty()) paragraphs_.emplace_back(paragraph);
  return *this;
}

base::Result<std::string> Builder::body() const {
  std::string text = "comity/1 ";
  text.append(kind_name(kind_)).append(" ").append(origin_).append("\n");
  for (const auto& [name, value] : attributes_) {
    if (value.find('\n') != std::string::npos)
      return base::fail(kBadRecord, name + ": a value of one line is expected");
    text.append(name).append(": ").append(value).append("\n");
  }
  for (const std::string& paragraph : paragraphs_) text.append("\n").append(paragraph);
  return canonical_body(text);
}

base::Result<std::string> canonical_body(std::string_view body) {
  if (body.starts_with(kCarryHead)) {  // nobody writes one by hand: what it carries has one order
    TRY(check_body(body));
    return std::string(body);
  }
  Pieces pieces = split(body);
  sort_attributes(pieces);
  std::ranges::sort(pieces.paragraphs, {}, &Paragraph::rank);
  for (Paragraph& paragraph : pieces.paragraphs) std::ranges::sort(paragraph.lines);
  std::string text = join(pieces);
  TRY(check_body(text));
  return text;
}

RecordId record_id(std::string_view body) {
  return crypto::sha256(base::as_bytes(body));
}

std::string sign_line(std::string_view body, const note::Signer& signer) {
  CHECK(signer.type() == note::KeyType::kEd25519);
  const crypto::Signature signature = signer.secret().sign(base::as_bytes(body));
  std::array<base::Byte, 68> bytes{};
  for (std::size_t i = 0; i < 4; ++i) bytes[i] = static_cast<base::Byte>(signer.id() >> (24 - 8 * i));
  std::ranges::copy(signature.bytes, bytes.begin() + 4);
  std::string line(kSignatureMark);
  line.append(signer.name()).append(" ").append(codec::serialize_base64(bytes)).append("\n");
  return line;
}

base::Result<std::string> assemble(std::string_view body, std::span<const std::string> signature_lines) {
  TRY(check_body(body));
  std::vector<std::string_view> lines(signature_lines.begin(), signature_lines.end());
  for (const std::string_view line : lines) {
    if (!signature_rank(line)) return base::fail(kBadRecord, "a signature line is malformed");
  }
  std::ranges::sort(lines, {}, [](std::string_view line) { return *signature_rank(line); });
  std::string leaf(body);
  leaf += '\n';
  for (const std::string_view line : lines) leaf += line;
  TRY(Record::parse(std::string_view(leaf)));
  return leaf;
}

base::Result<std::string> sign(std::string_view body, std::span<const note::Signer* const> signers) {
  std::vector<std::string> lines;
  lines.reserve(signers.size());
  for (const note::Signer* signer : signers) lines.push_back(sign_line(body, *signer));
  return assemble(body, lines);
}

std::string serialize_block(std::string_view origin, const BlockFields& block) {
  std::string text = "comity/1 block ";
  text.append(origin).append("\nheight: ").append(codec::serialize_decimal(block.height.value()));
  text.append("\ntime: ").append(codec::serialize_time(block.time));
  text.append("\nrecords: ").append(codec::serialize_decimal(block.records)).append("\n");
  for (const std::string_view effect : block.effects) text.append("effect: ").append(effect).append("\n");
  text.append("state: ").append(codec::serialize_base64(block.state.view())).append("\n");
  CHECK(Record::parse(std::string_view(text)).has_value());
  return text;
}

}  // namespace record
