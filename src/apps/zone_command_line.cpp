// The flags of `comity zone`.
#include "apps/command_parts.h"

namespace apps {

void add_zone_verbs(CommandLine& line) {
  auto zone = std::make_shared<ZoneOptions>();
  CLI::App* const parent = add_verb(
      line, line.app, "zone", "print a zone: as the objects give it, or signed as it was published", zone,
      run_zone,
      "  comity zone reg > root.zone\n  comity zone reg --at 348\n  comity zone reg --signed -o root.zone\n"
      "  comity zone https://hub.example --signed --trust-anchor ds");
  // CLI11 calls the parent's callback last: it would take the place of what `verify` and `watch` have set.
  parent->callback([&line, parent, zone] {
    if (!parent->get_subcommands().empty()) return;
    line.action = [zone](Console& out) { return run_zone(*zone, out); };
  });
  // Not required, because `verify` and `watch` stand in its place; the verb asks for it.
  parent->add_option("DIR", zone->dir, "folder of the registry, or URL of a server");
  parent->add_option("--policy", zone->access.policy,
                     "for a URL: whose cosignatures count; default: the policy first seen there");
  parent->add_option("--apex", zone->apex, "which zone")->capture_default_str();
  parent->add_option("--at", zone->at, "tree size, or time");
  parent->add_flag("--signed", zone->is_signed, "the signed zone that the log published last");
  parent->add_flag("--held", zone->is_held, "the signed zone that waits for a ballot (`propose --publish`)");
  parent->add_option("--trust-anchor", zone->anchor, "in place of the zone: its trust anchors, as key or ds")
      ->check(CLI::IsMember({"key", "ds"}));
  parent->add_flag("--receipt", zone->is_receipt,
                   "in place of the zone: proof of the block that published it");
  parent->add_option("-o,--output", zone->output, "file to write; default: standard output");

  auto verify = std::make_shared<ZoneOptions>();
  CLI::App* verb =
      add_verb(line, *parent, "verify", "is this file exactly the zone that the log published last?", verify,
               run_zone_verify,
               "  comity zone verify root.zone reg\n  comity zone verify root.zone https://hub.example "
               "--policy policy\n"
               "  comity zone verify root.zone --receipt zone.receipt --policy policy");
  verb->add_option("FILE", verify->file, "the signed zone")->required();
  verb->add_option("DIR", verify->dir,
                   "folder of the registry, or URL of a server; without: the file is judged alone");
  verb->add_option("--policy", verify->access.policy, "for a URL or a receipt: whose cosignatures count");
  verb->add_option("--apex", verify->apex, "which zone")->capture_default_str();
  verb->add_option("--receipt", verify->receipt,
                   "proof of the block that published it (`zone DIR --receipt`)");
  add_repeated(verb, "--step", verify->steps, "policy steps to walk first; may be repeated");
  verb->add_option("--max-age", verify->max_age, "refuse a receipt that is older, such as 1h");
  verb->add_option("--at", verify->at, "alone or by a receipt: judge as of this time; default: now");

  auto watch = std::make_shared<ZoneOptions>();
  verb = add_verb(
      line, *parent, "watch", "say when a signed zone is published, and keep the newest in a folder", watch,
      run_zone_watch,
      "  comity zone watch reg\n  comity zone watch https://hub.example --policy policy -o /var/lib/zones");
  add_place(verb, watch->dir, watch->access);
  verb->add_option("--apex", watch->apex, "which zone to speak of")->capture_default_str();
  verb->add_option("-o,--output", watch->output, "folder that gets checked zones and their trust anchors");
  verb->add_option("--every", watch->every, "how often to look")->capture_default_str();
  verb->add_option("--count", watch->count, "end after so many zones");
}

}  // namespace apps
