// The page: files of src/view/page, which are part of the program.
#pragma once

#include <span>
#include <string_view>

namespace wideline::view {

struct PageFile {
    std::string_view path;  ///< As the browser asks for it.
    std::string_view type;  ///< Of its content.
    std::string_view content;
};

[[nodiscard]] std::span<const PageFile> page_files() noexcept;

}  // namespace wideline::view
