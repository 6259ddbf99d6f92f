// comity check, redact: what members owe without a proposal to answer.
#include <algorithm>
#include <string>
#include <vector>

#include "apps/reading.h"
#include "apps/submitting.h"
#include "apps/verbs.h"
#include "base/limits.h"
#include "codec/base64.h"
#include "codec/time_text.h"
#include "crypto/hash.h"
#include "os/posix_files.h"
#include "resource/change.h"

namespace apps {
namespace {

using base::Result;
using record::Kind;

inline constexpr base::ErrorKind kNothingToCheck{"nothing-to-check", base::Category::kInvalid,
                                                 "comity check --help"};

// The text whose hash a check record carries: without the version, which nobody knows before it is on the
// log.
base::Hash hash_without_version(const resource::Object& object) {
  const std::string_view text = object.text();
  const std::size_t first = text.find('\n') + 1;
  const std::size_t second = text.find('\n', first) + 1;
  return crypto::sha256({base::as_bytes(text.substr(0, first)), base::as_bytes(text.substr(second))});
}

bool is_seen_on_the_wire(const resource::Change& change) {
  return change.action != resource::Action::kDelete &&
         std::ranges::any_of(change.lines, [](const resource::LineChange& line) {
           return line.name == "nserver" || line.name == "ds-rdata" || line.name == "address";
         });
}

// One check record for each object that the change would give other NS, DS or addresses.
Result<std::vector<std::string>> make_checks(const RecordMaker& maker, const record::Record& wanted,
                                             const std::string& member, base::Seconds expires_in) {
  std::vector<std::string> leaves;
  for (const resource::Change& change : wanted.changes()) {
    if (!is_seen_on_the_wire(change)) continue;
    ASSIGN_OR_RETURN(const resource::Object after,
                     resource::apply_change(maker.state().find(change.id()), change));
    record::Builder builder = maker.begin(Kind::kCheck, member, expires_in);
    builder.set("object",
                std::string(resource::class_name(change.object_class)) + " " + std::string(change.key));
    builder.set("hash", hash_without_version(after));
    ASSIGN_OR_RETURN(const std::string body, builder.body());
    ASSIGN_OR_RETURN(std::string leaf, maker.sign(body));
    leaves.push_back(std::move(leaf));
  }
  if (leaves.empty())
    return base::fail(kNothingToCheck, "the change touches no nserver, ds-rdata or address");
  return leaves;
}

}  // namespace

Result<Answer> run_check(const CheckOptions& options, Console& console) {
  os::PosixFiles files;
  ASSIGN_OR_RETURN(const base::Seconds expires_in, codec::parse_duration(options.expires_in));
  ASSIGN_OR_RETURN(const std::string text, read_input(files, options.file));
  std::vector<std::string> signatures;
  auto body = split_signatures(text, signatures);
  if (!body) return std::unexpected(body.error().at(options.file));
  ASSIGN_OR_RETURN(const record::Record wanted, parse_unsigned(*body));
  ASSIGN_OR_RETURN(const auto desk, Desk::open(options.dir, options.access, console));
  const RecordMaker maker = desk->maker();
  std::vector<std::string> leaves;
  for (const std::string& member : options.by) {
    ASSIGN_OR_RETURN(std::vector<std::string> own, make_checks(maker, wanted, member, expires_in));
    leaves.insert(leaves.end(), own.begin(), own.end());
  }
  return submit_and_report(*desk, std::move(leaves), console, Annexes::kMadeHere);
}

Result<Answer> run_redact(const RedactOptions& options, Console& console) {
  ASSIGN_OR_RETURN(const base::Seconds expires_in, codec::parse_duration(options.expires_in));
  auto commitment = codec::parse_base64_hash(options.commitment);
  if (!commitment)
    return std::unexpected(commitment.error().at("COMMITMENT, as in a record's `annex:` line"));
  ASSIGN_OR_RETURN(const auto desk, Desk::open(options.dir, options.access, console));
  const RecordMaker maker = desk->maker();
  record::Builder builder = maker.begin(Kind::kRedaction, options.by, expires_in);
  builder.set("commitment", *commitment);
  ASSIGN_OR_RETURN(const std::string body, builder.body());
  ASSIGN_OR_RETURN(std::string leaf, maker.sign(body));
  return submit_and_report(*desk, {std::move(leaf)}, console, Annexes::kMadeHere);
}

}  // namespace apps
