// Runs a compiled seccomp filter in user space, so that a test can ask a profile about a call
// without being bound by it. Test support; any thread.
#pragma once

#include "policies/seccomp_profile.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdexcept>

namespace moonward::policies::testing {

struct system_call {
  int number = 0;
  std::array<std::uint64_t, 6> arguments{};
  std::uint32_t architecture = AUDIT_ARCH_X86_64;
};

/// What the filter answers: SECCOMP_RET_ALLOW, SECCOMP_RET_TRAP, SECCOMP_RET_ERRNO | number, ...
[[nodiscard]] inline std::uint32_t answer(const compiled_filter& filter, const system_call& call) {
  const auto load = [&](std::uint32_t offset) -> std::uint32_t {
    if (offset == offsetof(seccomp_data, nr)) {
      return static_cast<std::uint32_t>(call.number);
    }
    if (offset == offsetof(seccomp_data, arch)) {
      return call.architecture;
    }
    const std::size_t from = offset - offsetof(seccomp_data, args);
    const std::uint64_t argument = call.arguments.at(from / 8);
    return static_cast<std::uint32_t>(from % 8 == 0 ? argument : argument >> 32);
  };
  std::uint32_t accumulator = 0;
  for (std::size_t at = 0; at < filter.program.size(); ++at) {
    const filter_instruction& step = filter.program[at];
    const auto jump = [&](bool condition) { at += condition ? step.jump_true : step.jump_false; };
    switch (step.code) {
      case BPF_LD | BPF_W | BPF_ABS: accumulator = load(step.operand); break;
      case BPF_ALU | BPF_AND | BPF_K: accumulator &= step.operand; break;
      case BPF_JMP | BPF_JA: at += step.operand; break;
      case BPF_JMP | BPF_JEQ | BPF_K: jump(accumulator == step.operand); break;
      case BPF_JMP | BPF_JGT | BPF_K: jump(accumulator > step.operand); break;
      case BPF_JMP | BPF_JGE | BPF_K: jump(accumulator >= step.operand); break;
      case BPF_JMP | BPF_JSET | BPF_K: jump((accumulator & step.operand) != 0); break;
      case BPF_RET | BPF_K: return step.operand;
      default: throw std::logic_error("the filter uses an instruction unknown to this machine");
    }
  }
  throw std::logic_error("the filter ends without an answer");
}

}  // namespace moonward::policies::testing
