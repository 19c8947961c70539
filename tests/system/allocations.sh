#!/usr/bin/env bash
# A warm request allocates nothing.
exec "$PROGRAMS_DIR/allocations"
