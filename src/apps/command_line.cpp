#include "apps/command_line.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "apps/command_parts.h"
#include "apps/completion.h"
#include "apps/console.h"
#include "apps/man_page.h"
#include "apps/verbs.h"
#include "crypto/ed25519.h"
#include "resource/seats.h"

namespace apps {
namespace {

constexpr const char* kVersion = COMITY_VERSION;

void add_registry_verbs(CommandLine& line) {
  auto init = std::make_shared<InitOptions>();
  CLI::App* verb = add_verb(line, line.app, "init", "found a registry whose members all live in one folder",
                            init, run_init, "  comity init reg --members 4 --origin registry.example/root");
  add_dir(verb, init->dir);
  verb->add_option("--members", init->members,
                   "number of members, 3 to " + std::to_string(resource::kMembersMax))
      ->capture_default_str();
  verb->add_option("--origin", init->origin, "name of the log: a host and path, without a scheme")
      ->capture_default_str();
  verb->add_option("--clock", init->clock, "virtual: time moves by `advance` only; real: the system's")
      ->check(CLI::IsMember({"virtual", "real"}))
      ->capture_default_str();
  verb->add_option("--time", init->time, "time of the founding, YYYY-MM-DDTHH:MM:SSZ; default: now");

  CLI::App* const import = line.app.add_subcommand("import", "take over records from elsewhere");
  import->require_subcommand(1);
  import->fallthrough();
  auto root_zone = std::make_shared<ImportOptions>();
  verb = add_verb(line, *import, "root-zone",
                  "propose what a newer zone file says (class U) and cast the members' votes", root_zone,
                  run_import_root_zone,
                  "  comity import root-zone reg root.zone\n  comity import root-zone reg example.zone "
                  "--apex example. --dry-run");
  add_desk(verb, root_zone->dir, root_zone->access);
  verb->add_option("FILE", root_zone->file, "zone file, RFC 1035; packed with zstd or not")->required();
  verb->add_option("--apex", root_zone->apex, "name at the top of the zone")->capture_default_str();
  verb->add_flag("--dry-run", root_zone->dry_run, "only print the differences");

  auto advance = std::make_shared<AdvanceOptions>();
  verb = add_verb(line, line.app, "advance", "let virtual time pass", advance, run_advance,
                  "  comity advance reg 3d\n  comity advance reg 36h");
  add_dir(verb, advance->dir);
  verb->add_option("DURATION", advance->duration, "number and d, h, m or s")->required();

  auto status = std::make_shared<ReadOptions>();
  verb = add_verb(line, line.app, "status", "where the registry stands: members, block, checkpoint, replicas",
                  status, run_status, "  comity status reg\n  comity status https://hub.example --json");
  add_place(verb, status->dir, status->access);
}

// A registry whose members live apart: each of these is run at one member's home.
void add_found_member_verb(CommandLine& line, CLI::App& found) {
  auto member = std::make_shared<FoundMemberOptions>();
  CLI::App* const verb =
      add_verb(line, found, "member", "make a founding member's secret keys and its public sheet", member,
               run_found_member,
               "  comity found member MEMBER-A --origin registry.example/root --organisation ORG-A \\\n"
               "    --org-name 'A Ltd' --keys home --log        (--log: this member will run the hub)");
  verb->add_option("HANDLE", member->handle, "MEMBER-...")->required();
  verb->add_option("--origin", member->origin, "name of the log that is being founded")->required();
  verb->add_option("--organisation", member->organisation, "ORG-...: the member's organisation")->required();
  verb->add_option("--org-name", member->org_name, "its legal name")->required();
  verb->add_option("--keys", member->keys, "folder that gets the secret keys and HANDLE.sheet")->required();
  verb->add_option("--country", member->country, "its country, two letters");
  verb->add_option("--url", member->url, "where the member can be found");
  verb->add_option("--governance", member->governance, "number of governance keys")->capture_default_str();
  verb->add_option("--governance-threshold", member->governance_threshold, "how many of them must sign")
      ->capture_default_str();
  verb->add_flag("--log", member->log, "this member will run the hub: make the log's key too");
}

void add_found_open_verb(CommandLine& line, CLI::App& found) {
  auto open = std::make_shared<FoundOpenOptions>();
  CLI::App* const verb = add_verb(
      line, found, "open", "make the folder of one machine: the hub, a member, or a mirror", open,
      run_found_open,
      "  comity found open hub --genesis genesis --keys home\n"
      "  comity found open b --genesis genesis --keys home --hub https://hub.example --sequencer MEMBER-A\n"
      "  comity found open mirror --genesis genesis --hub https://hub.example --sequencer MEMBER-A");
  add_dir(verb, open->dir);
  verb->add_option("--genesis", open->genesis, "the sealed genesis")->required();
  add_repeated(verb, "--keys", open->keys,
               "folder with the member's keys; none for a mirror; may be repeated");
  verb->add_option("--self", open->self, "whose folder it is; default: whose operator key is at hand");
  verb->add_option("--hub", open->hub, "address of the hub to follow; none for the hub itself");
  verb->add_option("--sequencer", open->sequencer, "the member that runs the hub");
}

void add_found_verbs(CommandLine& line) {
  CLI::App* const found = line.app.add_subcommand("found", "found a registry whose members live apart");
  found->require_subcommand(1);
  found->fallthrough();
  add_found_member_verb(line, *found);
  auto draft = std::make_shared<FoundDraftOptions>();
  CLI::App* verb =
      add_verb(line, *found, "draft", "make the genesis that all sheets ask for, still unsigned", draft,
               run_found_draft, "  comity found draft a.sheet b.sheet c.sheet d.sheet -o genesis.draft");
  verb->add_option("SHEET", draft->sheets, "the members' sheets")->required();
  add_repeated(verb, "--number", draft->numbers,
               "a line of the charter in place of the default one, as \"lock: A 2d\"; may be repeated");
  verb->add_option("--time", draft->time, "time of the founding, YYYY-MM-DDTHH:MM:SSZ; default: now");
  verb->add_option("--clock", draft->clock, "real: the system's; virtual: for trials")
      ->check(CLI::IsMember({"virtual", "real"}))
      ->capture_default_str();
  verb->add_option("-o,--output", draft->output, "file to write; default: standard output");

  auto sign = std::make_shared<FoundSignOptions>();
  verb = add_verb(line, *found, "sign", "sign a drafted genesis with the keys at home", sign, run_found_sign,
                  "  comity found sign genesis.draft --keys home -o a.signed");
  verb->add_option("FILE", sign->draft, "draft, or a copy that others signed already")->required();
  add_repeated(verb, "--keys", sign->keys, "folder with the member's keys; may be repeated");
  verb->get_option("--keys")->required();
  verb->add_option("-o,--output", sign->output, "file to write; default: standard output");

  auto seal = std::make_shared<FoundSealOptions>();
  verb = add_verb(line, *found, "seal", "check all signed copies and write the genesis", seal, run_found_seal,
                  "  comity found seal a.signed b.signed c.signed d.signed -o genesis");
  verb->add_option("FILE", seal->copies, "signed copies")->required();
  verb->add_option("-o,--output", seal->output, "file to write; default: standard output");
  add_found_open_verb(line, *found);
}

void add_succeed_open_verb(CommandLine& line, CLI::App& succeed) {
  auto open = std::make_shared<SucceedOpenOptions>();
  CLI::App* const verb = add_verb(
      line, succeed, "open", "make the folder of one machine in the successor", open, run_succeed_open,
      "  comity succeed open hub --genesis genesis --from b --step 2.step --keys b/keys --keys new\n"
      "  comity succeed open c2 --genesis genesis --from c --step 2.step --keys c/keys --hub "
      "https://new.example");
  add_dir(verb, open->open.dir);
  verb->add_option("--genesis", open->open.genesis, "what `comity succeed seal` wrote")->required();
  verb->add_option("--from", open->from, "folder of the predecessor, whose state is carried over")
      ->required();
  verb->add_option("--step", open->step, "the step for clients, to be served; none if founded by hand");
  add_repeated(verb, "--keys", open->open.keys, "folder with the operator key, and the new log's on the hub");
  verb->add_option("--self", open->open.self, "whose folder it is; default: whose operator key is at hand");
  verb->add_option("--hub", open->open.hub, "address of the hub to follow; none for the hub itself");
  verb->add_option("--sequencer", open->open.sequencer, "the member that runs the hub");
}

void add_succeed_verbs(CommandLine& line) {
  CLI::App* const succeed =
      line.app.add_subcommand("succeed", "go on in a new log where the old one is lost");
  succeed->require_subcommand(1);
  succeed->fallthrough();
  auto draft = std::make_shared<SucceedDraftOptions>();
  CLI::App* verb = add_verb(
      line, *succeed, "draft", "draft the genesis of a successor of the last counted checkpoint", draft,
      run_succeed_draft,
      "  comity succeed draft b --origin new.example/root --keys new --without MEMBER-A -o successor.draft");
  add_dir(verb, draft->dir);
  verb->add_option("--origin", draft->origin, "name of the new log")->required();
  verb->add_option("--keys", draft->keys, "folder with the new log's key; it is made there if there is none")
      ->required();
  add_repeated(verb, "--without", draft->without, "a member that is gone for good; may be repeated");
  add_repeated(verb, "--operator", draft->operators,
               "MEMBER-...=KEY: its new operator key, where the old one is lost; may be repeated");
  verb->add_flag(
      "--by-hand", draft->by_hand,
      "fewer than count are left: those that go on all sign, and clients do not follow by themselves");
  verb->add_option("--time", draft->time,
                   "time of the founding; default: now, or the last block's if virtual");
  verb->add_option("-o,--output", draft->output, "file to write; default: standard output");

  auto sign = std::make_shared<SucceedSignOptions>();
  verb = add_verb(line, *succeed, "sign", "sign a successor's draft, and the old log no more", sign,
                  run_succeed_sign, "  comity succeed sign successor.draft b --keys home-b -o b.signed");
  verb->add_option("FILE", sign->draft, "draft, or a copy that others signed already")->required();
  add_dir(verb, sign->dir);
  add_repeated(verb, "--keys", sign->keys, "folder with governance keys or the new log's; may be repeated");
  verb->get_option("--keys")->required();
  verb->add_flag("--abandon", sign->abandon,
                 "give up a block that this member cosigned and that cannot have counted");
  verb->add_option("-o,--output", sign->output, "file to write; default: standard output");

  auto seal = std::make_shared<SucceedSealOptions>();
  verb = add_verb(line, *succeed, "seal", "check all signed copies, write the genesis and the clients' step",
                  seal, run_succeed_seal,
                  "  comity succeed seal b b.signed c.signed d.signed -o genesis --step 2.step");
  add_dir(verb, seal->dir);
  verb->add_option("FILE", seal->copies, "signed copies")->required();
  verb->add_option("-o,--output", seal->output, "file for the genesis")->required();
  verb->add_option("--step", seal->step, "file for the step; none if founded by hand");
  add_succeed_open_verb(line, *succeed);
  auto learn = std::make_shared<SucceedLearnOptions>();
  verb = add_verb(
      line, *succeed, "learn", "let an old folder know its successor: it cosigns no more", learn,
      run_succeed_learn,
      "  comity succeed learn d --step 2.step\n  comity succeed learn mirror --step https://new.example");
  add_dir(verb, learn->dir);
  add_repeated(verb, "--step", learn->steps, "file, or the URL of whoever serves it; may be repeated");
  verb->get_option("--step")->required();
}

struct MemberVerb {
  CLI::App* verb;
  std::shared_ptr<MemberOptions> options;
};

MemberVerb add_member_verb(CommandLine& line, CLI::App& member, const std::string& name,
                           const std::string& help,
                           base::Result<Answer> (*run)(const MemberOptions&, Console&),
                           const std::string& examples) {
  auto options = std::make_shared<MemberOptions>();
  CLI::App* const verb = add_verb(line, member, name, help, options, run, examples);
  add_desk(verb, options->dir, options->access);
  verb->add_option("--expires-in", options->expires_in, "how long the proposal stays open")
      ->capture_default_str();
  return {verb, options};
}

void add_member_verbs(CommandLine& line) {
  CLI::App* const member =
      line.app.add_subcommand("member", "propose that a member joins, leaves or gets other keys");
  member->require_subcommand(1);
  member->fallthrough();
  const MemberVerb join = add_member_verb(
      line, *member, "join",
      "propose a newcomer by its sheet: its organisation first, then the member (classes A, M)",
      run_member_join, "  comity member join reg --sheet MEMBER-E.sheet --by MEMBER-A");
  join.verb
      ->add_option("--sheet", join.options->sheet, "what `comity found member` made at the newcomer's home")
      ->required();
  join.verb->add_option("--by", join.options->by, "the member that proposes it")->required();

  const MemberVerb leave =
      add_member_verb(line, *member, "leave", "propose that a member leaves (class M)", run_member_leave,
                      "  comity member leave reg MEMBER-D\n"
                      "  comity member leave reg MEMBER-D --by MEMBER-A    (a removal)");
  leave.verb->add_option("HANDLE", leave.options->member, "who leaves")->required();
  leave.verb->add_option("--by", leave.options->by, "who proposes it; default: the member itself");

  const MemberVerb rotate =
      add_member_verb(line, *member, "rotate",
                      "replace one of a member's own keys (class H2; governance keys: M)", run_member_rotate,
                      "  comity member rotate reg MEMBER-B --new MEMBER-B.operator.2.key\n"
                      "  comity member rotate reg MEMBER-B --role registrar --new new.key --old KEY");
  rotate.verb->add_option("HANDLE", rotate.options->member, "whose key it is")->required();
  rotate.verb->add_option("--new", rotate.options->new_key, "file of the new secret key; it signs too")
      ->required();
  rotate.verb->add_option("--old", rotate.options->old_key,
                          "public value of the key that goes, if there are several");
  rotate.verb->add_option("--role", rotate.options->role, "operator, registrar or governance")
      ->check(CLI::IsMember({"operator", "registrar", "governance"}))
      ->capture_default_str();

  const MemberVerb recover = add_member_verb(
      line, *member, "recover", "vouch for a member that lost its governance keys (class R)",
      run_member_recover, "  comity member recover reg MEMBER-D --by MEMBER-A --governance KEY");
  recover.verb->add_option("HANDLE", recover.options->member, "who lost its keys")->required();
  recover.verb->add_option("--by", recover.options->by, "the member that vouches and proposes")->required();
  add_repeated(recover.verb, "--governance", recover.options->governance,
               "public value of a new governance key; once for each");
  recover.verb->add_option("--governance-threshold", recover.options->threshold,
                           "how many of them must sign");
  recover.verb->add_option("--operator", recover.options->operator_key, "public value of a new operator key");
  recover.verb->add_option("--registrar", recover.options->registrar_key,
                           "public value of a new registrar key");
}

void add_witness_verbs(CommandLine& line) {
  CLI::App* const witness = line.app.add_subcommand("witness", "cosign the checkpoints of transparency logs");
  witness->require_subcommand(1);
  witness->fallthrough();
  const auto add = [&](const std::string& name, const std::string& help,
                       base::Result<Answer> (*run)(const WitnessOptions&, Console&),
                       const std::string& examples) {
    auto options = std::make_shared<WitnessOptions>();
    CLI::App* const verb = add_verb(line, *witness, name, help, options, run, examples);
    verb->add_option("DIR", options->dir, "folder of the witness")->required();
    return std::pair(verb, options);
  };
  auto [init, named] = add("init", "make a witness: its key and an empty memory", run_witness_init,
                           "  comity witness init w --name witness.example/w1");
  init->add_option("--name", named->name, "name of its key, as in witness.example/w1")->required();
  auto [added, logs] =
      add("add", "let the witness know a log, from the empty tree on", run_witness_add,
          "  comity witness add w --policy reg/policy\n  comity witness add w log.example+7f5a32c1+AbC...");
  added->add_option("VKEY", logs->keys, "verifier keys of logs");
  added->add_option("--policy", logs->policy, "tlog-policy file: the logs that it names");
  add("show", "print the witness's verifier key and how far it has gone with each log", run_witness_show,
      "  comity witness show w");
  auto [serve, served] =
      add("serve", "answer logs over HTTP until told to stop", run_witness_serve,
          "  comity witness serve w --listen 127.0.0.1:8490\n"
          "  comity witness serve w --listen 192.0.2.7:443     (w/comity.toml names its certificate)");
  serve->add_option("--listen", served->listen, "addresses: numbers and a port")
      ->allow_extra_args(false)
      ->capture_default_str();
}

void add_key_verbs(CommandLine& line) {
  CLI::App* const key = line.app.add_subcommand("key", "make and look at keys");
  key->require_subcommand(1);
  key->fallthrough();
  auto made = std::make_shared<KeyOptions>();
  CLI::App* verb =
      add_verb(line, *key, "new", "make a secret key and print its public value", made, run_key_new,
               "  comity key new ORG-EXAMPLE --role admin --dir reg\n"
               "  comity key new ORG-EXAMPLE --role dns --file ./dns.key");
  verb->add_option("NAME", made->name, "handle of the party: ORG-... or MEMBER-...")->required();
  verb->add_option("--role", made->role, "admin, dns, ds, lock, governance, operator, registrar")->required();
  verb->add_option("--dir", made->dir, "registry folder: the key goes to its keys/");
  verb->add_option("--file", made->file, "file to write, mode 0600");
  auto shown = std::make_shared<KeyOptions>();
  verb = add_verb(line, *key, "show", "print the public value of a key file", shown, run_key_show,
                  "  comity key show reg/keys/ORG-EXAMPLE.admin.key");
  verb->add_option("FILE", shown->file, "secret key file")->required();
}

void add_change_flags(CLI::App* verb, ChangeOptions& options) {
  add_desk(verb, options.dir, options.access);
  verb->add_option("CLASS", options.object_class, "domain, host, organisation, member, zone, charter");
  verb->add_option("KEY", options.key, "name or handle of the object");
  verb->add_option("--by", options.by, "who proposes: ORG-... or MEMBER-...")->required();
  verb->add_option("--class", options.change_class, "class of change; default: the one that fits");
  verb->add_flag_callback("--create", [&options] { options.action = "create"; }, "create the object");
  verb->add_flag_callback("--delete", [&options] { options.action = "delete"; }, "delete the object");
  add_repeated(verb, "--add", options.add, "attribute=value to add; may be repeated, as the next two");
  add_repeated(verb, "--remove", options.remove, "attribute=value to remove");
  add_repeated(verb, "--set", options.set, "attribute=value to set, whatever it was (classes V, M, R)");
  verb->add_option("--subject", options.subject, "whom a V, R or E concerns");
  verb->add_option("--close-founding", options.founding, "ask to end the founding period of a register");
  verb->add_option("--publish", options.publish, "ask to publish this zone, which is held");
  verb->add_option("--reason", options.reason, "text of the annex: kept beside the log, erasable");
  verb->add_flag("--override", options.override_checks, "go on without checks, after a lock of 24 h");
  verb->add_option("--expires-in", options.expires_in, "how long the proposal stays open")
      ->capture_default_str();
  verb->add_option("--paragraphs", options.paragraphs, "file with change paragraphs, for a batch");
}

void add_record_verbs(CommandLine& line) {
  auto draft = std::make_shared<ChangeOptions>();
  CLI::App* verb = add_verb(
      line, line.app, "draft", "write an editable record for a change", draft, run_draft,
      "  comity draft reg domain example. --by ORG-EXAMPLE > change.txt\n"
      "  comity draft reg domain example. --by ORG-EXAMPLE --add nserver=ns3.example. -o change.txt");
  add_change_flags(verb, *draft);
  verb->add_option("-o,--output", draft->output, "file to write; default: standard output");

  auto propose = std::make_shared<ChangeOptions>();
  verb = add_verb(line, line.app, "propose", "draft, sign and submit in one step", propose, run_propose,
                  "  comity propose reg domain example. --by ORG-EXAMPLE --remove nserver=ns1.example. --add "
                  "nserver=ns3.example.\n"
                  "  comity propose reg organisation ORG-NEW --create --by MEMBER-A --add org-name='New Ltd' "
                  "--add \"auth=admin KEY\"\n"
                  "  comity propose reg domain example. --by MEMBER-A --subject ORG-EXAMPLE --set "
                  "nserver=ns1.other. --set nserver=ns2.other. --reason 'order 17'\n"
                  "  comity propose reg --by MEMBER-A --subject ORG-EXAMPLE     (a freeze)\n"
                  "  comity propose reg --by MEMBER-A --close-founding names");
  add_change_flags(verb, *propose);

  auto sign = std::make_shared<SignOptions>();
  verb = add_verb(line, line.app, "sign", "sign a drafted record", sign, run_sign,
                  "  comity sign change.txt --key dns.key -o change.record\n"
                  "  comity sign change.txt --dir reg --as ORG-EXAMPLE.dns -o change.record");
  verb->add_option("FILE", sign->file, "draft or record; - for standard input")->required();
  add_repeated(verb, "--key", sign->key_files, "secret key file; may be repeated");
  verb->add_option("--dir", sign->dir, "registry folder whose keys/ to use");
  add_repeated(verb, "--as", sign->as, "HANDLE.ROLE, or HANDLE for all of its keys; may be repeated");
  verb->add_option("-o,--output", sign->output, "file to write; default: standard output");

  auto submit = std::make_shared<SubmitOptions>();
  verb = add_verb(line, line.app, "submit", "bring signed records to the log", submit, run_submit,
                  "  comity submit reg change.record\n  comity submit https://hub.example change.record");
  add_place(verb, submit->dir, submit->access);
  verb->add_option("FILE", submit->files, "signed records")->required();
}

void add_serving_verbs(CommandLine& line) {
  auto serve = std::make_shared<ServeOptions>();
  CLI::App* verb =
      add_verb(line, line.app, "serve",
               "run what a folder is: the hub of a registry, a member that follows it, or a mirror", serve,
               run_serve, "  comity serve hub\n  comity serve member-b --listen 127.0.0.1:8481");
  add_dir(verb, serve->dir);
  add_repeated(verb, "--listen", serve->listen,
               "ADDRESS:PORT in place of the configuration's; may be repeated; port 0 takes any free one");

  auto follow = std::make_shared<FollowOptions>();
  verb =
      add_verb(line, line.app, "follow",
               "mirror a hub: replay every rule, serve what counts, and cosign with a member's operator key",
               follow, run_follow,
               "  comity follow https://hub.example --policy policy --dir mirror\n"
               "  comity follow https://hub.example --policy policy --dir member-b --keys home-b\n"
               "  comity follow mirror");
  verb->add_option("HUB", follow->hub, "URL of the hub, or a folder that follows one already")->required();
  verb->add_option("--policy", follow->policy, "policy file that says which checkpoints count");
  verb->add_option("--dir", follow->dir, "folder to make, or to go on with");
  add_repeated(verb, "--keys", follow->keys,
               "folder with the member's operator key; default: none, a mirror");
  add_repeated(verb, "--listen", follow->listen, "ADDRESS:PORT in place of the configuration's");

  CLI::App* const config = line.app.add_subcommand("config", "the configuration of a process that serves");
  config->require_subcommand(1);
  config->fallthrough();
  auto check = std::make_shared<ConfigOptions>();
  verb = add_verb(line, *config, "check", "say what is wrong with a configuration, or print it as it stands",
                  check, run_config_check, "  comity config check reg\n  comity config check comity.toml");
  verb->add_option("PATH", check->path, "folder of a registry, or a configuration file")->required();
}

CLI::App* add_answer_verb(CommandLine& line, const std::string& name, const std::string& help,
                          base::Result<Answer> (*run)(const AnswerOptions&, Console&),
                          const std::string& examples, const std::shared_ptr<AnswerOptions>& options,
                          bool proposal_required = true) {
  CLI::App* const verb = add_verb(line, line.app, name, help, options, run, examples);
  add_desk(verb, options->dir, options->access);
  CLI::Option* const id =
      verb->add_option("PROPOSAL", options->proposal, "id of the proposal, or how it begins");
  if (proposal_required) id->required();
  verb->add_option("--by", options->by, "who answers; several make one record each")
      ->required()
      ->delimiter(',')
      ->allow_extra_args(false);
  verb->add_option("--reason", options->reason, "text of the annex");
  verb->add_option("--expires-in", options->expires_in, "how long the record may wait")
      ->capture_default_str();
  return verb;
}

void add_answer_verbs(CommandLine& line) {
  auto vote = std::make_shared<AnswerOptions>();
  CLI::App* verb = add_answer_verb(line, "vote", "cast members' ballots on a proposal", run_vote,
                                   "  comity vote reg 7Xo3 yes --by MEMBER-A,MEMBER-B,MEMBER-C\n"
                                   "  comity vote https://hub.example 7Xo3 yes --by MEMBER-A --keys my-keys",
                                   vote);
  verb->add_option("VOTE", vote->vote, "yes, no, abstain or attest")
      ->required()
      ->check(CLI::IsMember({"yes", "no", "abstain", "attest"}));
  add_answer_verb(line, "accept",
                  "consent to a proposal: recipient, outgoing holder, dependant, joiner, voucher", run_accept,
                  "  comity accept reg 7Xo3 --by ORG-EXAMPLE", std::make_shared<AnswerOptions>());
  auto object = std::make_shared<AnswerOptions>();
  verb = add_answer_verb(
      line, "object", "object to a locked proposal, or dispute an object", run_object,
      "  comity object reg 7Xo3 --by ORG-EXAMPLE --reason 'we were not asked'\n"
      "  comity object reg --dispute-class domain --dispute-key example. --by ORG-OTHER --with MEMBER-B "
      "--reason 'ours'",
      object, false);
  verb->add_option("--dispute-class", object->object_class, "dispute: class of the object");
  verb->add_option("--dispute-key", object->key, "dispute: its key");
  verb->add_option("--with", object->with, "dispute: the member that signs too");
  add_answer_verb(line, "withdraw", "take back one's own open proposal", run_withdraw,
                  "  comity withdraw reg 7Xo3 --by ORG-EXAMPLE", std::make_shared<AnswerOptions>());
  add_answer_verb(line, "cancel",
                  "cancel a locked proposal as its outgoing holder or proposer, or help lift a freeze",
                  run_cancel, "  comity cancel reg 7Xo3 --by ORG-EXAMPLE", std::make_shared<AnswerOptions>());
}

void add_duty_verbs(CommandLine& line) {
  auto check = std::make_shared<CheckOptions>();
  CLI::App* verb = add_verb(line, line.app, "check",
                            "say as a member that the servers of a wanted change answer as it says", check,
                            run_check, "  comity check reg change.txt --by MEMBER-A,MEMBER-B");
  add_desk(verb, check->dir, check->access);
  verb->add_option("FILE", check->file, "draft or record with the change; - for standard input")->required();
  verb->add_option("--by", check->by, "members who looked; one record each and object")
      ->required()
      ->delimiter(',')
      ->allow_extra_args(false);
  verb->add_option("--expires-in", check->expires_in, "how long the record may wait")->capture_default_str();

  auto redact = std::make_shared<RedactOptions>();
  verb = add_verb(line, line.app, "redact", "erase an annex as the charter's controller", redact, run_redact,
                  "  comity redact reg 7Xo3...= --by MEMBER-A");
  add_desk(verb, redact->dir, redact->access);
  verb->add_option("COMMITMENT", redact->commitment, "as in the record's `annex:` line")->required();
  verb->add_option("--by", redact->by, "the charter's controller")->required();
  verb->add_option("--expires-in", redact->expires_in, "how long the record may wait")->capture_default_str();
}

void add_reading_verbs(CommandLine& line) {
  auto show = std::make_shared<ReadOptions>();
  CLI::App* verb =
      add_verb(line, line.app, "show", "print an object", show, run_show,
               "  comity show reg domain ru.\n  comity show reg domain ru. --at 2026-11-01T00:00:00Z\n"
               "  comity show https://hub.example domain ru. --policy policy");
  add_place(verb, show->dir, show->access);
  verb->add_option("CLASS", show->object_class, "class of the object")->required();
  verb->add_option("KEY", show->key, "its name or handle")->required();
  verb->add_option("--at", show->at, "tree size, or time");

  auto log = std::make_shared<ReadOptions>();
  verb = add_verb(line, line.app, "log", "list the records, newest last", log, run_log,
                  "  comity log reg\n  comity log reg domain ru. --full");
  add_place(verb, log->dir, log->access);
  verb->add_option("CLASS", log->object_class, "only records about this object");
  verb->add_option("KEY", log->key, "its name or handle");
  verb->add_flag("--full", log->full, "whole records");

  auto diff = std::make_shared<ReadOptions>();
  verb = add_verb(line, line.app, "diff", "what changed between two points of the log", diff, run_diff,
                  "  comity diff reg 120 348\n  comity diff reg 2026-11-01T00:00:00Z 2026-11-08T00:00:00Z");
  add_place(verb, diff->dir, diff->access);
  verb->add_option("A", diff->at, "tree size, or time")->required();
  verb->add_option("B", diff->at2, "tree size, or time")->required();

  auto pending = std::make_shared<ReadOptions>();
  verb = add_verb(line, line.app, "pending", "proposals that are open or locked, and what they wait for",
                  pending, run_pending, "  comity pending reg");
  add_place(verb, pending->dir, pending->access);
}

void add_watch_verb(CommandLine& line) {
  auto watch = std::make_shared<ReadOptions>();
  CLI::App* const verb =
      add_verb(line, line.app, "watch", "print a server's blocks and records as they come", watch, run_watch,
               "  comity watch https://hub.example\n  comity watch https://hub.example --json");
  verb->add_option("URL", watch->dir, "URL of a server")->required();
  verb->add_option("--policy", watch->access.policy,
                   "whose cosignatures count; default: the policy first seen there");
}

void add_proof_verbs(CommandLine& line) {
  auto prove = std::make_shared<ReadOptions>();
  CLI::App* verb = add_verb(
      line, line.app, "prove", "write a receipt: the present value, deletion or absence of an object", prove,
      run_prove, "  comity prove reg domain ru. -o ru.receipt\n  comity prove reg record 17 -o 17.receipt");
  add_place(verb, prove->dir, prove->access);
  verb->add_option("CLASS", prove->object_class, "class of the object, or `record`")->required();
  verb->add_option("KEY", prove->key, "its name or handle; for a record its place on the log")->required();
  verb->add_option("-o,--output", prove->output, "file to write; default: standard output");

  auto verify = std::make_shared<VerifyOptions>();
  verb = add_verb(line, line.app, "verify",
                  "check receipts and evidence offline, with nothing but the policy", verify, run_verify,
                  "  comity verify --policy reg/policy ru.receipt\n  comity verify --policy policy --max-age "
                  "1h *.receipt\n  comity verify --policy policy --log reg fork.evidence");
  verb->add_option("--policy", verify->policy, "tlog-policy file: whose cosignatures count")->required();
  add_repeated(verb, "--step", verify->steps, "policy step to walk first; repeated, in order");
  verb->add_option("--max-age", verify->max_age, "refuse receipts that speak for an older time");
  verb->add_option("--log", verify->log,
                   "folder, or URL of a server, whose log is replayed, for evidence that asks for it");
  verb->add_option("RECEIPT", verify->receipts, "files of receipts or evidence")->required();

  auto resume = std::make_shared<ResumeOptions>();
  verb = add_verb(line, line.app, "resume", "let a member that wrote evidence against its hub cosign again",
                  resume, run_resume,
                  "  comity verify --policy reg/policy --log reg reg/members/MEMBER-B/evidence/*\n"
                  "  comity resume reg");
  add_dir(verb, resume->dir);

  auto fsck = std::make_shared<ReadOptions>();
  verb = add_verb(line, line.app, "fsck", "check a whole log: every hash, signature, rule and root", fsck,
                  run_fsck,
                  "  comity fsck reg\n  comity fsck reg --trust-checkpoint --threads 2\n"
                  "  comity fsck reg --policy my-policy");
  verb->add_option("DIR", fsck->dir, "folder of the registry, or URL of a server")->required();
  verb->add_option(
      "--policy", fsck->access.policy,
      "whose cosignatures count; default: the folder's own policy, or the one first seen at the URL");
  verb->add_flag(
      "--trust-checkpoint", fsck->trust_checkpoint,
      "take signatures and intermediate roots from the counted checkpoint; check all hashes and rules");
  verb->add_option("--threads", fsck->threads, "default: all cores");
}

void add_completion_verb(CommandLine& line) {
  auto shell = std::make_shared<std::string>("bash");
  CLI::App* const verb = line.app.add_subcommand("completion", "print a completion script for a shell");
  verb->footer("Examples:\n  source <(comity completion bash)");
  verb->add_option("SHELL", *shell, "bash, zsh or fish")->check(CLI::IsMember({"bash", "zsh", "fish"}));
  verb->callback([&line, shell] {
    line.action = [&line, shell](Console& console) -> base::Result<Answer> {
      console.out(completion_script(*shell, describe_verbs(line.app)));
      return Answer::kYes;
    };
  });
}

// For docs/man/comity.1: no reader needs it, so the help is silent about it.
void add_man_verb(CommandLine& line) {
  CLI::App* const verb = line.app.add_subcommand("man", "print the man page");
  verb->group("");
  verb->callback([&line] {
    line.action = [&line](Console& console) -> base::Result<Answer> {
      console.out(man_page(line.app, kVersion));
      return Answer::kYes;
    };
  });
}

int run_action(const CommandLine& line) {
  Console console(line.json);
  if (const auto started = crypto::start(); !started) {
    console.error(started.error());
    return 2;
  }
  const base::Result<Answer> answer = line.action(console);
  console.progress_done();
  if (!answer) {
    console.error(answer.error());
    return exit_code(answer.error());
  }
  return *answer == Answer::kYes ? 0 : 1;
}

}  // namespace

int run_command_line(int argc, char** argv) {
  CommandLine line;
  line.app.require_subcommand(1);
  line.app.set_version_flag("--version", std::string("comity ") + kVersion);
  line.app.add_flag("--json", line.json, "machine-readable output");
  line.app.footer(
      "Exit codes: 0 yes or done, 1 a negative answer (refused, not found, not valid), 2 an error.\n"
      "`comity VERB --help` shows examples.");
  add_registry_verbs(line);
  add_succeed_verbs(line);
  add_found_verbs(line);
  add_member_verbs(line);
  add_ceremony_verbs(line);
  add_witness_verbs(line);
  add_key_verbs(line);
  add_serving_verbs(line);
  add_record_verbs(line);
  add_answer_verbs(line);
  add_duty_verbs(line);
  add_reading_verbs(line);
  add_zone_verbs(line);
  add_watch_verb(line);
  add_proof_verbs(line);
  add_completion_verb(line);
  add_man_verb(line);
  try {
    line.app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {  // the one adapter around a library that throws
    return line.app.exit(error) == 0 ? 0 : 2;
  }
  return run_action(line);
}

}  // namespace apps
