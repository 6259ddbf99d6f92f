#include "bench/sample_registry.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>

#include <sodium.h>

#include "apps/policies.h"
#include "apps/registry_folder.h"
#include "base/check.h"
#include "base/parallel.h"
#include "codec/base64.h"
#include "codec/time_text.h"
#include "crypto/hash.h"
#include "merkle/log_tree.h"
#include "note/checkpoint.h"
#include "os/posix_files.h"
#include "record/record.h"
#include "registry/registry.h"
#include "registry/verify_ahead.h"
#include "resource/charter_numbers.h"
#include "resource/keys.h"
#include "resource/values.h"
#include "storage/checkpoint_file.h"
#include "storage/log_store.h"

namespace bench {
namespace {

constexpr unsigned kMembers = 4;
constexpr std::size_t kBatchOrganisations = 25;
constexpr std::size_t kHosts = 256;
constexpr base::Seconds kDay(86'400);

/// A key whose seed is SHA-256 of its label. Not crypto::SecretKey: each of those locks pages of memory, and
/// twenty thousand of them are more than a process may lock.
struct Key {
  explicit Key(std::string_view label) : seed(crypto::sha256(base::as_bytes(label))) {
    CHECK(crypto_sign_seed_keypair(public_key.bytes.data(), secret.data(), seed.bytes.data()) == 0);
  }
  std::string text() const { return resource::serialize_key(public_key); }
  std::string line(std::string_view name, std::string_view body) const {
    const std::uint32_t id = resource::key_id(name, public_key);
    std::array<base::Byte, 4 + crypto_sign_BYTES> bytes{};
    for (std::size_t i = 0; i < 4; ++i) bytes[i] = static_cast<base::Byte>(id >> (24 - 8 * i));
    CHECK(crypto_sign_detached(bytes.data() + 4, nullptr, base::as_bytes(body).data(), body.size(),
                               secret.data()) == 0);
    return "\u2014 " + std::string(name) + " " + codec::serialize_base64(bytes) + "\n";
  }

  base::Hash seed;
  crypto::PublicKey public_key;
  std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret{};
};

std::string number_text(std::size_t number) {
  char text[24];
  std::snprintf(text, sizeof text, "%06zu", number);
  return text;
}
std::string organisation_handle(std::size_t number) {
  return "ORG-" + number_text(number);
}
std::string member_organisation(unsigned index) {
  return "ORG-" + SampleRegistry::member(index).substr(7);
}
std::string host_name(std::size_t number) {
  return "h" + number_text(number % kHosts) + ".nic.";
}
std::string domain_name(std::size_t number) {
  return "d" + number_text(number) + ".";
}

std::string leaf_of(const std::string& body, std::vector<std::string> lines) {
  std::ranges::sort(lines);
  std::string leaf = body + "\n";
  for (const std::string& line : lines) leaf += line;
  return leaf;
}

std::string charter_lines() {
  std::string lines;
  std::string_view text = resource::default_charter();
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n') + 1);
    text.remove_prefix(line.size());
    if (!line.starts_with("charter:") && !line.starts_with("version:")) lines.append("+ ").append(line);
  }
  return lines;
}

std::string sorted_lines(std::vector<std::string> lines) {
  std::ranges::sort(lines);
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

}  // namespace

SampleRegistry::SampleRegistry(std::size_t organisations) : organisations_(organisations) {
  epoch_ = "1 " + codec::serialize_base64(crypto::sha256(base::as_bytes(resource::default_charter())).view());
}

std::string SampleRegistry::member(unsigned index) {
  return std::string("MEMBER-") + static_cast<char>('A' + index);
}
std::string SampleRegistry::domain(std::size_t number) {
  return domain_name(number);
}
note::Signer SampleRegistry::log_key() const {
  return {std::string(kOrigin), note::KeyType::kEd25519,
          crypto::SecretKey::from_seed(Key("log").seed.view())};
}
note::Signer SampleRegistry::cosigner(unsigned index) const {
  return {note::cosigner_name(kOrigin, member(index)), note::KeyType::kCosignature,
          crypto::SecretKey::from_seed(Key(member(index) + "/operator").seed.view())};
}
note::Signer SampleRegistry::operator_key(unsigned index) const {
  return {member(index), note::KeyType::kEd25519,
          crypto::SecretKey::from_seed(Key(member(index) + "/operator").seed.view())};
}

std::string SampleRegistry::genesis() const {
  std::string body =
      "comity/1 genesis " + std::string(kOrigin) + "\ntime: " + codec::serialize_time(kGenesisTime) +
      "\nclock: virtual\nlog-key: " + Key("log").text() + "\n\ncreate charter: registry\n" + charter_lines();
  std::vector<std::pair<std::string, std::string>> signers{{std::string(kOrigin), "log"}};
  for (unsigned i = 0; i < kMembers; ++i) {
    const std::string handle = member(i);
    std::vector<std::string> lines{"+ governance-threshold: 1", "+ organisation: " + member_organisation(i)};
    for (const std::string role : {"governance", "operator", "registrar"}) {
      lines.push_back("+ " + role + ": " + Key(handle + "/" + role).text());
      signers.emplace_back(handle, handle + "/" + role);
    }
    body += "\ncreate member: " + handle + "\n" + sorted_lines(lines);
  }
  for (unsigned i = 0; i < kMembers; ++i) {
    const std::string handle = member_organisation(i);
    body += "\ncreate organisation: " + handle + "\n+ auth: admin " + Key(handle).text() +
            "\n+ org-name: Member " + handle + "\n";
    signers.emplace_back(handle, handle);
  }
  // Sorted by name and key id: the id leads the signature's base64 only nearly, so it is compared itself.
  std::ranges::sort(signers, [](const auto& a, const auto& b) {
    const auto rank = [](const auto& signer) {
      return std::pair(signer.first, resource::key_id(signer.first, Key(signer.second).public_key));
    };
    return rank(a) < rank(b);
  });
  std::string leaf = body + "\n";
  for (const auto& [name, label] : signers) leaf += Key(label).line(name, body);
  return leaf;
}

std::string SampleRegistry::head(std::string_view kind, std::string_view by) const {
  return "comity/1 " + std::string(kind) + " " + std::string(kOrigin) + "\nby: " + std::string(by) +
         "\nepoch: " + epoch_ + "\n";
}

std::string SampleRegistry::upstream() const {
  std::string body = head("proposal", member(0)) +
                     "class: U\nupstream: " + codec::serialize_base64(Key("file").seed.view()) +
                     " 2026010100\nexpires: " + codec::serialize_time(kGenesisTime + kDay) +
                     "\n\ncreate zone: .\n+ expire: 604800\n+ minimum: 86400\n+ mname: " + host_name(0) +
                     "\n+ nserver: " + host_name(0) + "\n+ nserver: " + host_name(1) +
                     "\n+ refresh: 1800\n+ retry: 900\n+ rname: hostmaster.nic.\n+ ttl: apex 518400\n+ ttl: "
                     "delegation 172800\n+ ttl: signed 86400\n\ncreate domain: nic.\n+ holder: UNCLAIMED\n"
                     "+ nserver: " +
                     host_name(0) + "\n+ nserver: " + host_name(1) + "\n+ status: active\n";
  for (std::size_t i = 0; i < kHosts; ++i) {
    body += "\ncreate host: " + host_name(i) + "\n+ address: 192.0.2." + std::to_string(i) + "\n";
  }
  return body;
}

std::string SampleRegistry::batch(std::size_t first, std::size_t end) const {
  std::string body =
      head("proposal", member(0)) + "class: A\nexpires: " + codec::serialize_time(kGenesisTime + kDay) + "\n";
  for (std::size_t i = first; i < end; ++i) {
    const std::string handle = organisation_handle(i);
    body += "\ncreate organisation: " + handle + "\n+ auth: admin " + Key(handle).text() +
            "\n+ org-name: Organisation number " + std::to_string(i) + "\n";
  }
  for (std::size_t i = first; i < end; ++i) {
    // The last name server is the one that changes.
    body += "\ncreate domain: " + domain_name(i) + "\n+ holder: " + organisation_handle(i) + "\n" +
            sorted_lines({"+ nserver: " + host_name(i), "+ nserver: " + host_name(i + 1),
                          "+ nserver: " + host_name(i + 2)}) +
            "+ status: active\n";
  }
  return body;
}

std::vector<std::string> SampleRegistry::with_votes(const std::string& proposal_body,
                                                    const std::string& signer,
                                                    const std::string& vote) const {
  const std::string by = signer.substr(0, signer.find('/'));
  std::vector<std::string> leaves{leaf_of(proposal_body, {Key(signer).line(by, proposal_body)})};
  const base::Hash id_hash = crypto::sha256(base::as_bytes(proposal_body));
  const std::string id = codec::serialize_base64(id_hash.view());
  for (unsigned vote_number = 0; vote_number < kMembers / 2 + 1; ++vote_number) {
    const unsigned i = (id_hash.bytes[0] + vote_number) % kMembers;  // shares out the members' budgets
    const std::string body = head("ballot", member(i)) + "proposal: " + id + "\nvote: " + vote +
                             "\nexpires: " + codec::serialize_time(kGenesisTime + kDay) + "\n";
    const Key key(member(i) + (vote == "attest" ? "/registrar" : "/governance"));
    leaves.push_back(leaf_of(body, {key.line(member(i), body)}));
  }
  return leaves;
}

std::vector<std::vector<std::string>> SampleRegistry::founding() const {
  std::vector<std::vector<std::string>> blocks{with_votes(upstream(), member(0) + "/registrar", "attest")};
  for (std::size_t first = 0; first < organisations_; first += kBatchOrganisations) {
    const std::size_t end = std::min(first + kBatchOrganisations, organisations_);
    const std::string body = batch(first, end);
    const std::string id = codec::serialize_base64(crypto::sha256(base::as_bytes(body)).view());
    std::vector<std::string> leaves = with_votes(body, member(0) + "/governance", "yes");
    for (std::size_t i = first; i < end; ++i) {
      const std::string handle = organisation_handle(i);
      const std::string acceptance = head("acceptance", handle) + "proposal: " + id +
                                     "\nexpires: " + codec::serialize_time(kGenesisTime + kDay) + "\n";
      leaves.push_back(leaf_of(acceptance, {Key(handle).line(handle, acceptance)}));
    }
    blocks.push_back(std::move(leaves));
  }
  return blocks;
}

std::string SampleRegistry::change(std::uint64_t number, base::EpochSeconds expires) const {
  const std::size_t domain = number % organisations_;
  const std::size_t from = domain + 2 + number / organisations_ % (kHosts - 4);
  const std::size_t last = number / organisations_ % (kHosts - 4) == kHosts - 5 ? domain + 2 : from + 1;
  const std::string handle = organisation_handle(domain);
  const std::string body = head("proposal", handle) +
                           "class: H1\nexpires: " + codec::serialize_time(expires) +
                           "\n\nchange domain: " + domain_name(domain) + "\n+ nserver: " + host_name(last) +
                           "\n- nserver: " + host_name(from) + "\n";
  return leaf_of(body, {Key(handle).line(handle, body)});
}

namespace {

/// Applies blocks by the rules and keeps them in a log, without caring for crashes: synced now and then.
class LogWriter {
 public:
  LogWriter(const SampleRegistry& sample, const apps::FolderLayout& layout) : sample_(sample) {
    CHECK(files_.make_folders(layout.log_folder()).has_value());
    auto store =
        storage::LogStore::open(files_, layout.log_folder(), base::TreeSize(0), merkle::empty_log_root());
    CHECK(store.has_value());
    store_ = std::move(*store);
    const std::string genesis = sample.genesis();
    charter::DirectChecker checker;
    std::string block_record;
    registry_.emplace(must(registry::Registry::found(must(record::Record::parse(std::string_view(genesis))),
                                                     checker, block_record)));
    keep({genesis}, block_record);
    write(layout.genesis_file(), genesis);
  }

  void block(const std::vector<std::string>& leaves, base::EpochSeconds time, unsigned threads) {
    registry_->set_threads(threads);
    registry_->begin_block(time);
    std::vector<std::optional<record::Record>> records(leaves.size());
    base::parallel_for(threads, leaves.size(), 64, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        records[i].emplace(must(record::Record::parse(std::string_view(leaves[i]))));
      }
    });
    for (const auto& record : records) {
      if (auto applied = registry_->apply(*record, checker_); !applied) {
        std::fprintf(stderr, "%s\n", applied.error().message().c_str());
        CHECK(false);
      }
    }
    keep(leaves, registry_->end_block());
  }

  void finish(const apps::FolderLayout& layout) {
    CHECK(store_->sync().has_value());
    const note::Checkpoint checkpoint{std::string(kOrigin), store_->size(), store_->root()};
    std::vector<std::string> lines{note::sign_checkpoint(checkpoint, sample_.log_key())};
    for (unsigned i = 0; i < kMembers; ++i) {
      lines.push_back(note::cosign_checkpoint(checkpoint, sample_.cosigner(i), registry_->time()));
    }
    const auto policy = apps::policy_of(registry_->charter(), sample_.log_key().verifier_key());
    write(layout.policy_file(), note::serialize_policy(policy));
    write(layout.clock_file(), codec::serialize_time(registry_->time()) + "\n");
    const apps::FolderSettings settings{std::string(kOrigin), apps::ClockKind::kVirtual,
                                        SampleRegistry::member(0)};
    write(layout.registry_file(), apps::serialize_settings(settings));
    const std::string text = must(note::assemble_checkpoint(checkpoint, lines));
    CHECK(storage::replace_checkpoint(files_, layout.log_folder(), base::as_bytes(text)).has_value());
  }

  std::uint64_t size() const { return store_->size().value(); }

 private:
  static constexpr std::uint64_t kSyncEvery = 65'536;

  template <typename T>
  static T must(base::Result<T> result) {
    if (!result) std::fprintf(stderr, "%s\n", result.error().message().c_str());
    CHECK(result.has_value());
    return std::move(*result);
  }
  void write(const std::string& path, const std::string& text) {
    CHECK(base::replace_file(files_, path, base::as_bytes(text), base::FileMode::kPublic).has_value());
  }
  void keep(const std::vector<std::string>& leaves, const std::string& block_record) {
    std::vector<base::ByteView> views;
    for (const std::string& leaf : leaves) views.push_back(base::as_bytes(leaf));
    views.push_back(base::as_bytes(block_record));
    CHECK(store_->append(views).has_value());
    if (size() - store_->durable_size().value() >= kSyncEvery) CHECK(store_->sync().has_value());
  }

  const SampleRegistry& sample_;
  os::PosixFiles files_;
  registry::TrustingChecker checker_;
  std::unique_ptr<storage::LogStore> store_;
  std::optional<registry::Registry> registry_;
};

}  // namespace

std::uint64_t make_log(const LogOptions& options) {
  os::PosixFiles files;
  const apps::FolderLayout layout{options.folder};
  if (files.exists(layout.log_folder() + "/checkpoint").value_or(false)) return 0;
  const SampleRegistry sample(options.organisations);
  LogWriter writer(sample, layout);
  for (const auto& leaves : sample.founding()) writer.block(leaves, kGenesisTime, options.threads);

  const std::uint64_t blocks =
      options.leaves > writer.size() ? (options.leaves - writer.size()) / (options.block_records + 1) + 1 : 0;
  const base::Seconds step(options.days * kDay.value() / std::max<std::uint64_t>(blocks, 1));
  std::vector<std::string> leaves(options.block_records);
  base::EpochSeconds time = kGenesisTime + kDay;
  for (std::uint64_t block = 0; block < blocks; ++block, time = time + step) {
    const base::EpochSeconds expires = time + base::Seconds(options.expires_days * kDay.value());
    base::parallel_for(options.threads, leaves.size(), 16, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        leaves[i] = sample.change(block * options.block_records + i, expires);
      }
    });
    writer.block(leaves, time, options.threads);
    if (block % 256 == 0)
      std::fprintf(stderr, "\r%llu leaves", static_cast<unsigned long long>(writer.size()));
  }
  writer.finish(layout);
  std::fprintf(stderr, "\r%llu leaves in %s\n", static_cast<unsigned long long>(writer.size()),
               options.folder.c_str());
  return blocks * options.block_records;
}

}  // namespace bench
