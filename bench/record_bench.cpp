// Speed of what every record passes: parse, build and sign, objects and their changes. One item is one record
// or object.
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "crypto/hash.h"
#include "record/builder.h"
#include "record/record.h"
#include "record/sample_records.h"
#include "resource/change.h"
#include "resource/sample_objects.h"

namespace {

void count(benchmark::State& state, std::size_t bytes) {
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes) * state.iterations());
}

void parse_record(benchmark::State& state, const std::string& text) {
  for (auto _ : state) benchmark::DoNotOptimize(record::Record::parse(std::string_view(text)));
  count(state, text.size());
}
BENCHMARK_CAPTURE(parse_record, proposal, record::sample_proposal());
BENCHMARK_CAPTURE(parse_record, ballot, record::sample_ballot());
BENCHMARK_CAPTURE(parse_record, block, record::sample_block());

// The floor of a parse that must give an id.
void hash_record(benchmark::State& state, const std::string& text) {
  for (auto _ : state) benchmark::DoNotOptimize(crypto::sha256(base::as_bytes(text)));
  count(state, text.size());
}
BENCHMARK_CAPTURE(hash_record, proposal, record::sample_proposal());

void parse_object(benchmark::State& state, const std::string& text) {
  for (auto _ : state) benchmark::DoNotOptimize(resource::Object::parse(text));
  count(state, text.size());
}
BENCHMARK_CAPTURE(parse_object, domain, resource::sample_domain());
BENCHMARK_CAPTURE(parse_object, host, resource::sample_host());
BENCHMARK_CAPTURE(parse_object, organisation, resource::sample_organisation());
BENCHMARK_CAPTURE(parse_object, member, resource::sample_member());
BENCHMARK_CAPTURE(parse_object, charter, resource::default_charter());

void apply_change(benchmark::State& state) {
  const auto domain = resource::Object::parse(resource::sample_domain()).value();
  const std::string text = "\nchange domain: ru.\n+ nserver: c.dns.ripn.net.\n- nserver: b.dns.ripn.net.\n";
  const auto changes = resource::parse_changes(text).value();
  for (auto _ : state) benchmark::DoNotOptimize(resource::apply_change(&domain, changes[0]));
  count(state, domain.text().size());
}
BENCHMARK(apply_change);

void build_and_sign_ballot(benchmark::State& state) {
  const std::array<base::Byte, 32> seed{1};
  const note::Signer signer("MEMBER-A", note::KeyType::kEd25519, crypto::SecretKey::from_seed(seed));
  const std::vector<const note::Signer*> signers{&signer};
  for (auto _ : state) {
    record::Builder builder(record::Kind::kBallot, "registry.example/root");
    builder.set("by", "MEMBER-A").set("vote", "yes").set("proposal", base::Hash{});
    builder.set("expires", base::EpochSeconds(1'795'428'000)).set_epoch({base::Epoch(1), {}});
    benchmark::DoNotOptimize(record::sign(builder.body().value(), signers));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(build_and_sign_ballot);

}  // namespace

BENCHMARK_MAIN();
