// A second pair of eyes on a running state: after every record and every due time it compares the objects
// with what the log alone allows. It keeps its own ledger of proposals, ballots, consents and locks, made
// only from records that were accepted and from effects, and says in words what it finds wrong:
//   - an object changed that no executed proposal names, or not as its paragraphs say;
//   - an executed proposal whose yes votes, consents or lock time the oracle's terms do not grant;
//   - an accepted record with a signature that no key of its party made, or with too few;
//   - objects that break an invariant of docs/formats/objects.md (two holders, a key in two places, ...).
// It trusts no function of src/charter; it reads texts through State's const calls.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "charter/effects.h"
#include "charter/oracle.h"
#include "charter/state.h"
#include "record/record.h"

namespace oracle {

/// Copyable: a copy goes with a state restored from a snapshot.
class Watch {
 public:
  /// After State::found.
  Watch(const record::Record& genesis, const charter::State& state);

  void after_record(const record::Record& record, const charter::Effects& effects,
                    const charter::State& state);
  void after_due(const charter::Effects& effects, const charter::State& state);

  /// Everything found wrong so far, oldest first.
  const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  struct Line {
    char sign;
    std::string name;
    std::string value;
  };
  struct Paragraph {
    resource::Action action;
    std::string object_class;
    std::string key;
    std::vector<Line> lines;
  };
  struct Case {
    std::string text;  ///< first words, for complaints
    std::string by;
    std::string subject;
    bool upstream = false;
    bool closes_founding = false;
    std::vector<Paragraph> paragraphs;
    Terms terms;
    std::set<std::string> not_voting;
    std::vector<std::string> consents;  ///< handles that must have accepted
    std::set<std::string> opening_members;
    std::map<std::string, Vote> votes;
    std::map<std::string, Vote> fresh;
    std::set<std::string> objectors;
    std::set<std::string> accepted;
    std::optional<Time> locked_since;
    Time extension = 0;
    bool asked_again = false;
    bool ended = false;
  };
  using Objects = std::map<std::string, std::string>;

  void complain(const std::string& what);
  void settle(const charter::Effects& effects, const std::string& entered, const charter::State& state);
  void execute(Case& proposal, const std::string& id, Objects& expected, const charter::State& state);
  void note(const record::Record& record, const charter::State& state);
  void check_signatures(const record::Record& record);
  void check_invariants();
  Case open(const record::Record& record, Time now) const;
  Terms terms_of_paragraph(const Case& proposal, const Paragraph& paragraph, Time now) const;
  bool tightens(const Paragraph& paragraph) const;
  std::set<std::string> members() const;
  std::vector<std::string> values(const std::string& object, const std::string& attribute) const;
  static void apply(const Paragraph& paragraph, Objects& objects);

  Objects objects_;
  std::map<std::string, Case> cases_;
  std::set<std::string> keys_live_;
  std::set<std::string> keys_retired_;
  Time founding_ends_ = 0;
  std::vector<std::string> complaints_;
};

}  // namespace oracle
