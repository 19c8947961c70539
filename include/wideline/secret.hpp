// Secrets: keys and passwords that the configuration names, and that nothing prints.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <wideline/export.hpp>

namespace wideline {

class Secret;
[[nodiscard]] WIDELINE_EXPORT Secret secret(std::string value);
[[nodiscard]] WIDELINE_EXPORT Secret secret_from_env(std::string name);
[[nodiscard]] WIDELINE_EXPORT Secret secret_from_file(std::string path);

/// A secret, or where to find it. A plain value: copying it copies the text of `secret(…)`, or the name of the variable
/// or file. It has no operator<<, and the library never writes what it holds to an event, a file, a message or a
/// metric. Any number of threads may read one.
class WIDELINE_EXPORT Secret {
public:
    /// No secret.
    Secret() noexcept = default;

    /// Whether it names a secret. Says nothing about whether the variable or the file is there.
    [[nodiscard]] explicit operator bool() const noexcept { return kind_ != Kind::none; }

    /// The secret's bytes. The variable or the file is read at each call, so a secret that is replaced takes effect at
    /// the next one. Line ends at the end of a file are not part of the secret. Empty if there is no secret.
    ///
    /// Throws std::runtime_error with a sentence that names the variable or the path: if the variable is not set; if
    /// the file cannot be read, is not a regular file, or is larger than 64 KiB; or if users other than the owner may
    /// read it (mode & 077; mode 0440 or 0640 is allowed if root owns the file). Allocates; blocks on the file.
    [[nodiscard]] std::string reveal() const;

private:
    enum class Kind : std::uint8_t { none, literal, env, file };
    friend Secret secret(std::string value);
    friend Secret secret_from_env(std::string name);
    friend Secret secret_from_file(std::string path);
    Secret(Kind kind, std::string text) noexcept : kind_(kind), text_(std::move(text)) {}

    Kind kind_ = Kind::none;
    std::string text_;  // the secret, or the variable's name, or the file's path
};

/// A secret that is given in code.
[[nodiscard]] WIDELINE_EXPORT Secret secret(std::string value);
/// The value of an environment variable.
[[nodiscard]] WIDELINE_EXPORT Secret secret_from_env(std::string name);
/// The content of a file.
[[nodiscard]] WIDELINE_EXPORT Secret secret_from_file(std::string path);

}  // namespace wideline
