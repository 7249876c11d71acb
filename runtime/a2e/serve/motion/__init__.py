"""``/ws/lam_data_stream/{id}``: audio and frames in time, for OpenAvatarChat's renderers."""
