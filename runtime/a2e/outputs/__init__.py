"""Where live frames go: game engines, avatars' programs, other services, lines.

| address | what is sent |
|---|---|
| `livelink://host:11111/subject` | Live Link Face's packets, UDP |
| `vmc://host:39539` | the Virtual Motion Capture protocol, OSC over UDP |
| `osc://host:port/prefix` | `/prefix/<shape> f`, OSC over UDP |
| `ws://host:port/path` | `/ws/a2e`'s messages; dials, and dials again |
| `ndjson:-`, `ndjson:FILE` | what ``a2e stream`` writes |

``address`` reads addresses; an encoder (``livelink``, ``vmc``, ``osc``, ``messages``, ``lines``)
makes payloads of frames, without I/O; a carrier (``carriers``) takes them away; an ``output`` does
both for each frame at its time by the audio's ``clock``. Nothing in here makes a voice wait.
"""
