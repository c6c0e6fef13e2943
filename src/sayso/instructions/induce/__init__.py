"""Tasks found in data that never had any: the constant parts of instructions, typed slots, and wordings of one task together."""
