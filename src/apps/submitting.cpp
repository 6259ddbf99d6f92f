#include "apps/submitting.h"

#include <algorithm>
#include <iostream>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "charter/pending.h"
#include "codec/base64.h"
#include "codec/time_text.h"
#include "record/draft.h"
#include "record/record.h"
#include "storage/annex_store.h"

namespace apps {

using base::Result;

namespace {

// What became of a proposal right after its record: still open, locked, or done.
std::string state_of(const record::Record& record, const charter::State& state) {
  const auto id = record.kind() == record::Kind::kProposal ? std::optional(record.id()) : record.proposal();
  if (!id) return "accepted";
  const auto pending = charter::find_pending(state, *id);
  if (!pending)
    return record.kind() == record::Kind::kProposal ? "executed" : "accepted; the proposal has ended";
  if (!pending->progress.locked) return "open until " + codec::serialize_time(pending->progress.due);
  return "locked until " + codec::serialize_time(pending->progress.due);
}

// The record was not refused: a disk, a replica or the network failed, and it may yet turn out to stand on the
// log.
bool is_trouble(const Fate& fate) {
  return fate.error && fate.error->kind().category == base::Category::kUnavailable;
}

void report(const std::string& leaf, const Fate& fate, const Desk& desk, Console& console,
            nlohmann::ordered_json& list) {
  const auto record = record::Record::parse(std::string_view(leaf));
  const std::string id = record ? codec::serialize_base64(record->id().view()) : std::string();
  const std::string kind = record ? std::string(record::kind_name(record->kind())) : "record";
  nlohmann::ordered_json entry;
  entry["id"] = id;
  entry["accepted"] = fate.accepted;
  if (!fate.accepted) {
    entry["rule"] = fate.rule;
    entry["reason"] = fate.reason;
    if (!console.json())
      console.line(console.styled(Style::kBad, is_trouble(fate) ? "unsure   " : "refused  ") + kind + " " +
                   id + "\n         " + fate.error->message() +
                   (is_trouble(fate) ? "\n         `comity log` tells whether it came through" : ""));
  } else {
    const std::string state = record ? state_of(*record, desk.registry().charter()) : "accepted";
    entry["leaf"] = fate.place.index.value();
    entry["checkpoint"] = fate.place.checkpoint.value();
    entry["state"] = state;
    if (!console.json())
      console.line(console.styled(Style::kGood, "accepted ") + kind + " " + id + "\n         leaf " +
                   std::to_string(fate.place.index.value()) + ", " + state);
  }
  list.push_back(std::move(entry));
}

// A reason that was written for a record which then did not come through is nobody's: its salt is this
// process's own, so no other record can name it.
Result<void> forget_annex(Desk& desk, const std::string& leaf) {
  const auto record = record::Record::parse(std::string_view(leaf));
  if (!record || record->value("annex").empty()) return {};
  ASSIGN_OR_RETURN(const base::Hash commitment, codec::parse_base64_hash(record->value("annex")));
  return storage::AnnexStore(desk.files(), desk.layout().annex_folder()).erase(commitment);
}

}  // namespace

Result<Answer> submit_and_report(Desk& desk, std::vector<std::string> leaves, Console& console,
                                 Annexes annexes) {
  const std::vector<std::string> kept = leaves;
  const std::vector<Fate> fates = desk.submit(std::move(leaves));
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  bool all = true;
  std::optional<base::Error> trouble;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    report(kept[i], fates[i], desk, console, list);
    all = all && fates[i].accepted;
    if (is_trouble(fates[i]) && !trouble) trouble = fates[i].error;
    const bool refused = !fates[i].accepted && !is_trouble(fates[i]);
    if (refused && annexes == Annexes::kMadeHere) TRY(forget_annex(desk, kept[i]));
  }
  if (console.json() && !trouble) console.line(list.dump(2));
  console.flush();  // the answer stands, whatever happens to this process while it closes
  for (const std::string& remark : desk.remarks()) console.warn(remark);
  if (trouble) return std::unexpected(*trouble);
  TRY(desk.close());
  return all ? Answer::kYes : Answer::kNo;
}

Result<std::string> read_input(const base::Files& files, const std::string& path) {
  constexpr std::size_t kInputBytesMax = 4 * base::kRecordBytesMax;
  if (path != "-") {
    ASSIGN_OR_RETURN(const base::Bytes bytes, files.read(path, kInputBytesMax));
    return std::string(base::as_text(bytes));
  }
  std::string text(kInputBytesMax + 1, '\0');
  std::cin.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::cin.gcount()));
  if (text.size() > kInputBytesMax) return base::fail(base::kFileTooLarge, "standard input");
  return text;
}

Result<std::string> split_signatures(std::string_view text, std::vector<std::string>& lines) {
  constexpr std::string_view kDash = "\u2014 ";
  std::string draft;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.starts_with(kDash)) {
      lines.push_back(std::string(line) + "\n");
    } else {
      draft.append(line).append("\n");
    }
  }
  return record::parse_draft(draft);
}

}  // namespace apps
