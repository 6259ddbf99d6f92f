// One good text of every kind, for tests and fuzz corpora. Their signatures verify under no key. Not for
// production.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "codec/base64.h"
#include "record/record.h"
#include "resource/charter_numbers.h"

namespace record {

inline std::string sample_hash(base::Byte first) {
  base::Hash hash;
  hash.bytes[0] = first;
  return codec::serialize_base64(hash.view());
}

inline std::string sample_signature(std::string_view name, std::uint32_t key_id) {
  std::array<base::Byte, 68> bytes{};
  for (std::size_t i = 0; i < 4; ++i) bytes[i] = static_cast<base::Byte>(key_id >> (24 - 8 * i));
  return std::string("\xe2\x80\x94 ").append(name).append(" ") + codec::serialize_base64(bytes) + "\n";
}

inline std::string sample_head(std::string_view kind, std::string_view by) {
  return "comity/1 " + std::string(kind) + " registry.example/root\nby: " + std::string(by) + "\nepoch: 3 " +
         sample_hash(7) + "\n";
}

inline constexpr std::string_view kSampleExpires = "expires: 2026-12-07T00:00:00Z\n";

inline std::string sample_ballot() {
  return sample_head("ballot", "MEMBER-A") + "proposal: " + sample_hash(9) + "\nvote: yes\n" +
         std::string(kSampleExpires) + "annex: " + sample_hash(4) + "\n\n" + sample_signature("MEMBER-A", 1);
}
inline std::string sample_proposal() {
  return sample_head("proposal", "ORG-RIPN") + "class: H1\n" + std::string(kSampleExpires) +
         "annex: " + sample_hash(4) +
         "\n\nchange domain: ru.\n+ nserver: c.dns.ripn.net.\n- nserver: b.dns.ripn.net.\n"
         "\nchange host: a.b.\n+ address: 1.2.3.4\n\n" +
         sample_signature("ORG-RIPN", 1);
}
inline std::string sample_dispute() {
  return sample_head("objection", "ORG-A") + "object: domain ru.\nwith: MEMBER-A\n" +
         std::string(kSampleExpires) + "\n" + sample_signature("MEMBER-A", 2) + sample_signature("ORG-A", 1);
}
inline std::string sample_check() {
  return sample_head("check", "MEMBER-A") + "object: host a.b.\nhash: " + sample_hash(3) + "\n" +
         std::string(kSampleExpires) + "\n" + sample_signature("MEMBER-A", 1);
}
/// acceptance, objection, withdrawal or cancellation.
inline std::string sample_about_proposal(std::string_view kind) {
  return sample_head(kind, "ORG-A") + "proposal: " + sample_hash(9) + "\n" + std::string(kSampleExpires) +
         "\n" + sample_signature("ORG-A", 1);
}
inline std::string sample_redaction() {
  return sample_head("redaction", "MEMBER-A") + "commitment: " + sample_hash(9) + "\n" +
         std::string(kSampleExpires) + "\n" + sample_signature("MEMBER-A", 1);
}
inline std::string sample_block() {
  return "comity/1 block registry.example/root\nheight: 12\ntime: 2026-11-23T10:00:00Z\nrecords: 3\neffect: "
         "executed " +
         sample_hash(9) + "\nstate: " + sample_hash(5) + "\n";
}
inline std::string sample_genesis() {
  return "comity/1 genesis registry.example/root\ntime: 2026-11-23T10:00:00Z\nclock: virtual\nlog-key: AQ" +
         std::string(42, 'A') +
         "\n\ncreate charter: registry\n+ checks: off\n\ncreate organisation: ORG-A\n+ org-name: A\n\n" +
         sample_signature("ORG-A", 1) + sample_signature("registry.example/root", 1);
}
inline std::string sample_successor() {
  std::string roots = sample_hash(1);
  for (base::Byte i = 2; i <= 5; ++i) roots += " " + sample_hash(i);
  return "comity/1 genesis new.example/root\ntime: 2026-11-23T10:00:00Z\nclock: virtual\nlog-key: AQ" +
         std::string(42, 'A') + "\npredecessor: registry.example/root " + sample_hash(6) +
         "\ncheckpoint: 12 " + sample_hash(7) + "\npolicy: 3\nroots: " + roots +
         "\ncarried: 2\nconsent: quorum\n\nchange member: MEMBER-A\n+ url: a.example\n\ndelete member: "
         "MEMBER-B\n\n" +
         sample_signature("MEMBER-A", 1) + sample_signature("new.example/root", 1);
}
inline std::string sample_carry() {
  return "comity/1 carry new.example/root\npart: 2\ntree: rules\n\n|clock: current\n|origin: "
         "registry.example/root\n|\n";
}
/// A step of a ceremony; `attributes` are those between the step and `expires`.
inline std::string sample_step(std::string_view step, const std::string& attributes) {
  return sample_head("ceremony", "MEMBER-A") + "step: " + std::string(step) +
         "\nceremony: " + sample_hash(9) + "\n" + attributes + std::string(kSampleExpires) + "\n" +
         sample_signature("MEMBER-A", 1);
}
inline std::vector<std::string> every_sample_step() {
  const std::string signature = codec::serialize_base64(std::array<base::Byte, 64>{});
  const std::string pieces = "piece: 1 " + codec::serialize_base64(base::Bytes(765, 7)) + "\npiece: 2 AQ==\n";
  return {sample_step("announce",
                      "encryption-key: AQ" + std::string(42, 'A') + "\npossession: " + signature + "\n"),
          sample_step("deal", "attempt: 1\nmessage: AQID\n"),
          sample_step("missing", "attempt: 2\nfrom: MEMBER-B\n"),
          sample_step("private-part", "attempt: 2\nfrom: MEMBER-B\n" + pieces),
          sample_step("complaint", "attempt: 2\nagainst: MEMBER-B\n" + pieces),
          sample_step("certificate", "attempt: 2\nsignature: " + signature + "\n")};
}
/// The block in which a zone was published.
inline std::string sample_publication() {
  return "comity/1 block registry.example/root\nheight: 13\ntime: 2026-11-23T10:00:00Z\nrecords: 0\neffect: "
         "executed " +
         sample_hash(9) + "\neffect: published . 2026112301 " +
         codec::serialize_base64(std::array<base::Byte, 48>{}) + "\nstate: " + sample_hash(5) + "\n";
}
inline std::string sample_signatures() {
  const std::string signature = codec::serialize_base64(std::array<base::Byte, 64>{});
  return sample_head("signatures", "MEMBER-A") + "release: . 2026112301\nbatch: " + sample_hash(2) +
         "\nfirst: 0\nsignature: 000000 " + signature + "\nsignature: 000001 " + signature + "\n" +
         std::string(kSampleExpires) + "\n" + sample_signature("MEMBER-A", 1);
}
inline std::string sample_evidence() {
  const std::string octets = codec::serialize_base64(std::array<base::Byte, 64>{});
  return sample_head("evidence", "MEMBER-A") + "fault: wrong-share\nagainst: MEMBER-B\nkey: AQ" +
         std::string(42, 'A') + "\nsharing: " + sample_hash(2) +
         "\ntime: 2026-11-23T10:00:00Z\ncount: 3\nposition: 1\nmessage: 01 " +
         codec::serialize_base64(base::Bytes(765, 7)) + "\nmessage: 02 AQ==\nsigner: 01 " + octets +
         "\nsigner: 02 " + octets + "\nshare: " + sample_hash(3) + "\nhash: 01 " + sample_hash(4) +
         "\nhash: 02 " + sample_hash(5) + "\nstatement: " + octets + "\n" + std::string(kSampleExpires) +
         "\n" + sample_signature("MEMBER-A", 1);
}
inline std::vector<std::string> every_sample_record() {
  std::vector<std::string> records{
      sample_genesis(),
      sample_successor(),
      sample_carry(),
      sample_proposal(),
      sample_head("proposal", "MEMBER-A") + "class: U\nsubject: UNCLAIMED\nupstream: " + sample_hash(1) +
          " 2026112300\nfounding: names\noverride: yes\n" + std::string(kSampleExpires) + "\n" +
          sample_signature("MEMBER-A", 1),
      sample_about_proposal("acceptance"),
      sample_ballot(),
      sample_about_proposal("objection"),
      sample_dispute(),
      sample_about_proposal("withdrawal"),
      sample_about_proposal("cancellation"),
      sample_check(),
      sample_redaction(),
      sample_block(),
      sample_publication(),
      sample_signatures(),
      sample_evidence(),
      sample_head("proposal", "MEMBER-A") + "class: G\nceremony: generate zsk\n" +
          std::string(kSampleExpires) + "\n" + sample_signature("MEMBER-A", 1)};
  for (std::string& step : every_sample_step()) records.push_back(std::move(step));
  return records;
}

/// The text again, from what the parser read and nothing else.
inline std::string reserialize(const Record& record) {
  std::string text = "comity/1 ";
  text.append(kind_name(record.kind())).append(" ").append(record.origin()).append("\n");
  for (const Attribute& attribute : record.attributes()) {
    text.append(attribute.name).append(": ").append(attribute.value).append("\n");
  }
  for (const resource::Change& change : record.changes()) text.append("\n").append(serialize_change(change));
  if (!record.carried().empty()) text.append("\n").append(record.carried());
  if (record.signatures().empty()) return text;
  text += '\n';
  for (const SignatureLine& line : record.signatures()) {
    std::array<base::Byte, 68> bytes{};
    for (std::size_t i = 0; i < 4; ++i) bytes[i] = static_cast<base::Byte>(line.key_id >> (24 - 8 * i));
    std::copy(line.signature.bytes.begin(), line.signature.bytes.end(), bytes.begin() + 4);
    text.append("\xe2\x80\x94 ").append(line.name).append(" ");
    text.append(codec::serialize_base64(bytes)).append("\n");
  }
  return text;
}

}  // namespace record
