#include "api/submissions.h"

#include <algorithm>
#include <atomic>
#include <list>
#include <utility>

#include <nlohmann/json.hpp>

#include "api/answers.h"
#include "api/request_parts.h"
#include "codec/base64.h"
#include "engine/cosignatures.h"
#include "record/record.h"
#include "replica/record_receipts.h"

namespace api {
namespace {

using base::Result;
using nlohmann::ordered_json;
using std::chrono::steady_clock;

/// Submissions under way; each holds a connection and a record of up to 64 KiB.
constexpr std::size_t kUnderWayMax = 4'096;
constexpr std::uint64_t kWaitSecondsMax = 60;

struct Submission {
  std::string leaf;
  std::optional<storage::Annex> annex;
};

Result<Submission> parse_json(const std::string& body) {
  const ordered_json json = ordered_json::parse(body, nullptr, false);
  if (!json.is_object()) return base::fail(kBadSubmission, "the body is no JSON object");
  Submission submission;
  for (const auto& [name, value] : json.items()) {
    if (!value.is_string()) return base::fail(kBadSubmission, "\"" + name + "\" is no text");
    const auto& text = value.get_ref<const std::string&>();
    if (name == "record") {
      submission.leaf = text;
    } else if (name == "annex") {
      ASSIGN_OR_RETURN(submission.annex, storage::parse_annex(text));
    } else {
      return base::fail(kBadSubmission, "\"" + name + "\" is not known here");
    }
  }
  return submission;
}

Result<Submission> parse_body(const net::Request& request) {
  // Types are written in either case, and blanks may stand before their parameters (RFC 9110 section 8.3.1).
  const std::string_view type = request.header("content-type");
  std::string essence(type.substr(0, type.find(';')));
  std::ranges::transform(essence, essence.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  while (essence.ends_with(' ') || essence.ends_with('\t')) essence.pop_back();
  if (essence == "text/plain") return Submission{request.body, {}};
  if (essence == "application/json") return parse_json(request.body);
  return base::fail(kBadContentType, "text/plain or application/json is asked for");
}

// The annex must be the one that the record commits to: nobody else's text is kept here.
Result<void> check_annex(const record::Record& record, const std::optional<storage::Annex>& annex) {
  if (!annex) return {};
  if (record.value("annex") == codec::serialize_base64(storage::annex_commitment(*annex).view())) return {};
  return base::fail(storage::kBadAnnex, "the record commits to another annex, or to none");
}

net::Response accepted_only(const std::string& id, std::optional<base::LeafIndex> leaf) {
  ordered_json json{{"id", id}};
  if (leaf) json["leaf"] = leaf->value();
  json["reason"] = "on the log, but not yet under a checkpoint that counts; submit it again to wait on";
  return json_answer(202, json);
}

// How long the client would wait, if it says so.
Result<std::optional<std::chrono::milliseconds>> read_wait(const net::Request& request) {
  ASSIGN_OR_RETURN(const Query query, Query::parse(request.query, {"wait"}));
  ASSIGN_OR_RETURN(const std::uint64_t seconds, query.number("wait", 0, kWaitSecondsMax));
  if (!query.value("wait")) return std::nullopt;
  return std::chrono::seconds(seconds);
}

// For who does not wait: what is known when it has been taken, or before, is the answer.
Submissions::Answer first_of(Submissions::Answer answer) {
  return
      [answer = std::move(answer), is_given = std::make_shared<std::atomic_flag>()](net::Response response) {
        if (!is_given->test_and_set()) answer(std::move(response));
      };
}

}  // namespace

struct Submissions::Submitted {
  Answer answer;
  std::string id;
  base::LeafIndex leaf;
  base::TreeSize checkpoint;
  steady_clock::time_point until;
};

// What outlives a Submissions object while a submitter still owes answers.
struct Submissions::Desk {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::vector<Submitted> settled;  // on the log; waiting for the view
  std::size_t under_way = 0;       // all: at the submitter, and settled
  bool news = false;
  bool is_stopped = false;

  void settle(Submitted submitted) {
    {
      const std::scoped_lock guard(mutex);
      if (!is_stopped) {
        settled.push_back(std::move(submitted));
        if (!std::exchange(news, true)) changed.notify_one();
        return;
      }
      --under_way;
    }
    submitted.answer(accepted_only(submitted.id, submitted.leaf));
  }
  void finish(const Answer& answer, net::Response response) {
    {
      const std::scoped_lock guard(mutex);
      --under_way;
    }
    answer(std::move(response));
  }
};

Submissions::Submissions(const replica::View& view, Submitter& submitter, std::chrono::milliseconds wait_max)
    : view_(&view),
      submitter_(&submitter),
      wait_max_(wait_max),
      desk_(std::make_shared<Desk>()),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Submissions::~Submissions() {
  stop();
}

net::Response receipt_answer(replica::RecordReceipts& receipts, const std::string& id, base::LeafIndex leaf) {
  auto receipt = receipts.receipt(leaf);
  if (!receipt) return refusal(receipt.error(), id);
  return json_answer(200, {{"id", id},
                           {"leaf", leaf.value()},
                           {"checkpoint", receipts.published().checkpoint.size.value()},
                           {"receipt", std::move(*receipt)}});
}

// Whoever lost an answer asks again.
std::optional<net::Response> Submissions::answer_known(const std::string& id_text,
                                                       const base::Hash& id) const {
  std::optional<base::LeafIndex> leaf;
  const auto looked = view_->read([&](const registry::Registry&, const replica::LogIndex& index,
                                      const replica::Published&) -> Result<void> {
    leaf = index.find(id);
    return {};
  });
  if (!looked || !leaf) return std::nullopt;
  const auto log = view_->log();
  const auto bytes = log ? log->read_leaf(*leaf) : Result<base::Bytes>(std::unexpected(log.error()));
  if (!bytes) return std::nullopt;
  const auto record = record::Record::parse(base::as_text(*bytes));
  if (!record || record->id() != id) return std::nullopt;
  const auto receipts = replica::RecordReceipts::create(*view_);
  if (!receipts) return refusal(receipts.error(), id_text);
  return receipt_answer(**receipts, id_text, *leaf);
}

void Submissions::take(const net::Request& request, Answer answer) {
  const auto wait = read_wait(request);
  if (!wait) return answer(refusal(wait.error()));
  auto submission = parse_body(request);
  if (!submission) {
    const bool wrong_type = submission.error().kind() == kBadContentType;
    return answer(wrong_type ? refusal(415, submission.error()) : refusal(submission.error()));
  }
  const auto record = record::Record::parse(std::string_view(submission->leaf));
  if (!record) return answer(refusal(record.error()));
  const std::string id = codec::serialize_base64(record->id().view());
  if (const auto bound = check_annex(*record, submission->annex); !bound)
    return answer(refusal(bound.error(), id));
  if (auto known = answer_known(id, record->id())) return answer(std::move(*known));
  {
    const std::scoped_lock guard(desk_->mutex);
    if (desk_->is_stopped || desk_->under_way >= kUnderWayMax) {
      return answer(refusal(base::Error(kTooBusy, "too many records are under way"), id));
    }
    ++desk_->under_way;
  }
  const bool is_left = *wait == std::chrono::milliseconds(0);
  if (is_left) answer = first_of(std::move(answer));
  const auto until = steady_clock::now() + std::min(wait_max_, wait->value_or(wait_max_));
  submitter_->submit(std::move(submission->leaf), std::move(submission->annex),
                     [desk = desk_, id, until, answer](const Result<registry::Submission>& done) {
                       if (done) return desk->settle({answer, id, done->index, done->checkpoint, until});
                       if (done.error().kind() == kHandedOn) {
                         return desk->finish(
                             answer, json_answer(202, {{"id", id}, {"reason", done.error().detail()}}));
                       }
                       if (done.error().kind() == engine::kNotCounted) {
                         return desk->finish(answer, accepted_only(id, std::nullopt));
                       }
                       desk->finish(answer, refusal(done.error(), id));
                     });
  if (is_left)
    answer(json_answer(202, {{"id", id}, {"reason", "taken; submit it again to learn what became of it"}}));
}

void Submissions::wake() {
  const std::scoped_lock guard(desk_->mutex);
  desk_->news = true;
  desk_->changed.notify_one();
}

void Submissions::run(const std::stop_token& stop) {
  constexpr auto kLook = std::chrono::seconds(1);  // for those whose wait is over
  while (!stop.stop_requested()) {
    std::vector<Submitted> mine;
    {
      std::unique_lock lock(desk_->mutex);
      desk_->changed.wait_for(lock, stop, kLook, [&] { return desk_->news; });
      desk_->news = false;
      mine.swap(desk_->settled);
    }
    const auto receipts = replica::RecordReceipts::create(*view_);
    const std::uint64_t size = receipts ? (*receipts)->published().checkpoint.size.value() : 0;
    const auto now = steady_clock::now();
    std::vector<Submitted> later;
    for (Submitted& submitted : mine) {
      if (submitted.checkpoint.value() <= size) {
        desk_->finish(submitted.answer, receipt_answer(**receipts, submitted.id, submitted.leaf));
      } else if (submitted.until <= now || stop.stop_requested()) {
        desk_->finish(submitted.answer, accepted_only(submitted.id, submitted.leaf));
      } else {
        later.push_back(std::move(submitted));
      }
    }
    const std::scoped_lock guard(desk_->mutex);
    std::ranges::move(later, std::back_inserter(desk_->settled));
  }
}

void Submissions::stop() {
  {
    const std::scoped_lock guard(desk_->mutex);
    desk_->is_stopped = true;
  }
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  std::vector<Submitted> left;
  {
    const std::scoped_lock guard(desk_->mutex);
    left.swap(desk_->settled);
  }
  for (const Submitted& submitted : left) {
    desk_->finish(submitted.answer, accepted_only(submitted.id, submitted.leaf));
  }
}

}  // namespace api
