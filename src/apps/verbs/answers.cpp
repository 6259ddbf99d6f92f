// comity vote, accept, object, withdraw, cancel: records that answer a proposal. One record a party named
// with --by.
#include <string>
#include <vector>

#include "apps/reading.h"
#include "apps/submitting.h"
#include "apps/verbs.h"
#include "codec/base64.h"
#include "codec/time_text.h"

namespace apps {
namespace {

using base::Result;
using record::Builder;
using record::Kind;

inline constexpr base::ErrorKind kBadAnswer{"bad-answer", base::Category::kInvalid, "comity object --help"};

// Fills in what the kind has besides `by`, `epoch`, `expires`; made anew for each party.
using Fill = Result<void> (*)(Builder&, const AnswerOptions&, const RecordMaker&);

Result<void> name_proposal(Builder& builder, const AnswerOptions& options, const RecordMaker& maker) {
  ASSIGN_OR_RETURN(const record::RecordId id, maker.find_proposal(options.proposal));
  builder.set("proposal", id);
  return {};
}

Result<void> fill_ballot(Builder& builder, const AnswerOptions& options, const RecordMaker& maker) {
  TRY(name_proposal(builder, options, maker));
  builder.set("vote", options.vote);
  return maker.add_annex(builder, options.reason);
}

Result<void> fill_with_reason(Builder& builder, const AnswerOptions& options, const RecordMaker& maker) {
  TRY(name_proposal(builder, options, maker));
  return maker.add_annex(builder, options.reason);
}

Result<void> fill_objection(Builder& builder, const AnswerOptions& options, const RecordMaker& maker) {
  if (!options.proposal.empty()) return fill_with_reason(builder, options, maker);
  if (options.object_class.empty() || options.key.empty() || options.with.empty() || options.reason.empty()) {
    return base::fail(kBadAnswer,
                      "name a proposal, or a dispute: --dispute-class, --dispute-key, --with, --reason");
  }
  ASSIGN_OR_RETURN(const resource::ObjectId id, parse_object(options.object_class, options.key));
  builder.set("object", std::string(resource::class_name(id.object_class)) + " " + id.key)
      .set("with", options.with);
  return maker.add_annex(builder, options.reason);
}

Result<Answer> answer(const AnswerOptions& options, Kind kind, Fill fill, Console& console) {
  ASSIGN_OR_RETURN(const base::Seconds expires_in, codec::parse_duration(options.expires_in));
  ASSIGN_OR_RETURN(const auto desk, Desk::open(options.dir, options.access, console));
  const RecordMaker maker = desk->maker();
  std::vector<std::string> leaves;
  for (const std::string& party : options.by) {
    Builder builder = maker.begin(kind, party, expires_in);
    TRY(fill(builder, options, maker));
    ASSIGN_OR_RETURN(const std::string body, builder.body());
    ASSIGN_OR_RETURN(std::string leaf, maker.sign(body));
    leaves.push_back(std::move(leaf));
  }
  return submit_and_report(*desk, std::move(leaves), console, Annexes::kMadeHere);
}

}  // namespace

Result<Answer> run_vote(const AnswerOptions& options, Console& console) {
  return answer(options, Kind::kBallot, fill_ballot, console);
}
Result<Answer> run_accept(const AnswerOptions& options, Console& console) {
  return answer(options, Kind::kAcceptance, name_proposal, console);
}
Result<Answer> run_object(const AnswerOptions& options, Console& console) {
  return answer(options, Kind::kObjection, fill_objection, console);
}
Result<Answer> run_withdraw(const AnswerOptions& options, Console& console) {
  return answer(options, Kind::kWithdrawal, name_proposal, console);
}
Result<Answer> run_cancel(const AnswerOptions& options, Console& console) {
  return answer(options, Kind::kCancellation, fill_with_reason, console);
}

}  // namespace apps
