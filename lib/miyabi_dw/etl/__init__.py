"""From the source to the marts: extract, transform, gate, load, publish, and what keeps both sides equal."""
