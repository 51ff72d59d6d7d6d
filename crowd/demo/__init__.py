"""The main job on recorded answers: real annotators, replayed through the public API."""
