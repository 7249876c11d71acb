"""``/ws/a2e``: a voice comes in pieces, its frames go out as they are computed."""
