// A growing run of bytes for JSON lines: whoever writes asks for room first and then writes without a check.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>

namespace wideline::pipeline {

class LineBuffer {
public:
    explicit LineBuffer(std::size_t capacity) { grow(capacity); }

    /// Where the next bytes go, with room for `bytes` of them; throws std::bad_alloc.
    [[nodiscard]] char* room(std::size_t bytes) {
        if (capacity_ - size_ < bytes) [[unlikely]]
            grow(size_ + bytes);
        return data_.get() + size_;
    }
    /// What lies before `end`, which came of `room`, is written.
    void written(const char* end) noexcept { size_ = static_cast<std::size_t>(end - data_.get()); }

    void put(std::string_view text) {
        char* const to = room(text.size());
        std::memcpy(to, text.data(), text.size());
        size_ += text.size();
    }
    void put(char c) {
        *room(1) = c;
        ++size_;
    }
    void insert(std::size_t at, std::string_view text) {
        static_cast<void>(room(text.size()));
        std::memmove(data_.get() + at + text.size(), data_.get() + at, size_ - at);
        std::memcpy(data_.get() + at, text.data(), text.size());
        size_ += text.size();
    }
    void cut(std::size_t size) noexcept { size_ = size; }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::string_view view() const noexcept { return {data_.get(), size_}; }

private:
    struct Free {
        void operator()(char* data) const noexcept { std::free(data); }
    };

    void grow(std::size_t least) {
        const std::size_t capacity = least > 2 * capacity_ ? least : 2 * capacity_;
        auto* const data = static_cast<char*>(std::realloc(data_.get(), capacity));
        if (data == nullptr) throw std::bad_alloc();
        static_cast<void>(data_.release());
        data_.reset(data);
        capacity_ = capacity;
    }

    std::unique_ptr<char, Free> data_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace wideline::pipeline
