// Which files of this process have the library in them.
#pragma once

#include <string>
#include <vector>

namespace wideline::platform {

/// The program and the shared objects, as far as they are loaded, that have a copy of wideline's code in them: more
/// than one if a plugin was linked with a libwideline.a of its own. Empty where files are not ELF. Throws
/// std::bad_alloc.
std::vector<std::string> files_with_the_library();

}  // namespace wideline::platform
