#include "base/result.h"

namespace base {

std::string Error::message() const {
  std::string text(kind_->name);
  if (!detail_.empty()) text.append(": ").append(detail_);
  if (!kind_->spec.empty()) text.append(" [").append(kind_->spec).append("]");
  return text;
}

Error Error::at(std::string_view where) const {
  std::string detail(where);
  if (!detail_.empty()) detail.append(": ").append(detail_);
  return {*kind_, std::move(detail)};
}

}  // namespace base
