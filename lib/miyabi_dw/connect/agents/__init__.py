"""Origins that tell what agents did: transcripts of Claude Code and Codex, LiteLLM's table, files of OpenTelemetry."""
