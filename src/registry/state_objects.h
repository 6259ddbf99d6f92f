// The charter's objects as publishers see them.
#pragma once

#include <functional>

#include "charter/state.h"
#include "resource/object_source.h"

namespace registry {

/// Lifetime: keeps a reference to the state.
class StateObjects final : public resource::ObjectSource {
 public:
  explicit StateObjects(const charter::State& state) : state_(&state) {}
  const resource::Object* find(const resource::ObjectId& id) const override { return state_->find(id); }
  void for_each(resource::ObjectClass object_class,
                const std::function<void(const resource::Object&)>& visit) const override {
    state_->for_each_object(object_class, visit);
  }

 private:
  const charter::State* state_;
};

}  // namespace registry
