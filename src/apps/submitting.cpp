#include "apps/submitting.h"

#include <algorithm>
#include <iostream>
#include <optional>
#include <thread>
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

Result<std::unique_ptr<Session>> open_session(base::Files& files, const std::string& dir, Console& console) {
  const unsigned threads = std::max(1U, std::thread::hardware_concurrency());
  ASSIGN_OR_RETURN(std::unique_ptr<Session> session, Session::open(files, dir, {.threads = threads}));
  for (const std::string& warning : session->warnings()) console.warn(warning);
  return session;
}

RecordMaker make_records(base::Files& files, const Session& session) {
  return {files, session.folder().layout, session.registry().charter(), session.clock().now()};
}

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

// The record was not refused: a disk or a replica failed, and it may yet turn out to stand on the log.
bool is_trouble(const base::Error& error) {
  return error.kind().category == base::Category::kUnavailable;
}

void report(const std::string& leaf, const Result<registry::Submission>& done, const Session& session,
            Console& console, nlohmann::ordered_json& list) {
  const auto record = record::Record::parse(std::string_view(leaf));
  const std::string id = record ? codec::serialize_base64(record->id().view()) : std::string();
  const std::string kind = record ? std::string(record::kind_name(record->kind())) : "record";
  nlohmann::ordered_json entry;
  entry["id"] = id;
  entry["accepted"] = done.has_value();
  if (!done) {
    entry["rule"] = std::string(done.error().kind().name);
    entry["reason"] = done.error().detail();
    if (!console.json())
      console.line(console.styled(Style::kBad, is_trouble(done.error()) ? "unsure   " : "refused  ") + kind +
                   " " + id + "\n         " + done.error().message() +
                   (is_trouble(done.error()) ? "\n         `comity log` tells whether it came through" : ""));
  } else {
    const std::string state = state_of(*record, session.registry().charter());
    entry["leaf"] = done->index.value();
    entry["checkpoint"] = done->checkpoint.value();
    entry["state"] = state;
    if (!console.json())
      console.line(console.styled(Style::kGood, "accepted ") + kind + " " + id + "\n         leaf " +
                   std::to_string(done->index.value()) + ", " + state);
  }
  list.push_back(std::move(entry));
}

// A redaction takes effect beside the log: the annex's text and salt go from this store.
Result<void> erase_redacted(base::Files& files, const Session& session, const std::string& leaf) {
  ASSIGN_OR_RETURN(const record::Record record, record::Record::parse(std::string_view(leaf)));
  if (record.kind() != record::Kind::kRedaction) return {};
  ASSIGN_OR_RETURN(const base::Hash commitment, codec::parse_base64_hash(record.value("commitment")));
  return storage::AnnexStore(files, session.folder().layout.annex_folder()).erase(commitment);
}

}  // namespace

Result<Answer> submit_and_report(Session& session, std::vector<std::string> leaves, Console& console) {
  const std::vector<std::string> kept = leaves;
  const std::vector<Result<registry::Submission>> done = session.submit(std::move(leaves));
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  bool all = true;
  std::optional<base::Error> trouble;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    report(kept[i], done[i], session, console, list);
    all = all && done[i].has_value();
    if (!done[i] && is_trouble(done[i].error()) && !trouble) trouble = done[i].error();
    if (done[i]) TRY(erase_redacted(session.files(), session, kept[i]));
  }
  if (console.json() && !trouble) console.line(list.dump(2));
  console.flush();  // the answer stands, whatever happens to this process while it closes
  for (const auto& seat : session.stopped()) {
    console.warn(seat.member + " stopped cosigning: " + seat.reason.message());
  }
  if (trouble) return std::unexpected(*trouble);
  TRY(session.close());
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
