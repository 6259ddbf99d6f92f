// The flags of `comity ceremony`.
#include "apps/command_parts.h"

namespace apps {
namespace {

void add_ceremony_open_verb(CommandLine& line, CLI::App& ceremony) {
  auto options = std::make_shared<CeremonyOptions>();
  CLI::App* const verb =
      add_verb(line, ceremony, "open",
               "propose a key that no member holds, new shares of it, or its succession (class G)", options,
               run_ceremony_open,
               "  comity ceremony open reg generate zsk --by MEMBER-A\n"
               "  comity ceremony open reg reshare zsk --by MEMBER-A\n"
               "  comity ceremony open https://hub.example roll ksk --by MEMBER-A --keys gov");
  add_desk(verb, options->dir, options->access);
  verb->add_option("ORDER", options->order, "generate, reshare or roll")
      ->required()
      ->check(CLI::IsMember({"generate", "reshare", "roll"}));
  verb->add_option("WHAT", options->what, "log, zsk or ksk; for reshare also a group key")->required();
  verb->add_option("--by", options->by, "the member that proposes it")->required();
  verb->add_option("--expires-in", options->expires_in, "how long the proposal stays open")
      ->capture_default_str();
}

}  // namespace

void add_ceremony_verbs(CommandLine& line) {
  CLI::App* const ceremony = line.app.add_subcommand("ceremony", "keys that no member holds");
  ceremony->require_subcommand(1);
  ceremony->fallthrough();
  add_ceremony_open_verb(line, *ceremony);
  auto announce = std::make_shared<CeremonyOptions>();
  CLI::App* verb = add_verb(line, *ceremony, "announce",
                            "make a member's key for a ceremony and announce it with its governance keys",
                            announce, run_ceremony_announce,
                            "  comity ceremony announce member-b --by MEMBER-B --keys gov\n"
                            "  comity ceremony announce member-b --by MEMBER-B -o b.txt     (to be signed "
                            "elsewhere: comity sign, submit)");
  add_desk(verb, announce->dir, announce->access);
  verb->add_option("--by", announce->by, "the member")->required();
  verb->add_option("--ceremony", announce->ceremony,
                   "how its id begins; default: all that wait for this member");
  verb->add_option("--home", announce->home, "the member's folder, for the secret; default: DIR");
  verb->add_option("-o,--output", announce->output, "write the announcement unsigned, submit nothing");
  verb->add_option("--expires-in", announce->expires_in, "how long the record may wait")
      ->capture_default_str();

  auto status = std::make_shared<CeremonyOptions>();
  verb = add_verb(line, *ceremony, "status",
                  "ceremonies under way, whom they wait for; group keys and when to roll them", status,
                  run_ceremony_status,
                  "  comity ceremony status reg\n  comity ceremony status https://hub.example --json");
  add_place(verb, status->dir, status->access);

  auto recover = std::make_shared<CeremonyOptions>();
  verb =
      add_verb(line, *ceremony, "recover",
               "put a kept encryption key in place, so that a member that lost all else gets its share again",
               recover, run_ceremony_recover, "  comity ceremony recover member-b --key kept.key");
  add_place(verb, recover->dir, recover->access);
  verb->add_option("--key", recover->key, "the encryption key's file")->required();
  verb->add_option("--by", recover->by, "the member; default: whose key it is");
  verb->add_option("--home", recover->home, "the member's folder, for the secret; default: DIR");
}

}  // namespace apps
