// The verbs of `comity`: what each takes, and the function that does it. The command line (command_line.cpp)
// fills the options; verbs know no flags. Each returns its answer, or the error that kept it from answering.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "apps/console.h"
#include "base/files.h"
#include "base/result.h"

namespace apps {

struct InitOptions {
  std::string dir;
  unsigned members = 4;
  std::string origin = "registry.example/root";
  std::string clock = "virtual";
  std::string time;  ///< of the genesis; empty: now
};
base::Result<Answer> run_init(const InitOptions& options, Console& console);

/// Founding with members who live apart (docs/operations/founding.md).
struct FoundMemberOptions {
  std::string handle;
  std::string origin;
  std::string organisation;
  std::string org_name;
  std::string country;  ///< two letters, or empty
  std::string url;      ///< of the member, or empty
  std::string keys;     ///< folder that gets the secret keys and the sheet
  unsigned governance = 1;
  unsigned governance_threshold = 1;
  bool log = false;  ///< this member will run the hub: make the log's key too
};
base::Result<Answer> run_found_member(const FoundMemberOptions& options, Console& console);

struct FoundDraftOptions {
  std::vector<std::string> sheets;
  std::vector<std::string> numbers;  ///< lines of the charter in place of the default ones
  std::string time;
  std::string clock = "real";
  std::string output;
};
base::Result<Answer> run_found_draft(const FoundDraftOptions& options, Console& console);

struct FoundSignOptions {
  std::string draft;
  std::vector<std::string> keys;  ///< folders with secret keys and, if they have one, the member's sheet
  std::string output;
};
base::Result<Answer> run_found_sign(const FoundSignOptions& options, Console& console);

struct FoundSealOptions {
  std::vector<std::string> copies;
  std::string output;
};
base::Result<Answer> run_found_seal(const FoundSealOptions& options, Console& console);

struct FoundOpenOptions {
  std::string dir;
  std::string genesis;
  std::vector<std::string> keys;  ///< folders; none for a mirror
  std::string self;               ///< empty: whose operator key lies in `keys`
  std::string hub;                ///< empty: this folder is the hub's
  std::string sequencer;          ///< who runs the hub; empty: this member, or unknown where there is a hub
};
base::Result<Answer> run_found_open(const FoundOpenOptions& options, Console& console);
/// The same with the genesis at hand, and the carry records that follow that of a successor; options.genesis is
/// what errors call it.
base::Result<void> open_founded_folder(base::Files& files, const FoundOpenOptions& options,
                                       const std::string& genesis_leaf, Console& console,
                                       std::span<const std::string> carried = {});

/// Going on in a new log (docs/operations/successor.md).
struct SucceedDraftOptions {
  std::string dir;  ///< of the predecessor: a member's folder or a mirror
  std::string origin;
  std::string keys;  ///< folder with log.log.key, which is made there if it is missing
  std::vector<std::string> without;
  std::vector<std::string> operators;  ///< "MEMBER-A=KEY"
  bool by_hand = false;
  std::string time;
  std::string output;
};
base::Result<Answer> run_succeed_draft(const SucceedDraftOptions& options, Console& console);

struct SucceedSignOptions {
  std::string draft;
  std::string dir;
  std::vector<std::string> keys;
  bool abandon = false;  ///< give up a block that this replica cosigned and nobody saw count
  std::string output;
};
base::Result<Answer> run_succeed_sign(const SucceedSignOptions& options, Console& console);

struct SucceedSealOptions {
  std::string dir;
  std::vector<std::string> copies;
  std::string output;
  std::string step;
};
base::Result<Answer> run_succeed_seal(const SucceedSealOptions& options, Console& console);

struct SucceedOpenOptions {
  FoundOpenOptions open;
  std::string from;
  std::string step;
};
base::Result<Answer> run_succeed_open(const SucceedOpenOptions& options, Console& console);

struct SucceedLearnOptions {
  std::string dir;                 ///< of the log that ended
  std::vector<std::string> steps;  ///< files, or the URL of whoever serves them
};
base::Result<Answer> run_succeed_learn(const SucceedLearnOptions& options, Console& console);

/// How a registry is reached and who signs, besides DIR: a folder, or the URL of a server.
struct AccessOptions {
  std::string policy;                  ///< for a URL: judge by this file instead of the policy first seen
  std::string keys;                    ///< folder of secret keys, instead of DIR's
  std::vector<std::string> key_files;  ///< single keys besides
};

/// member join, leave, rotate, recover: guided forms of a proposal (docs/operations/joining.md and its kin).
struct MemberOptions {
  std::string dir;
  AccessOptions access;
  std::string member;
  std::string by;                                      ///< who proposes; empty: the member itself
  std::string sheet;                                   ///< join
  std::string role = "operator";                       ///< rotate
  std::string new_key;                                 ///< rotate: secret key file
  std::string old_key;                                 ///< rotate: public value of the key that goes
  std::vector<std::string> governance;                 ///< recover: public values
  std::string threshold, operator_key, registrar_key;  ///< recover
  std::string expires_in = "7d";
};
base::Result<Answer> run_member_join(const MemberOptions& options, Console& console);
base::Result<Answer> run_member_leave(const MemberOptions& options, Console& console);
base::Result<Answer> run_member_rotate(const MemberOptions& options, Console& console);
base::Result<Answer> run_member_recover(const MemberOptions& options, Console& console);

/// A witness of transparency logs: a folder and a process of its own (docs/operations/witness.md).
struct WitnessOptions {
  std::string dir;
  std::string name;               ///< init: of its key
  std::vector<std::string> keys;  ///< add: verifier keys of logs
  std::string policy;             ///< add: a tlog-policy file, for its logs
  std::vector<std::string> listen{"127.0.0.1:8490"};
};
base::Result<Answer> run_witness_init(const WitnessOptions& options, Console& console);
base::Result<Answer> run_witness_add(const WitnessOptions& options, Console& console);
base::Result<Answer> run_witness_show(const WitnessOptions& options, Console& console);
base::Result<Answer> run_witness_serve(const WitnessOptions& options, Console& console);

/// Keys that no member holds (docs/formats/ceremonies.md).
struct CeremonyOptions {
  std::string dir;
  AccessOptions access;
  std::string order;     ///< open: generate, reshare, roll
  std::string what;      ///< open: a use, or for reshare a key
  std::string by;        ///< the member
  std::string ceremony;  ///< announce: how the id begins; empty: all that wait
  std::string home;      ///< folder of the member's machine, for secrets; empty: dir
  std::string key;       ///< recover: file of the encryption key
  std::string output;    ///< announce: unsigned, into this file
  std::string expires_in = "7d";
};
base::Result<Answer> run_ceremony_open(const CeremonyOptions& options, Console& console);
base::Result<Answer> run_ceremony_announce(const CeremonyOptions& options, Console& console);
base::Result<Answer> run_ceremony_status(const CeremonyOptions& options, Console& console);
base::Result<Answer> run_ceremony_recover(const CeremonyOptions& options, Console& console);

struct ImportOptions {
  std::string dir;
  AccessOptions access;
  std::string file;
  std::string apex = ".";
  bool dry_run = false;
};
base::Result<Answer> run_import_root_zone(const ImportOptions& options, Console& console);

struct KeyOptions {
  std::string name;  ///< handle
  std::string role;  ///< admin, dns, governance, ...
  std::string file;  ///< where the key goes, or what to show
  std::string dir;   ///< registry folder: the key goes to its keys/
};
base::Result<Answer> run_key_new(const KeyOptions& options, Console& console);
base::Result<Answer> run_key_show(const KeyOptions& options, Console& console);

/// How `draft` and `propose` are told what shall change.
struct ChangeOptions {
  std::string dir;
  AccessOptions access;
  std::string object_class;
  std::string key;
  std::string by;
  std::string change_class;                   ///< empty: the one that fits
  std::string action = "change";              ///< create, change, delete
  std::vector<std::string> add, remove, set;  ///< "attribute=value"
  std::string subject;
  std::string founding;  ///< register whose founding period this asks to close
  std::string publish;   ///< apex of a zone that is held
  std::string reason;    ///< text of the annex
  bool override_checks = false;
  std::string expires_in = "7d";
  std::string output;      ///< "" or "-": standard output
  bool batch = false;      ///< read further change paragraphs from `paragraphs`
  std::string paragraphs;  ///< file with change paragraphs
};
base::Result<Answer> run_draft(const ChangeOptions& options, Console& console);
base::Result<Answer> run_propose(const ChangeOptions& options, Console& console);

struct SignOptions {
  std::string file;
  std::string dir;              ///< registry whose keys/ to sign with
  std::vector<std::string> as;  ///< HANDLE or HANDLE.ROLE: keys from the folder
  std::vector<std::string> key_files;
  std::string output;
};
base::Result<Answer> run_sign(const SignOptions& options, Console& console);

struct SubmitOptions {
  std::string dir;
  AccessOptions access;
  std::vector<std::string> files;
};
base::Result<Answer> run_submit(const SubmitOptions& options, Console& console);

/// vote, accept, object, withdraw, cancel: a record that answers a proposal.
struct AnswerOptions {
  std::string dir;
  AccessOptions access;
  std::string proposal;         ///< id, or an unambiguous beginning of it
  std::string vote;             ///< vote only
  std::vector<std::string> by;  ///< one record each
  std::string reason;
  std::string object_class, key;  ///< dispute: object without a proposal
  std::string with;               ///< dispute: the member that signs with the claimant
  std::string expires_in = "7d";
};
base::Result<Answer> run_vote(const AnswerOptions& options, Console& console);
base::Result<Answer> run_accept(const AnswerOptions& options, Console& console);
base::Result<Answer> run_object(const AnswerOptions& options, Console& console);
base::Result<Answer> run_withdraw(const AnswerOptions& options, Console& console);
base::Result<Answer> run_cancel(const AnswerOptions& options, Console& console);

/// A member says that what a draft or record asks for answers on the wire.
struct CheckOptions {
  std::string dir;
  AccessOptions access;
  std::string file;             ///< draft or record with the change
  std::vector<std::string> by;  ///< members, one record each and object
  std::string expires_in = "7d";
};
base::Result<Answer> run_check(const CheckOptions& options, Console& console);

struct RedactOptions {
  std::string dir;
  AccessOptions access;
  std::string commitment;
  std::string by;  ///< the charter's controller
  std::string expires_in = "7d";
};
base::Result<Answer> run_redact(const RedactOptions& options, Console& console);

struct ReadOptions {
  std::string dir;
  AccessOptions access;  ///< fsck of a folder: `policy` judges its checkpoint instead of the folder's own
  std::string object_class;
  std::string key;
  std::string at;   ///< tree size, or a time
  std::string at2;  ///< diff: the later point
  std::string output;
  bool trust_checkpoint =
      false;             ///< fsck: take signatures and intermediate roots from the counted checkpoint
  bool full = false;     ///< log: print whole records
  unsigned threads = 0;  ///< 0: all cores
};
base::Result<Answer> run_show(const ReadOptions& options, Console& console);
base::Result<Answer> run_log(const ReadOptions& options, Console& console);
base::Result<Answer> run_diff(const ReadOptions& options, Console& console);
base::Result<Answer> run_pending(const ReadOptions& options, Console& console);
base::Result<Answer> run_prove(const ReadOptions& options, Console& console);
base::Result<Answer> run_fsck(const ReadOptions& options, Console& console);
base::Result<Answer> run_status(const ReadOptions& options, Console& console);
/// Of a URL: prints blocks as they come, until interrupted.
base::Result<Answer> run_watch(const ReadOptions& options, Console& console);

/// zone, zone verify, zone watch.
struct ZoneOptions {
  std::string dir;  ///< verify: empty if nothing but the file is judged
  AccessOptions access;
  std::string apex = ".";
  std::string at;                  ///< tree size, or a time
  bool is_signed = false;          ///< the published zone, not the one that the objects give
  bool is_held = false;            ///< the one that waits for a ballot
  std::string anchor;              ///< "key" or "ds": trust anchors in place of the zone
  bool is_receipt = false;         ///< the receipt of the block that published it, in its place
  std::string output;              ///< watch: a folder
  std::string file;                ///< verify: the zone
  std::string receipt;             ///< verify: of the block that published it, judged by access.policy
  std::vector<std::string> steps;  ///< policy steps to walk first
  std::string max_age;             ///< of the receipt; empty: any age
  std::string every = "5s";        ///< watch
  std::uint64_t count = 0;         ///< watch: ends after so many zones; 0: never
};
base::Result<Answer> run_zone(const ZoneOptions& options, Console& console);
base::Result<Answer> run_zone_verify(const ZoneOptions& options, Console& console);
base::Result<Answer> run_zone_watch(const ZoneOptions& options, Console& console);

struct VerifyOptions {
  std::string policy;
  std::vector<std::string> receipts;
  std::string max_age;             ///< duration; empty: any age
  std::vector<std::string> steps;  ///< policy steps to walk first
  std::string log;                 ///< folder whose log evidence is replayed on; empty: none
};
base::Result<Answer> run_verify(const VerifyOptions& options, Console& console);

struct ResumeOptions {
  std::string dir;
};
base::Result<Answer> run_resume(const ResumeOptions& options, Console& console);

struct AdvanceOptions {
  std::string dir;
  std::string duration;
};
base::Result<Answer> run_advance(const AdvanceOptions& options, Console& console);

struct ServeOptions {
  std::string dir;
  std::vector<std::string> listen;  ///< in place of the configuration's
};
base::Result<Answer> run_serve(const ServeOptions& options, Console& console);

struct FollowOptions {
  std::string hub;     ///< URL, or the folder of one that follows already
  std::string policy;  ///< file; what the folder believes at first
  std::string dir;
  std::vector<std::string> keys;  ///< folders; none for a mirror
  std::vector<std::string> listen;
};
base::Result<Answer> run_follow(const FollowOptions& options, Console& console);

struct ConfigOptions {
  std::string path;  ///< a registry's folder, or a configuration file
};
base::Result<Answer> run_config_check(const ConfigOptions& options, Console& console);

}  // namespace apps
