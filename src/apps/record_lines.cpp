#include "apps/record_lines.h"

#include <algorithm>
#include <string_view>

#include "api/shapes.h"
#include "codec/base64.h"

namespace apps {

using record::Record;

namespace {

constexpr std::string_view kIndent = "\n             ";

std::string summary_of(const Record& record) {
  std::string text(record::kind_name(record.kind()));
  if (!record.by().empty()) text.append(" by ").append(record.by());
  if (const auto change_class = record.value("class"); !change_class.empty())
    text.append(", class ").append(change_class);
  if (const auto vote = record.value("vote"); !vote.empty()) text.append(", ").append(vote);
  if (const auto proposal = record.proposal())
    text.append(" on ").append(codec::serialize_base64(proposal->view()).substr(0, 8));
  if (const auto against = record.value("against"); !against.empty())
    text.append(" against ").append(against);
  if (const auto fault = record.value("fault"); !fault.empty()) text.append(", ").append(fault);
  if (record.kind() == record::Kind::kBlock) {
    text.append(" ").append(record.value("height")).append(", ").append(record.value("time"));
    for (const record::Attribute& attribute : record.attributes()) {
      if (attribute.name == "effect") text.append("\n             ").append(attribute.value);
    }
  }
  return text;
}

// The changes of a record, the one about `id` (if any) first.
std::string changes_of(const Record& record, const std::optional<resource::ObjectId>& id) {
  constexpr std::size_t kNamedMax = 3;
  std::vector<const resource::Change*> changes;
  for (const resource::Change& change : record.changes()) changes.push_back(&change);
  const auto own =
      std::ranges::find_if(changes, [&](const auto* change) { return id && change->id() == *id; });
  if (own != changes.end()) std::rotate(changes.begin(), own, own + 1);
  const std::size_t named = id && changes.size() > kNamedMax ? 1 : std::min(changes.size(), kNamedMax);
  std::string text;
  for (std::size_t i = 0; i < named; ++i) {
    text.append(kIndent).append(resource::action_name(changes[i]->action)).append(" ");
    text.append(resource::class_name(changes[i]->object_class)).append(" ").append(changes[i]->key);
  }
  if (changes.size() > named) {
    text.append(kIndent).append("and ").append(std::to_string(changes.size() - named)).append(" more");
  }
  return text;
}

}  // namespace

void print_record(const Record& record, base::LeafIndex index, const std::optional<resource::ObjectId>& id,
                  const storage::AnnexStore& annexes, Console& console) {
  std::string number = std::to_string(index.value());
  number.insert(0, number.size() < 8 ? 8 - number.size() : 0, ' ');
  console.line(number + "  " + summary_of(record) + changes_of(record, id));
  for (const std::string& reason : api::reasons_of(record, annexes))
    console.line(Style::kDim, "             \"" + reason + "\"");
}

}  // namespace apps
