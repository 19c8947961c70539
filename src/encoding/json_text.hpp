// What the pipeline writes JSON text with, for each field of each kept event. Every function takes the place to write
// to and gives the place after it; the caller has reserved as much as the bound beside the function says. None throws,
// allocates or keeps state.
#pragma once

#include "encoding/json_hex.hpp"     // write_hex, write_uuid
#include "encoding/json_number.hpp"  // write_int, write_uint, write_double
#include "encoding/json_string.hpp"  // write_string
#include "encoding/json_time.hpp"    // write_time
#include "encoding/utf8.hpp"         // is_utf8, write_utf8, valid_utf8
