#include "redaction/redacted_json.hpp"

#include <cstddef>
#include <map>

#include "encoding/json_string.hpp"
#include "encoding/json_unescape.hpp"
#include "encoding/json_walk.hpp"

namespace wideline::redaction {
namespace {

constexpr unsigned kDeepest = 64;  // as deep as events are nested

class Rewriter {
public:
    Rewriter(const Redactor& redactor, std::string_view key, Taken& taken)
        : redactor_(redactor), key_(key), taken_(taken) {}

    void put(std::string_view json, const KeyDecision& decision, unsigned depth) {
        const char first = json.empty() ? '\0' : json.front();
        if ((first == '{' || first == '[') && depth == kDeepest) return void(out_ += "null");
        if (first == '{') return put_object(json, decision, depth + 1);
        if (first == '[') return put_array(json, decision, depth + 1);
        if (first == '"') return put_text(json, decision);
        if (decision.changes())
            out_ += json_text::quoted(redactor_.changed(decision, json, taken_));
        else
            out_ += json;
    }
    [[nodiscard]] std::string& out() noexcept { return out_; }

private:
    void put_text(std::string_view json, const KeyDecision& decision) {
        const bool escaped = json.find('\\') != json.npos;
        if (!decision.changes() && !escaped && !redactor_.suspects(json)) return void(out_ += json);
        std::string text = json_text::unescaped(json);
        if (decision.changes())
            out_ += json_text::quoted(redactor_.changed(decision, text, taken_));
        else if (redactor_.suspects(text) && redactor_.redact(text, decision.exempt, taken_))
            out_ += json_text::quoted(text);
        else
            out_ += json;
    }

    void put_array(std::string_view json, const KeyDecision& decision, unsigned depth) {
        json_text::JsonWalk walk(json, json_text::JsonWalk::Over::array);
        json_text::JsonWalk::Member item;
        const std::size_t begin = out_.size();
        out_ += '[';
        while (walk.next(item)) {
            if (out_.size() != begin + 1) out_ += ',';
            put(item.value, decision, depth);
        }
        out_ += ']';
        if (!walk.whole()) take_back(begin);
    }

    void put_object(std::string_view json, const KeyDecision& around, unsigned depth) {
        json_text::JsonWalk walk(json, json_text::JsonWalk::Over::object);
        json_text::JsonWalk::Member member;
        std::map<std::string, std::size_t> changed_keys;  // how many keys became this one
        const std::size_t begin = out_.size();
        const std::size_t key_size = key_.size();
        out_ += '{';
        while (walk.next(member)) {
            std::string name(member.key);
            if (member.key.find('\\') != member.key.npos) name = json_text::unescaped("\"" + name + "\"");
            key_.append(".").append(name);
            KeyDecision decision = redactor_.of(key_);
            if (decision.keeps() && around.changes()) decision = around;
            if (leaves_out(decision, member.value)) {
                redactor_.count_removed(decision, taken_);
            } else {
                if (out_.size() != begin + 1) out_ += ',';
                put_key(name, member.key, changed_keys);
                put(member.value, decision, depth);
            }
            key_.resize(key_size);
        }
        out_ += '}';
        if (!walk.whole()) take_back(begin);
    }

    void put_key(std::string& name, std::string_view raw, std::map<std::string, std::size_t>& changed_keys) {
        if (!redactor_.suspects(name) || !redactor_.redact(name, false, taken_)) {
            out_.append("\"").append(raw).append("\":");
            return;
        }
        // Keys that were different must not become one.
        const std::size_t like = ++changed_keys[name];
        if (like != 1) name += " " + std::to_string(like);
        out_ += json_text::quoted(name) + ":";
    }

    void take_back(std::size_t begin) {
        out_.resize(begin);
        out_ += "null";
    }

    const Redactor& redactor_;
    std::string key_;
    Taken& taken_;
    std::string out_;
};

}  // namespace

std::string redacted_json(const Redactor& redactor, std::string_view json, const KeyDecision& decision,
                          std::string_view key, Taken& taken) {
    // The walk reads a little further than the text.
    std::string readable(json);
    readable.append(json_text::kWalkReadsBehind, '\0');
    Rewriter rewriter(redactor, key, taken);
    rewriter.put(std::string_view(readable).substr(0, json.size()), decision, 0);
    return std::move(rewriter.out());
}

}  // namespace wideline::redaction
