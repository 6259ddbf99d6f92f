// Aim: no record of kind `evidence` crashes what reads the proof out of it, and a proof has one record.
// Method: any bytes as a record; what is read is written again, and judged under a sharing of a known key.
#include <cstdint>
#include <string>

#include "base/check.h"
#include "charter/wrong_shares.h"
#include "record/builder.h"

namespace {

// What the accuser adds comes from the fuzzer; the proof is written from what was read.
std::string body_again(const record::Record& record, const charter::ShareProof& proof) {
  record::Builder builder(record::Kind::kEvidence, record.origin());
  builder.set("by", record.by()).set("epoch", record.value("epoch"));
  charter::set_proof(builder, proof);
  builder.set("expires", record.value("expires"));
  const auto body = builder.body();
  CHECK(body.has_value());
  return *body;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto record = record::Record::parse(base::as_text({data, size}));
  if (!record || record->kind() != record::Kind::kEvidence) return 0;
  const auto proof = charter::read_proof(*record);
  if (!proof) return 0;
  CHECK(body_again(*record, *proof) == record->body());
  charter::GroupKeyEntry sharing;
  sharing.commitments = {crypto::Point::generator().bytes(), crypto::Point::generator().bytes()};
  sharing.holders = {"MEMBER-A", "MEMBER-B", proof->member};
  // Nobody has signed that.
  CHECK(!charter::verify_wrong_share(*proof, record->origin(), sharing, crypto::PublicKey{}));
  return 0;
}
