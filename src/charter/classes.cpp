#include "charter/classes.h"

#include "charter/effects.h"

namespace charter {

bool ClassSet::is_mixed_wrongly() const {
  constexpr ClassSet kAlone{RuleClass::kU, RuleClass::kV, RuleClass::kM, RuleClass::kC,
                            RuleClass::kR, RuleClass::kG, RuleClass::kE};
  return meets(kAlone) && (bits_ & (bits_ - 1)) != 0;
}

std::string ClassSet::text() const {
  std::string text;
  for (std::size_t i = 0; i < kClassWords.size(); ++i) {
    if (!has(static_cast<RuleClass>(i))) continue;
    if (!text.empty()) text += ' ';
    text += kClassWords[i];
  }
  return text;
}

std::optional<ClassSet> ClassSet::parse(std::string_view text) {
  ClassSet set;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    const auto* found = std::find(kClassWords.begin(), kClassWords.end(), word);
    if (found == kClassWords.end()) return std::nullopt;
    set.add(static_cast<RuleClass>(found - kClassWords.begin()));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
  }
  if (set.is_empty() || set.text() != text) return std::nullopt;
  return set;
}

std::string_view effect_word(EffectKind kind) {
  switch (kind) {
    case EffectKind::kLocked:
      return "locked";
    case EffectKind::kExecuted:
      return "executed";
    case EffectKind::kFailed:
      return "failed";
    case EffectKind::kExpired:
      return "expired";
    case EffectKind::kRejected:
      return "rejected";
    case EffectKind::kCancelled:
      return "cancelled";
    case EffectKind::kExtended:
      return "extended";
    case EffectKind::kReverted:
      return "reverted";
    case EffectKind::kKeyed:
      return "keyed";
    case EffectKind::kRestarted:
      return "restarted";
    case EffectKind::kEnded:
      return "ended";
  }
  return "";
}

}  // namespace charter
