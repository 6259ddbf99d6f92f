// comity succeed draft, sign, seal: members of a lost registry go on in a new log, each from its own copy of the
// old one and with its own keys. Whoever has signed cosigns the old log no more.
#include <algorithm>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "apps/key_files.h"
#include "apps/policies.h"
#include "apps/record_maker.h"
#include "apps/submitting.h"
#include "apps/succession.h"
#include "apps/verbs.h"
#include "base/limits.h"
#include "codec/base64.h"
#include "codec/time_text.h"
#include "os/posix_files.h"
#include "os/system_clock.h"
#include "os/system_random.h"
#include "record/builder.h"
#include "record/draft.h"
#include "record/kind_table.h"
#include "resource/keys.h"
#include "resource/values.h"
#include "storage/cosign_memory.h"
#include "storage/succession_memory.h"

namespace apps {
namespace {

using base::Result;
using nlohmann::ordered_json;
using note::Signer;
using record::FoundingKey;
using record::Record;

inline constexpr base::ErrorKind kBadSucceed{"bad-succeed", base::Category::kInvalid,
                                             "comity succeed --help"};

Result<void> write_text(base::Files& files, const std::string& path, std::string_view text) {
  return base::replace_file(files, path, base::as_bytes(text), base::FileMode::kPublic);
}

Result<crypto::PublicKey> log_key_in(base::Files& files, const std::string& folder,
                                     const std::string& origin) {
  const std::string path = folder + "/log.log.key";
  ASSIGN_OR_RETURN(const bool exists, files.exists(path));
  if (exists) {
    ASSIGN_OR_RETURN(const Signer signer, load_key(files, path));
    if (signer.name() != origin)
      return base::fail(kBadSucceed, path + " is the key of " + signer.name() + "; name another folder");
    return signer.verifier_key().key;
  }
  os::SystemRandom random;
  const Signer signer = Signer::generate(origin, note::KeyType::kEd25519, random);
  TRY(files.make_folders(folder));
  TRY(store_key(files, path, signer));
  return signer.verifier_key().key;
}

// "MEMBER-A=KEY".
Result<std::string> operator_paragraph(const Predecessor& old, const std::string& wish) {
  const auto equals = wish.find('=');
  const std::string handle = wish.substr(0, equals);
  crypto::PublicKey key;
  if (equals == std::string::npos || !resource::read_key(wish.substr(equals + 1), key))
    return base::fail(kBadSucceed, "--operator \"" + wish + "\": MEMBER-...=KEY is expected");
  const resource::Object* object = old.state().find({resource::ObjectClass::kMember, handle});
  if (object == nullptr || object->is_tombstone())
    return base::fail(kBadSucceed, "--operator: " + handle + " is no member");
  return "change member: " + handle + "\n- operator: " + std::string(object->value("operator")) +
         "\n+ operator: " + resource::serialize_key(key) + "\n";
}

Result<SuccessorWish> wish_of(base::Files& files, const Predecessor& old,
                              const SucceedDraftOptions& options) {
  if (!record::is_origin(options.origin))
    return base::fail(kBadSucceed, "--origin \"" + options.origin + "\": 1 to 255 of a-z 0-9 . / _ -");
  SuccessorWish wish{options.origin, old.state().time(), {}, options.by_hand, {}};
  if (!options.time.empty()) {
    ASSIGN_OR_RETURN(wish.time, codec::parse_time(options.time));
  } else if (old.reading.folder().settings.clock == ClockKind::kReal) {
    wish.time = std::max(wish.time, os::SystemClock().now());
  }
  for (const std::string& member : options.without)
    wish.paragraphs.push_back("delete member: " + member + "\n");
  for (const std::string& one : options.operators) {
    ASSIGN_OR_RETURN(std::string paragraph, operator_paragraph(old, one));
    wish.paragraphs.push_back(std::move(paragraph));
  }
  ASSIGN_OR_RETURN(wish.log_key, log_key_in(files, options.keys, options.origin));
  return wish;
}

std::string remarks_of(const Predecessor& old, std::string_view body, bool by_hand) {
  const std::size_t n = old.state().cosigners().size();
  std::string text = "The genesis of a successor of " + old.state().origin() + " at " +
                     std::to_string(old.reading.checkpoint().size.value()) +
                     " leaves. Compare its id with the others, by voice: it is\n" +
                     codec::serialize_base64(record::record_id(body).view()) + "\n\n";
  text += by_hand ? "All members that go on sign. Clients do not follow by themselves.\n"
                  : std::to_string(n - (n - 1) / 3) + " of the " + std::to_string(n) + " members sign.\n";
  return text +
         "Whoever signs cosigns the old log no more.\n\nThen: comity succeed sign THIS-FILE YOUR-COPY --keys "
         "YOUR-FOLDER -o SIGNED\n";
}

struct Signing {
  std::vector<Signer> signers;
  std::vector<std::string> signed_as;
  std::vector<std::string> promises;  ///< files
};

Result<void> match_keys(const base::Files& files, const std::string& folder,
                        const std::vector<FoundingKey>& named, Signing& signing) {
  ASSIGN_OR_RETURN(const std::vector<KeyFile> key_files, list_keys(files, folder));
  for (const KeyFile& file : key_files) {
    ASSIGN_OR_RETURN(Signer signer, load_key(files, file.path));
    const auto key = std::ranges::find_if(named, [&](const FoundingKey& one) {
      return one.key == signer.verifier_key().key && one.name == signer.name();
    });
    if (key == named.end()) continue;
    if (key->role == "governance") signing.promises.push_back(folder + "/" + key->name + ".succeeded");
    signing.signed_as.push_back(key->name + " " + key->role);
    signing.signers.push_back(std::move(signer));
  }
  return {};
}

// Before anything is signed, and in all places or none that says otherwise.
Result<void> promise(base::Files& files, const std::vector<std::string>& paths, const Predecessor& old,
                     const Record& genesis) {
  const storage::Succeeded one{old.state().origin(), std::string(genesis.origin()), genesis.id()};
  std::vector<storage::SuccessionMemory> memories;
  for (const std::string& path : paths) {
    ASSIGN_OR_RETURN(storage::SuccessionMemory memory, storage::SuccessionMemory::open(files, path));
    TRY(memory.check(one));
    memories.push_back(std::move(memory));
  }
  for (storage::SuccessionMemory& memory : memories) TRY(memory.store(one));
  return {};
}

// A block that this member cosigned may count where nobody here saw it.
Result<void> check_memory(base::Files& files, const Predecessor& old, bool abandon) {
  const RegistryFolder& folder = old.reading.folder();
  ASSIGN_OR_RETURN(
      const storage::CosignMemory memory,
      storage::CosignMemory::open(files, folder.own_folder() + "/cosigned", folder.settings.origin));
  const std::uint64_t counted = old.reading.checkpoint().size.value();
  if (abandon || !memory.last() || memory.last()->size.value() <= counted) return {};
  return base::fail(kCosignedMore, "this member cosigned " + std::to_string(memory.last()->size.value()) +
                                       " leaves, the draft goes on from " + std::to_string(counted) +
                                       ": a receipt of the rest may exist; --abandon gives it up");
}

Result<std::vector<PartlySigned>> read_copies(const base::Files& files,
                                              const std::vector<std::string>& paths) {
  std::vector<PartlySigned> copies;
  for (const std::string& path : paths) {
    ASSIGN_OR_RETURN(const std::string text, read_input(files, path));
    ASSIGN_OR_RETURN(PartlySigned copy, read_partly_signed(path, text));
    copies.push_back(std::move(copy));
  }
  return copies;
}

}  // namespace

Result<Answer> run_succeed_draft(const SucceedDraftOptions& options, Console& console) {
  os::PosixFiles files;
  ASSIGN_OR_RETURN(const Predecessor old, Predecessor::open(files, options.dir));
  ASSIGN_OR_RETURN(const SuccessorWish wish, wish_of(files, old, options));
  ASSIGN_OR_RETURN(const std::string body, successor_body(old, wish));
  const std::string draft = record::serialize_draft(body, remarks_of(old, body, wish.by_hand));
  if (options.output.empty() || options.output == "-") {
    console.out(draft);
    return Answer::kYes;
  }
  TRY(write_text(files, options.output, draft));
  const std::string id = codec::serialize_base64(record::record_id(body).view());
  if (console.json()) {
    console.line(ordered_json{{"id", id}, {"file", options.output}}.dump(2));
    return Answer::kYes;
  }
  console.line("Drafted the successor " + options.origin + " of " + old.state().origin() + " in " +
               options.output + ": id " + id);
  return Answer::kYes;
}

Result<Answer> run_succeed_sign(const SucceedSignOptions& options, Console& console) {
  os::PosixFiles files;
  ASSIGN_OR_RETURN(const std::string text, read_input(files, options.draft));
  ASSIGN_OR_RETURN(PartlySigned copy, read_partly_signed(options.draft, text));
  ASSIGN_OR_RETURN(const Predecessor old, Predecessor::open(files, options.dir));
  const FolderLayout& layout = old.reading.folder().layout;
  ASSIGN_OR_RETURN(const auto lock, files.lock(layout.lock_file()));  // nothing cosigns meanwhile
  TRY(check_successor_body(old, copy.body));
  TRY(check_memory(files, old, options.abandon));
  ASSIGN_OR_RETURN(const Record genesis, parse_unsigned(copy.body));
  Signing signing;
  for (const std::string& folder : options.keys)
    TRY(match_keys(files, folder, successor_keys(old, genesis), signing));
  if (signing.signers.empty())
    return base::fail(kNoKeys, "none of the keys may sign this genesis; nothing was signed");
  if (!signing.promises.empty()) signing.promises.push_back(layout.succeeded_file());
  TRY(promise(files, signing.promises, old, genesis));
  for (const Signer& signer : signing.signers) copy.lines.push_back(record::sign_line(copy.body, signer));
  std::ranges::sort(copy.lines);
  copy.lines.erase(std::ranges::unique(copy.lines).begin(), copy.lines.end());
  ASSIGN_OR_RETURN(const std::string leaf, record::assemble(copy.body, copy.lines));
  if (options.output.empty() || options.output == "-") {
    console.out(leaf);
    return Answer::kYes;
  }
  TRY(write_text(files, options.output, leaf));
  const std::string id = codec::serialize_base64(genesis.id().view());
  if (console.json()) {
    console.line(ordered_json{{"id", id}, {"signed", signing.signed_as}}.dump(2));
    return Answer::kYes;
  }
  console.line("Signed " + id + " with " + std::to_string(signing.signers.size()) +
               " keys. Compare this id by voice. " + options.dir + " cosigns the old log no more.");
  return Answer::kYes;
}

Result<Answer> run_succeed_seal(const SucceedSealOptions& options, Console& console) {
  os::PosixFiles files;
  ASSIGN_OR_RETURN(const Predecessor old, Predecessor::open(files, options.dir));
  ASSIGN_OR_RETURN(const std::vector<PartlySigned> copies, read_copies(files, options.copies));
  ASSIGN_OR_RETURN(const std::string leaf, seal_successor(old, copies));
  ASSIGN_OR_RETURN(const Record genesis, Record::parse(std::string_view(leaf)));
  const bool by_hand = genesis.value("consent") == "left";
  if (by_hand != options.step.empty())
    return base::fail(kBadSucceed, by_hand ? "founded by hand: there is no step for clients, leave --step out"
                                           : "--step FILE is where the step for clients goes");
  if (!by_hand) {
    ASSIGN_OR_RETURN(const std::string step, make_successor_step(old, leaf));
    TRY(write_text(files, options.step, step));
  }
  TRY(write_text(files, options.output, leaf));
  const std::string id = codec::serialize_base64(genesis.id().view());
  if (console.json()) {
    console.line(ordered_json{{"id", id}, {"file", options.output}, {"by_hand", by_hand}}.dump(2));
    return Answer::kYes;
  }
  console.line("Sealed the successor " + std::string(genesis.origin()) + ": id " + id);
  console.line(by_hand
                   ? "Fewer members than count founded it: clients take its policy from a member they trust."
                   : "Clients go on by " + options.step + ", which its hub serves.");
  return Answer::kYes;
}

}  // namespace apps
